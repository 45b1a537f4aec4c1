package main

import (
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// watch says what a server had before it was attacked.
type watch struct {
	f          *front
	good       func() bool // asks what is answered
	memory     uint64
	goroutines int
}

// few goroutines are the test's own, and of what is about to end.
const few = 3

// watchOver looks at a server that has answered before, and is at rest.
func watchOver(t *testing.T, f *front) *watch {
	t.Helper()
	return watchOverWith(t, f, func() bool {
		a := f.try(`{ devices(first: 1) { nodes { id } } }`)
		return a.status == http.StatusOK && len(a.Errors) == 0
	})
}

func watchOverWith(t *testing.T, f *front, good func() bool) *watch {
	t.Helper()
	if !good() {
		t.Fatal("a good query is not answered")
	}
	f.leave()
	time.Sleep(50 * time.Millisecond)
	return &watch{f: f, good: good, memory: heap(), goroutines: runtime.NumGoroutine() + few}
}

// leave closes connections that nobody uses.
func (f *front) leave() { http.DefaultClient.CloseIdleConnections() }

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// try attacks up to twenty times, until once it was refused in time, since a machine may be
// busy with something else; and looks at what is left.
func (w *watch) try(t *testing.T, attack func()) {
	t.Helper()
	best := time.Hour
	for try := range 20 {
		time.Sleep(time.Duration(try) * 20 * time.Millisecond) // until the others give it a rest
		began := time.Now()
		attack()
		if best = min(best, time.Since(began)); best < refusedWithin {
			break
		}
	}
	if best > refusedWithin {
		t.Errorf("it took %v, want %v", best, refusedWithin)
	}
	w.look(t)
}

// look wants a server as it was, and that it answers.
func (w *watch) look(t *testing.T) {
	t.Helper()
	if !w.good() {
		t.Error("afterwards a good query is not answered")
	}
	w.f.leave()
	if !eventually(5*time.Second, func() bool { return runtime.NumGoroutine() <= w.goroutines }) {
		t.Errorf("%d goroutines are left of %d", runtime.NumGoroutine(), w.goroutines)
	}
	if now := heap(); now > w.memory+keptMemory {
		t.Errorf("%d MiB are kept", (now-w.memory)>>20)
	}
}

// raw sends an attack, and returns whatever is answered.
func (f *front) raw(t *testing.T, a attack) (status int, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/graphql", strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for name, values := range a.header {
		req.Header[name] = values
	}
	if host := a.header.Get("Host"); host != "" {
		req.Host = host
	}
	if _, many := a.header["X-Many"]; many {
		for range 10_000 {
			req.Header.Add("X-Many", "xxx")
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	told, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(told)
}
