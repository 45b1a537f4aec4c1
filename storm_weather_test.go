package main

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// weather is upstream on a bad day of the test's own, where the sandbox's faults have no
// share, or hit inner requests only. An outer hit is a whole HTTP request, be it a batch;
// an inner one is a read, alone or in a batch.
type weather struct {
	next http.Handler
	bad  spoiled // what a hit is answered with
	hang bool    // or that it is never answered

	mu           sync.Mutex
	luck         *rand.Rand
	outer, inner float64
	hits         int
}

func newWeather(next http.Handler, seed uint64) *weather {
	return &weather{next: next, luck: rand.New(rand.NewPCG(seed, 0))}
}

// turn sets the shares that are hit.
func (w *weather) turn(outer, inner float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.outer, w.inner = outer, inner
}

// hit draws once.
func (w *weather) hit(inner bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	share := w.outer
	if inner {
		share = w.inner
	}
	if share == 0 || w.luck.Float64() >= share {
		return false
	}
	w.hits++
	return true
}

// none reports that nothing is hit at all.
func (w *weather) none() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.outer == 0 && w.inner == 0
}

func (w *weather) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	if w.none() || strings.HasPrefix(r.URL.Path, "/_sandbox/") {
		w.next.ServeHTTP(out, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	switch hit := w.hit(false); {
	case hit && w.hang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case hit:
		w.bad.send(out)
	case !strings.HasSuffix(r.URL.Path, "/$batch"):
		if w.hit(true) {
			w.bad.send(out)
			return
		}
		w.next.ServeHTTP(out, r)
	default:
		w.batch(out, r, body)
	}
}

// batch answers a batch, some of whose members are hit.
func (w *weather) batch(out http.ResponseWriter, r *http.Request, asked []byte) {
	var members struct{ Requests []struct{ URL string } }
	_ = json.Unmarshal(asked, &members) // the sandbox will say so
	hit := map[string]spoiled{}
	for _, member := range members.Requests {
		if path, _, _ := strings.Cut(member.URL, "?"); w.hit(true) {
			hit[path] = w.bad
		}
	}
	answered := httptest.NewRecorder()
	w.next.ServeHTTP(answered, r)
	spoiled{answered.Code, map[string]string{"Content-Type": "application/json"}, string(inBatch(hit, asked, answered.Body.Bytes()))}.send(out)
}

// send answers a request with s.
func (s spoiled) send(out http.ResponseWriter) {
	for name, value := range s.header {
		out.Header().Set(name, value)
	}
	out.WriteHeader(s.status)
	_, _ = io.WriteString(out, s.body)
}

// storm is a kind of fault, and what it may be called in an answer.
type storm struct {
	name    string
	faults  string // the sandbox's, with SHARE in the place of the share
	outer   bool   // else, and without faults: inner
	bad     spoiled
	hang    bool
	environ []string
	codes   []string // of errors; none: no answer may have an error
}

// shares are those that a storm is played with; some are for all requests or for none.
func (s storm) shares() []float64 {
	if s.faults != "" && !strings.Contains(s.faults, "SHARE") {
		return []float64{1}
	}
	return []float64{0.01, 0.1, 0.5}
}

// stormsOf are the kinds by what they have in common; a group's run at the same time.
func stormsOf() []struct {
	name   string
	storms []storm
} {
	const unavailable, limited, garbled = "UPSTREAM_UNAVAILABLE", "RATE_LIMITED", "UPSTREAM_BAD_RESPONSE"
	hasty := []string{"REQUEST_TIMEOUT=5s"}
	answering := func(name string, bad spoiled, codes ...string) []storm {
		return []storm{{name: name + " inner", bad: bad, codes: codes}, {name: name + " outer", bad: bad, outer: true, codes: codes}}
	}
	// own are the sandbox's, for inner requests, beside the same for outer ones.
	own := func(faults string, bad spoiled, codes ...string) []storm {
		return []storm{{name: "inner", faults: faults, codes: codes}, {name: "outer", bad: bad, outer: true, codes: codes}}
	}
	html := spoiled{http.StatusOK, map[string]string{"Content-Type": "text/html"}, "<html><body>Sign in</body></html>"}
	retired := "Resource not found for the segment 'teamwork'."
	return []struct {
		name   string
		storms []storm
	}{
		{"throttle", own(`{"throttle":SHARE,"afterWork":0.5}`, failure(http.StatusTooManyRequests, "TooManyRequests", "", map[string]string{"Retry-After": "1"}), limited)},
		{"error", own(`{"error":SHARE,"afterWork":0.5}`, failure(http.StatusInternalServerError, "InternalServerError", "", nil), unavailable)},
		{"unavailable", own(`{"unavailable":SHARE,"afterWork":0.5}`, failure(http.StatusServiceUnavailable, "ServiceUnavailable", "", nil), unavailable)},
		{"malformed", own(`{"malformed":SHARE}`, html, garbled)},
		{"broken connection", []storm{
			{name: "reset", faults: `{"reset":SHARE,"afterWork":0.5}`, codes: []string{unavailable}},
			{name: "truncate", faults: `{"truncate":SHARE}`, codes: []string{unavailable, garbled}},
		}},
		{"slow", []storm{
			{name: "latency", faults: `{"latency":"100ms"}`},
			{name: "never", hang: true, outer: true, environ: hasty, codes: []string{unavailable}},
		}},
		{"not found", answering("404", failure(http.StatusNotFound, "NotFound", retired, nil), unavailable)},
		{"retired", append(
			answering("410", failure(http.StatusGone, "Gone", "", nil), unavailable),
			answering("501", failure(http.StatusNotImplemented, "NotImplemented", "", nil), unavailable)...)},
		{"refused", append(
			answering("403", failure(http.StatusForbidden, "Forbidden", "Failed to get license information for the user.", nil), "FORBIDDEN"),
			storm{name: "list", faults: `{"noLicense":true}`, codes: []string{"FORBIDDEN"}},
			storm{name: "404 of all", faults: `{"retired":404}`, codes: []string{unavailable}},
			storm{name: "410 of all", faults: `{"retired":410}`, codes: []string{unavailable}},
			storm{name: "501 of all", faults: `{"retired":501}`, codes: []string{unavailable}},
		)},
	}
}

func TestWeatherHitsItsShare(t *testing.T) {
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text := `{"responses":[{"id":"1","status":200},{"id":"2","status":200}]}`
		_, _ = io.WriteString(w, text)
	})
	w := newWeather(next, 1)
	w.bad = failure(http.StatusGone, "Gone", "", nil)
	ask := func(path, body string) string {
		answered := httptest.NewRecorder()
		w.ServeHTTP(answered, httptest.NewRequest(http.MethodPost, path, strings.NewReader(body)))
		return answered.Body.String()
	}
	batch := `{"requests":[{"id":"1","url":"/a"},{"id":"2","url":"/b"}]}`
	for _, c := range []struct {
		outer, inner float64
		path         string
		gone         int
	}{{0, 0, "/beta/$batch", 0}, {1, 0, "/beta/$batch", 1}, {0, 1, "/beta/$batch", 2}, {0, 1, "/beta/a", 1}} {
		w.turn(c.outer, c.inner)
		if got := ask(c.path, batch); strings.Count(got, `"Gone"`) != c.gone {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
