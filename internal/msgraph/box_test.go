package msgraph

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// said is one answer of a box, alone or in a batch.
type said struct {
	status  int // 200 unless set
	header  string
	body    string
	nothing bool // in a batch: there is no answer
	twice   bool // in a batch: there are two
}

// outing is one HTTP request that a box got.
type outing struct {
	at    time.Time
	batch bool
	urls  []string
}

// box is an upstream in memory that answers each member by its URL, alone or in a batch.
type box struct {
	t *testing.T
	// answer is asked for each inner request; nth counts from 1 for each URL.
	answer func(method, url string, nth int) said
	// outer, if it returns a step, is what a batch gets instead of its answers.
	outer func(nth int, urls []string) *step
	// status is that of a batch whose answers are there; 200 unless set.
	status int
	// after is how long every answer takes.
	after time.Duration

	mu      sync.Mutex
	asked   map[string]int
	outings []outing
	batches int
	ended   []error // what ended requests early
	bodies  []string
}

// boxed returns a Client whose upstream is a box that knows every device.
func boxed(t *testing.T, opts Options) (*Client, *box) {
	t.Helper()
	b := &box{t: t, asked: map[string]int{}}
	b.answer = func(_, url string, _ int) said { return said{body: thing(url)} }
	if opts.URL == "" {
		opts.URL = root
	}
	opts.Transport = b
	c := newClient(t, opts)
	t.Cleanup(c.Close)
	return c, b
}

// thing is what lies at a URL: its id is the last segment.
func thing(url string) string {
	path, _, _ := strings.Cut(url, "?")
	if strings.HasSuffix(path, "/operations") {
		return `{"value":[{"id":"o1","status":"Queued"}]}`
	}
	return fmt.Sprintf(`{"id":%q,"deviceType":"sip"}`, path[strings.LastIndex(path, "/")+1:])
}

func (b *box) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	st := b.step(req)
	if st.refused {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	if trace := httptrace.ContextClientTrace(ctx); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	var answered <-chan time.Time
	if !st.silent {
		answered = time.After(max(b.after, st.after))
	}
	select {
	case <-answered:
	case <-ctx.Done():
		b.mu.Lock()
		b.ended = append(b.ended, context.Cause(ctx))
		b.mu.Unlock()
		return nil, ctx.Err()
	}
	if st.broken {
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	return st.response(req), nil
}

// step is what becomes of a request.
func (b *box) step(req *http.Request) step {
	b.mu.Lock()
	defer b.mu.Unlock()
	url := strings.TrimPrefix(req.URL.String(), root)
	if url != batchPath {
		b.outings = append(b.outings, outing{time.Now(), false, []string{url}})
		return b.one(req.Method, url).step()
	}
	text, err := io.ReadAll(req.Body)
	if err != nil {
		b.t.Error(err)
	}
	b.bodies = append(b.bodies, string(text))
	var batch struct{ Requests []batchItem }
	if err := json.Unmarshal(text, &batch); err != nil {
		b.t.Error(err)
	}
	out := outing{at: time.Now(), batch: true}
	for _, item := range batch.Requests {
		out.urls = append(out.urls, item.URL)
	}
	b.outings = append(b.outings, out)
	b.batches++
	if b.outer != nil {
		if st := b.outer(b.batches, out.urls); st != nil {
			return *st
		}
	}
	return step{status: b.status, body: b.responses(batch.Requests)}
}

func (b *box) one(method, url string) said {
	b.asked[url]++
	return b.answer(method, url, b.asked[url])
}

func (s said) step() step { return step{status: s.status, header: s.header, body: s.body} }

// responses answers a batch, the last first.
func (b *box) responses(items []batchItem) string {
	var all []string
	for _, item := range items {
		one := b.one(item.Method, item.URL)
		if one.nothing {
			continue
		}
		all = append(all, one.inBatch(item.ID))
		if one.twice {
			all = append(all, one.inBatch(item.ID))
		}
	}
	slices.Reverse(all)
	return `{"responses":[` + strings.Join(all, ",") + `]}`
}

func (s said) inBatch(id string) string {
	header := map[string]string{}
	for name, values := range headerOf(s.header) {
		header[strings.ToLower(name)] = values[0]
	}
	headers, _ := json.Marshal(header)
	status := s.status
	if status == 0 {
		status = http.StatusOK
	}
	body := s.body
	if !json.Valid([]byte(body)) {
		text, _ := json.Marshal(body)
		body = string(text)
	}
	return fmt.Sprintf(`{"id":%q,"status":%d,"headers":%s,"body":%s}`, id, status, headers, body)
}

// sizes returns how many members each HTTP request had, in order; 0 for a plain one.
func (b *box) sizes() []int {
	b.mu.Lock()
	defer b.mu.Unlock()
	var sizes []int
	for _, out := range b.outings {
		n := 0
		if out.batch {
			n = len(out.urls)
		}
		sizes = append(sizes, n)
	}
	return sizes
}

// names returns d0, d1 and so on.
func names(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("d%d", i)
	}
	return all
}

// read is what became of one read of many.
type read struct {
	dev *teamwork.Device
	err error
	at  time.Time
}

// readAll reads devices together, each as part of one request.
func readAll(ctx context.Context, c *Client, ids []string) []read {
	got := make([]read, len(ids))
	teamwork.Together(ctx, len(ids), func(i int) {
		dev, err := c.Device(ctx, ids[i])
		got[i] = read{dev, err, time.Now()}
	})
	return got
}

// wantWhole fails unless each device came, but those named.
func wantWhole(t *testing.T, ids []string, got []read, but ...string) {
	t.Helper()
	for i, r := range got {
		if slices.Contains(but, ids[i]) {
			continue
		}
		if r.err != nil || r.dev.DeviceID != ids[i] {
			t.Errorf("%s: got %+v: %v", ids[i], r.dev, r.err)
		}
	}
}

// on answers otherwise for one device, and whole for the others.
func on(device string, answer func(nth int) said) func(string, string, int) said {
	return func(_, url string, nth int) said {
		if strings.HasSuffix(url, "/"+device) {
			return answer(nth)
		}
		return said{body: thing(url)}
	}
}

// always answers the same.
func always(s said) func(int) said { return func(int) said { return s } }

// policyFunc is an authorization that only looks.
type policyFunc func(context.Context)

func (f policyFunc) Do(req *policy.Request) (*http.Response, error) {
	f(req.Raw().Context())
	return req.Next()
}
