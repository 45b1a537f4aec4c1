// Command stub stands for upstream where upstream must not be what is measured: every
// body is built at the start, and a request is a look-up and a write. Devices are all
// alike, their operations final, and nothing that is created is kept.
package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "`address` to listen on")
	latency := flag.Duration("latency", 0, "how long a request takes at least")
	control := flag.String("cache-control", "no-store", "what answers say of being kept")
	devices := flag.Int("devices", 50, "size of the tenant")
	operations := flag.Int("operations", 20, "of each device")
	flag.Parse()
	s := &stub{tenant: newTenant(*devices, *operations), latency: *latency, control: []string{*control}}
	server := &http.Server{Addr: *addr, Handler: s.routes(), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}

// stub answers, and counts what it answered.
type stub struct {
	*tenant
	latency time.Duration
	control []string
	calls   atomic.Int64
	created atomic.Int64
}

func (s *stub) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /beta/teamwork/devices", s.answer(func(r *http.Request) (int, []byte) {
		return s.list(r.URL.Query().Get("$top"))
	}))
	mux.HandleFunc("GET /beta/teamwork/devices/{id}/operations", s.answer(func(r *http.Request) (int, []byte) {
		return s.operationsOf(r.PathValue("id"), r.URL.Query().Get("$top"))
	}))
	mux.HandleFunc("POST /beta/teamwork/devices/{id}/operations", s.answer(s.create))
	mux.HandleFunc("POST /beta/$batch", s.answer(s.batch))
	// The same as the sandbox's, so that both are asked alike.
	mux.HandleFunc("GET /_sandbox/stats", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"requests":%d}`, s.calls.Load())
	})
	mux.HandleFunc("DELETE /_sandbox/stats", func(http.ResponseWriter, *http.Request) { s.calls.Store(0) })
	return mux
}

var contentType = []string{"application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"}

func (s *stub) answer(body func(*http.Request) (int, []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.calls.Add(1)
		if s.latency > 0 {
			time.Sleep(s.latency)
		}
		status, answer := body(r)
		header := w.Header()
		header["Content-Type"], header["Cache-Control"] = contentType, s.control
		header["Content-Length"] = []string{strconv.Itoa(len(answer))}
		w.WriteHeader(status)
		_, _ = w.Write(answer)
	}
}

// split takes a batched request's URL apart: the device, and how many operations.
func split(url string) (id, top string, ok bool) {
	path, query, _ := strings.Cut(url, "?")
	id, here := strings.CutPrefix(path, "/teamwork/devices/")
	id, ok = strings.CutSuffix(id, "/operations")
	_, top, _ = strings.Cut(query, "top=")
	top, _, _ = strings.Cut(top, "&")
	return id, top, here && ok
}
