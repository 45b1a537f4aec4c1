package msgraph

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// updateGolden rewrites golden files instead of comparing with them.
var updateGolden = flag.Bool("update", os.Getenv("UPDATE_GOLDEN") != "", "rewrite golden files")

// root is the version root of every scripted upstream.
const root = "https://graph.example/beta"

// setup returns a Client whose upstream is mux, below /beta of a real server, as
// go-github's tests do.
func setup(t *testing.T, opts Options) (c *Client, mux *http.ServeMux, url string) {
	t.Helper()
	mux = http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	transport := newTransport()
	t.Cleanup(transport.CloseIdleConnections)
	opts.URL, opts.Transport, opts.RetryDelay = server.URL+"/beta", transport, time.Millisecond
	return newClient(t, opts), mux, server.URL
}

func newClient(t testing.TB, opts Options) *Client {
	t.Helper()
	c, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// scripted returns a Client whose upstream takes the steps in turn, in memory; the
// last one is repeated.
func scripted(t *testing.T, opts Options, steps ...step) (*Client, *script) {
	t.Helper()
	s := &script{steps: steps}
	if opts.URL == "" {
		opts.URL = root
	}
	opts.Transport = s
	return newClient(t, opts), s
}

// step is what a scripted upstream does with one request.
type step struct {
	refused bool          // no connection is made
	broken  bool          // the connection breaks without an answer
	cut     bool          // it breaks at the end of body
	silent  bool          // no answer comes at all
	after   time.Duration // how long the answer takes
	status  int           // 200 unless set
	header  string        // "Name: value" lines
	body    string
}

// seen is a request as it was sent.
type seen struct {
	method, url, body string
	header            http.Header
	at                time.Time
}

// script is an upstream in memory. It tells httptrace of connections, as a
// transport does.
type script struct {
	steps []step

	mu    sync.Mutex
	tries int
	sent  []seen
}

// count returns how many tries there were, some of which may still be under way.
func (s *script) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tries
}

func (s *script) next(req *http.Request) (step, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.steps[min(s.tries, len(s.steps)-1)]
	s.tries++
	if st.refused {
		return st, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	one := seen{method: req.Method, url: req.URL.String(), header: req.Header.Clone(), at: time.Now()}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return st, err
		}
		one.body = string(body)
	}
	s.sent = append(s.sent, one)
	return st, nil
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	st, err := s.next(req)
	if err != nil {
		return nil, err
	}
	var answered <-chan time.Time
	if !st.silent {
		answered = time.After(st.after)
	}
	select {
	case <-answered:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if st.broken {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	return st.response(req), nil
}

func (st step) response(req *http.Request) *http.Response {
	status := st.status
	if status == 0 {
		status = http.StatusOK
	}
	body := io.Reader(strings.NewReader(st.body))
	if st.cut {
		body = io.MultiReader(body, cutOff{})
	}
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: headerOf(st.header), Body: io.NopCloser(body), Request: req, ContentLength: -1,
	}
}

type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func headerOf(lines string) http.Header {
	h := http.Header{}
	for line := range strings.SplitSeq(lines, "\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			h.Add(name, value)
		}
	}
	return h
}

// tenant is a sandbox under test.
type tenant struct {
	*sandbox.Server
	t *testing.T
}

// sandboxed returns a Client of a sandbox in this process, with these faults.
func sandboxed(t *testing.T, opts Options, faults string) (*Client, *tenant) {
	t.Helper()
	n := &tenant{sandbox.New(sandbox.Options{Quiet: true}), t}
	if faults != "" {
		n.faults(faults)
	}
	opts.URL, opts.Transport, opts.RetryDelay = "http://sandbox.localhost/beta", n.Server, time.Millisecond
	return newClient(t, opts), n
}

func (n *tenant) faults(body string) {
	n.t.Helper()
	rec := httptest.NewRecorder()
	n.ServeHTTP(rec, httptest.NewRequest("POST", "/_sandbox/faults", strings.NewReader(body)))
	if rec.Code != http.StatusOK {
		n.t.Fatalf("faults %s: %s", body, rec.Body)
	}
}

// stats returns what the sandbox counted, as its text.
func (n *tenant) stats() string {
	rec := httptest.NewRecorder()
	n.ServeHTTP(rec, httptest.NewRequest("GET", "/_sandbox/stats", nil))
	return rec.Body.String()
}

// wantKind fails unless err is of the kind, and returns it as the Error it holds.
func wantKind(t *testing.T, err error, kind teamwork.Kind) *teamwork.Error {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want kind %q", kind)
	}
	e := new(teamwork.Error)
	if !errors.As(err, &e) || e.Kind != kind {
		t.Fatalf("kind %q, want %q: %v", teamwork.KindOf(err), kind, err)
	}
	return e
}

// golden compares got with a file below testdata, or writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(name))
	if *updateGolden {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; UPDATE_GOLDEN=1 writes it", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// bodyOf returns a body of testdata.
func bodyOf(t *testing.T, name string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", "bodies", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(body))
}

// trailed returns a context with a Trail, and a function that lists the codes of
// its warnings.
func trailed(ctx context.Context) (context.Context, func() []string) {
	trail := new(teamwork.Trail)
	return teamwork.WithTrail(ctx, trail), func() []string {
		var codes []string
		for _, w := range trail.Warnings() {
			codes = append(codes, w.Code)
		}
		return codes
	}
}
