package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

// bench/run names an upstream that it started, on another core.
var benchUpstream = flag.String("bench.upstream", "", "version root of the upstream for benchmarks; a sandbox in this process if empty")

//go:embed bench/operations.graphql
var hotQuery string

// benchHandler is the server without its socket, and GraphQL for a page of 20 operations.
func benchHandler(b *testing.B, environ ...string) (http.Handler, []byte) {
	b.Helper()
	root := *benchUpstream
	if root == "" {
		server := httptest.NewServer(sandbox.New(sandbox.Options{Quiet: true, Operations: 20}))
		b.Cleanup(server.Close)
		root = server.URL + "/beta"
	}
	request, err := json.Marshal(map[string]any{"query": hotQuery, "variables": map[string]any{"deviceId": benchDevice(b, root)}})
	if err != nil {
		b.Fatal(err)
	}
	return site(b, overSocket(root, environ...)...), request
}

func benchDevice(b *testing.B, root string) string {
	b.Helper()
	resp, err := http.Get(root + "/teamwork/devices?$top=1")
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	var got struct{ Value []struct{ ID string } }
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || len(got.Value) == 0 {
		b.Fatalf("no device: %v", err)
	}
	return got.Value[0].ID
}

// sink takes an answer and keeps of it what is looked at.
type sink struct {
	header http.Header
	status int
	bytes  int
}

func (s *sink) Header() http.Header    { return s.header }
func (s *sink) WriteHeader(status int) { s.status = status }
func (s *sink) Write(p []byte) (int, error) {
	s.bytes += len(p)
	return len(p), nil
}

// exchange is a request that was made beforehand, and what takes its answer.
type exchange struct {
	sink
	body    *bytes.Reader
	request *http.Request
}

func newExchange(body []byte) *exchange {
	e := &exchange{sink: sink{header: make(http.Header, 16)}, body: bytes.NewReader(body)}
	e.request = httptest.NewRequest(http.MethodPost, "http://localhost/graphql", e.body)
	e.request.RemoteAddr = "127.0.0.1:50000"
	e.request.Header.Set("Content-Type", "application/json")
	e.request.Header.Set("Accept", "application/json")
	return e
}

// ask has it answered, and reports whether a page came.
func (e *exchange) ask(handler http.Handler) bool {
	handler.ServeHTTP(&e.sink, e.request)
	return cmp.Or(e.status, http.StatusOK) == http.StatusOK && e.bytes > 5_000
}

// BenchmarkAllocations counts those of one request in the whole handler, of a page that
// is remembered and of one that is not; what net/http itself allocates is not in it.
func BenchmarkAllocations(b *testing.B) {
	for _, c := range []struct{ name, cache string }{{"hot", "on"}, {"cold", "off"}} {
		b.Run(c.name, func(b *testing.B) {
			const runs = 200
			handler, request := benchHandler(b, "CACHE="+c.cache)
			exchanges := make([]*exchange, 2*runs)
			for i := range exchanges {
				exchanges[i] = newExchange(request)
			}
			for _, e := range exchanges[runs+1:] { // which warms up
				if !e.ask(handler) {
					b.Fatalf("status %d, %d bytes", e.status, e.bytes)
				}
			}
			next := 0
			allocations := testing.AllocsPerRun(runs, func() { // one more run than that
				exchanges[next].ask(handler)
				next++
			})
			for range b.N { // the figure is not b's
			}
			b.ReportMetric(allocations, "allocs/request")
		})
	}
}

// BenchmarkHot asks for a page that is remembered, on all cores that there are.
func BenchmarkHot(b *testing.B) {
	handler, request := benchHandler(b)
	if e := newExchange(request); !e.ask(handler) {
		b.Fatalf("status %d, %d bytes", e.status, e.bytes)
	}
	var failed atomic.Bool
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if !newExchange(request).ask(handler) {
				failed.Store(true)
			}
		}
	})
	if failed.Load() {
		b.Error("a request failed")
	}
}
