package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

// front is the whole program under test: GraphQL in, JSON out, over a real socket.
type front struct {
	t    *testing.T
	url  string // of the server, without a path
	log  *lockedBuffer
	stop func() error // ends it as SIGTERM does, and returns what run returned
}

// shortcuts has these tests run without what makes answers fast, as a second run of them
// does.
var shortcuts = []string{
	"DIRECT_ENCODING=" + cmp.Or(os.Getenv("DIRECT_ENCODING"), "on"),
	"REMEMBER_ANSWERS=" + cmp.Or(os.Getenv("REMEMBER_ANSWERS"), "on"),
}

// serve runs the program on a free port with the given environment.
func serve(t *testing.T, environ ...string) *front {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	f := &front{t: t, log: &lockedBuffer{}}
	serving, ended := make(chan net.Addr, 1), make(chan error, 1)
	p := program{
		environ: slices.Concat([]string{"LISTEN_ADDR=localhost:0", "ADMIN_ADDR=off"}, shortcuts, environ),
		out:     io.Discard, log: f.log,
		serving: func(a net.Addr) { serving <- a },
	}
	go func() { ended <- p.run(ctx) }()
	f.stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() { _ = f.stop() })
	select {
	case addr := <-serving:
		f.url = "http://" + addr.String()
	case err := <-ended:
		t.Fatalf("the program ended: %v", err)
	case <-time.After(10 * time.Second):
		t.Fatal("the program does not serve")
	}
	return f
}

// upstream serves a sandbox over a socket; it returns its version root.
func upstream(t *testing.T, opts sandbox.Options) string {
	t.Helper()
	opts.Quiet = true
	server := httptest.NewServer(sandbox.New(opts))
	t.Cleanup(server.Close)
	return server.URL + "/beta"
}

// overSocket is the environment of a server whose upstream is at root.
func overSocket(root string, more ...string) []string {
	return append([]string{"GRAPH_URL=" + root, "GRAPH_AUTH=none"}, more...)
}

// answer is a GraphQL answer.
type answer struct {
	Data       map[string]any
	Errors     []problemJSON
	Extensions struct {
		Warnings []struct {
			Code string
			Path []any
		}
	}
	status int
	raw    string
}

type problemJSON struct {
	Message    string         `json:"message"`
	Path       []any          `json:"path,omitempty"`
	Extensions map[string]any `json:"extensions"`
}

// ask sends a query and wants an answer of status 200.
func (f *front) ask(query string, variables ...map[string]any) answer {
	f.t.Helper()
	a := f.try(query, variables...)
	if a.status != http.StatusOK {
		f.t.Fatalf("status %d: %s", a.status, a.raw)
	}
	return a
}

// must is ask for a query that has to succeed whole.
func (f *front) must(query string, variables ...map[string]any) map[string]any {
	f.t.Helper()
	a := f.ask(query, variables...)
	if len(a.Errors) > 0 {
		f.t.Fatalf("errors in %s", a.raw)
	}
	return a.Data
}

// try sends a query.
func (f *front) try(query string, variables ...map[string]any) answer {
	f.t.Helper()
	body := map[string]any{"query": query}
	if len(variables) > 0 {
		body["variables"] = variables[0]
	}
	text, err := json.Marshal(body)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.post(bytes.NewReader(text), nil)
}

// post sends a body as it is.
func (f *front) post(body io.Reader, header http.Header) answer {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.url+"/graphql", body)
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header = http.Header{"Content-Type": {"application/json"}}
	for name, values := range header {
		req.Header[name] = values
	}
	return f.do(req)
}

func (f *front) do(req *http.Request) answer {
	f.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, raw: string(raw)}
	if err := json.Unmarshal(raw, &a); err != nil {
		f.t.Fatalf("not JSON: %v: %s", err, raw)
	}
	return a
}

// faults switches upstream's faults on, as JSON; "" ends them.
func faults(t *testing.T, root, switches string) {
	t.Helper()
	method := http.MethodPost
	if switches == "" {
		method = http.MethodDelete
	}
	url := strings.TrimSuffix(root, "/beta") + "/_sandbox/faults"
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(switches))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		text, _ := io.ReadAll(resp.Body)
		t.Fatalf("faults %s: %d %s", switches, resp.StatusCode, text)
	}
}

// stats is what upstream counted.
type stats struct {
	Requests, Inner, Creates int
	ByRoute                  map[string]int
}

func statsOf(t *testing.T, root string) stats {
	t.Helper()
	resp, err := http.Get(strings.TrimSuffix(root, "/beta") + "/_sandbox/stats")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var s stats
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

// dig walks into JSON: names of members and indexes of lists.
func dig(t *testing.T, v any, path ...any) any {
	t.Helper()
	for i, step := range path {
		switch step := step.(type) {
		case string:
			object, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("no object at %v of %v", path[:i], path)
			}
			v = object[step]
		case int:
			list, ok := v.([]any)
			if !ok || step >= len(list) {
				t.Fatalf("no item %d at %v of %v", step, path[:i], path)
			}
			v = list[step]
		}
	}
	return v
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// serveOver runs the program over an upstream of the test's own.
func serveOver(t *testing.T, handler http.Handler, environ ...string) (*front, string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	root := server.URL + "/beta"
	return serve(t, overSocket(root, environ...)...), root
}
