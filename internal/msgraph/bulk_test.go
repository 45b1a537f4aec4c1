package msgraph

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// restarts asks for a restart of n devices, d0 and so on.
func restarts(n int) []teamwork.CreateOperation {
	reqs := make([]teamwork.CreateOperation, n)
	for i, id := range names(n) {
		reqs[i] = action(teamwork.DeviceRestart)
		reqs[i].DeviceID = id
	}
	return reqs
}

// makes answers creates on either route, and what is asked for after them.
func makes(method, url string, _ int) said {
	device, below, _ := strings.Cut(strings.TrimPrefix(url, "/teamwork/devices/"), "/")
	switch {
	case method == http.MethodGet:
		return said{body: thing(url)}
	case below == "operations":
		return said{status: 201, body: fmt.Sprintf(`{"id":"o-%s","status":"Queued","operationType":"deviceRestart"}`, device)}
	}
	return said{status: 202, header: "Location: /teamwork/devices/" + device + "/operations/o-" + device, body: `null`}
}

func TestBulkIsSentInBatchesInOrder(t *testing.T) {
	for _, c := range []struct {
		n           int
		collection  []int
		actions     []int
		description string
	}{
		{0, nil, nil, "none"},
		{1, []int{0}, []int{0, 0}, "one goes plain"},
		{2, []int{2}, []int{2, 2}, "two"},
		{20, []int{20}, []int{20, 20}, "a batch"},
		{21, []int{0, 20}, []int{0, 0, 20, 20}, "a batch and one"},
		{200, slices.Repeat([]int{20}, 10), slices.Repeat([]int{20}, 20), "as many as may be"},
	} {
		for _, by := range []CreateRoute{Collection, Actions} {
			t.Run(c.description+" by "+string(by), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					client, b := boxed(t, Options{CreateRoute: by})
					b.answer = makes
					b.after = 20 * time.Millisecond
					results := client.CreateOperations(t.Context(), restarts(c.n))
					if len(results) != c.n {
						t.Fatalf("%d results", len(results))
					}
					for i, id := range names(c.n) {
						if r := results[i]; r.Err != nil || r.Operation.DeviceID != id || r.Operation.OperationID != "o-"+id {
							t.Errorf("%s: got %+v", id, r)
						}
					}
					want, sizes := c.collection, b.sizes()
					if by == Actions {
						want = c.actions
					}
					slices.Sort(sizes)
					if diff := cmp.Diff(want, sizes); diff != "" {
						t.Error(diff)
					}
				})
			})
		}
	}
}

func TestBulkGoesInParallelAsFarAsTheGateAllows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{Concurrency: 3})
		b.answer, b.after = makes, time.Second
		began := time.Now()
		client.CreateOperations(t.Context(), restarts(100))
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("5 batches, 3 at a time, took %v", took)
		}
	})
}

// TestBulkMembersSucceedAndFailOnTheirOwn: each member's result is that of the same
// answer to a create of its own.
func TestBulkMembersSucceedAndFailOnTheirOwn(t *testing.T) {
	for name, c := range map[string]struct {
		said said
		kind teamwork.Kind
	}{
		"400": {said{status: 400, body: refusedFor}, teamwork.Rejected},
		"403": {said{status: 403}, teamwork.Forbidden},
		"404": {said{status: 404, body: refusedFor}, teamwork.NotFound},
		"408": {said{status: 408}, teamwork.OutcomeUnknown},
		"409": {said{status: 409}, teamwork.Conflict},
		"429": {said{status: 429, header: "Retry-After: 1"}, teamwork.Throttled},
		"500": {said{status: 500}, teamwork.OutcomeUnknown},
		"501": {said{status: 501}, teamwork.Unavailable},
		"503": {said{status: 503, header: "Retry-After: 1"}, teamwork.Unavailable},
		"504": {said{status: 504}, teamwork.OutcomeUnknown},
		"302": {said{status: 302}, teamwork.OutcomeUnknown},

		"no answer":      {said{nothing: true}, teamwork.OutcomeUnknown},
		"two answers":    {said{status: 201, body: created, twice: true}, teamwork.OutcomeUnknown},
		"no status":      {said{status: -1}, teamwork.OutcomeUnknown},
		"201 with HTML":  {said{status: 201, body: htmlPage}, teamwork.OutcomeUnknown},
		"201 without id": {said{status: 201, body: `{}`}, teamwork.OutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, b := boxed(t, Options{CallersToken: true})
				b.answer = func(method, url string, nth int) said {
					if strings.HasPrefix(url, "/teamwork/devices/d1/") {
						return c.said
					}
					return makes(method, url, nth)
				}
				results := client.CreateOperations(t.Context(), restarts(4))
				for i, r := range results {
					if i == 1 {
						if e := wantKind(t, r.Err, c.kind); e.Unsent || r.Operation != nil {
							t.Errorf("got %+v: %+v", r.Operation, e)
						}
					} else if r.Err != nil {
						t.Error(r.Err)
					}
				}
				if diff := cmp.Diff([]int{4}, b.sizes()); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestBulkThatFailsAsAWholeIsSentOnce(t *testing.T) {
	for _, c := range []struct {
		name   string
		step   step
		kind   teamwork.Kind
		unsent bool
	}{
		{"refused connection", step{refused: true}, teamwork.Unavailable, true},
		{"reset", step{broken: true}, teamwork.OutcomeUnknown, false},
		{"silence", step{silent: true}, teamwork.OutcomeUnknown, false},
		{"truncated answer", step{body: `{"responses":[`, cut: true}, teamwork.OutcomeUnknown, false},
		{"truncated error", step{status: 400, body: `{"err`, cut: true}, teamwork.OutcomeUnknown, false},
		{"HTML", step{body: htmlPage}, teamwork.OutcomeUnknown, false},
		{"no responses", step{body: `{"responses":[]}`}, teamwork.OutcomeUnknown, false},
		{"over 20 MB", step{body: strings.Repeat(" ", maxBatchBody+1)}, teamwork.OutcomeUnknown, false},
		{"424 without a batch", step{status: 424}, teamwork.OutcomeUnknown, false},
		{"500", step{status: 500}, teamwork.OutcomeUnknown, false},
		{"504", step{status: 504}, teamwork.OutcomeUnknown, false},
		{"redirect", step{status: 307, header: "Location: " + root + "/elsewhere"}, teamwork.OutcomeUnknown, false},
		{"503", step{status: 503}, teamwork.Unavailable, false},
		{"429", step{status: 429, header: "Retry-After: 1"}, teamwork.Throttled, false},
		{"400", step{status: 400, body: refusedFor}, teamwork.Rejected, false},
		{"404, which is not the devices'", step{status: 404}, teamwork.Unavailable, false},
		{"challenge", challenge, teamwork.Unavailable, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				token := runtime.NewBearerTokenPolicy(staticToken{}, []string{"scope"}, nil)
				client, b := boxed(t, Options{Authorization: token})
				b.outer = func(int, []string) *step { return &c.step }
				for _, r := range client.CreateOperations(t.Context(), restarts(4)) {
					if e := wantKind(t, r.Err, c.kind); e.Unsent != c.unsent || e.Message == "" || !strings.Contains(r.Err.Error(), "create deviceRestart on") {
						t.Errorf("%+v", e)
					}
				}
				if diff := cmp.Diff([]int{4}, b.sizes()); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestBulkSendsNothingForWhatIsInvalid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{})
		b.answer = makes
		reqs := restarts(4)
		reqs[1].DeviceID = ".."
		reqs[2] = update(nil)
		results := client.CreateOperations(t.Context(), reqs)
		for i, path := range map[int][]string{1: {"input", "deviceId"}, 2: {"input", "softwareUpdate"}} {
			e := wantKind(t, results[i].Err, teamwork.Invalid)
			if diff := cmp.Diff(path, e.Path); diff != "" || !e.Unsent {
				t.Errorf("%+v: %s", e, diff)
			}
		}
		if results[0].Err != nil || results[3].Err != nil {
			t.Errorf("got %+v", results)
		}
		if diff := cmp.Diff([]int{2}, b.sizes()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestBulkThatWasNotSentSaysSo(t *testing.T) {
	for _, c := range []struct {
		name string
		opts Options
		end  func(context.Context) (context.Context, context.CancelFunc)
		gate func(*gate, context.Context)
		kind teamwork.Kind
	}{
		{"no time left", Options{}, func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, leastTime-time.Second)
		}, nil, teamwork.Unavailable},
		{"the caller left", Options{}, func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx, cancel
		}, nil, teamwork.Internal},
		{"no token", Options{Authorization: nobody{}, CallersToken: true}, nil, nil, teamwork.Unauthenticated},
		{"upstream asked to wait", Options{}, nil, func(g *gate, ctx context.Context) {
			g.account(ctx).throttle(time.Now().Add(time.Minute))
		}, teamwork.Throttled},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				client, b := boxed(t, c.opts)
				if c.end != nil {
					var cancel context.CancelFunc
					ctx, cancel = c.end(ctx)
					defer cancel()
				}
				if c.gate != nil {
					c.gate(client.gate, ctx)
				}
				results := client.CreateOperations(ctx, restarts(4))
				_, one := client.CreateOperation(ctx, restarts(1)[0])
				for _, err := range []error{results[0].Err, results[3].Err, one} {
					if e := wantKind(t, err, c.kind); !e.Unsent || errors.Is(err, context.Canceled) != (c.kind == teamwork.Internal) {
						t.Errorf("%+v", e)
					}
				}
				if len(b.outings) > 0 {
					t.Errorf("sent %v", b.sizes())
				}
			})
		})
	}
}

// TestBulkThatWaitedTooLongAtTheGateIsNotSent: what is let through must have time for its
// answer.
func TestBulkThatWaitedTooLongAtTheGateIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{Concurrency: 1})
		b.answer, b.after = makes, 6*time.Second
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		sent, unsent := 0, 0
		for _, r := range client.CreateOperations(ctx, restarts(40)) {
			if r.Err == nil {
				sent++
			} else if e := wantKind(t, r.Err, teamwork.Unavailable); e.Unsent {
				unsent++
			}
		}
		if sent != 20 || unsent != 20 || len(b.outings) != 1 {
			t.Errorf("%d made, %d unsent, sent %v", sent, unsent, b.sizes())
		}
	})
}

// TestCreateOnAPausedResourceIsNotSent: alone or among many, whatever was throttled there.
func TestCreateOnAPausedResourceIsNotSent(t *testing.T) {
	for n, sizes := range map[int][]int{1: nil, 2: {0}, 4: {3}} {
		synctest.Test(t, func(t *testing.T) {
			var reasons []string
			client, b := boxed(t, Options{Withheld: func(reason string) { reasons = append(reasons, reason) }})
			b.answer = makes
			client.gate.pause(t.Context(), "/teamwork/devices/d0/operations", time.Minute)
			results := client.CreateOperations(t.Context(), restarts(n))
			_, one := client.CreateOperation(t.Context(), restarts(1)[0])
			for _, err := range []error{results[0].Err, one} {
				if e := wantKind(t, err, teamwork.Throttled); !e.Unsent || e.RetryAfter != time.Minute {
					t.Errorf("%d: %+v", n, e)
				}
			}
			for i, r := range results[1:] {
				if r.Err != nil || r.Operation.DeviceID != names(n)[i+1] {
					t.Errorf("%d: got %+v", n, r)
				}
			}
			if !slices.Equal(b.sizes(), sizes) || !slices.Equal(reasons, []string{"paused", "paused"}) {
				t.Errorf("%d: sent %v, withheld for %q", n, b.sizes(), reasons)
			}
		})
	}
}

func TestBulkOfActionsIsUnconfirmedWhereItCantBeRead(t *testing.T) {
	for name, then := range map[string]said{
		"not there yet": {status: 404, body: refusedFor}, "throttled": {status: 429, header: "Retry-After: 60"}, "HTML": {body: htmlPage}, "forbidden": {status: 403},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, b := boxed(t, Options{CreateRoute: Actions, RetryDelay: 1})
				b.answer = func(method, url string, nth int) said {
					if url == "/teamwork/devices/d1/operations/o-d1" {
						return then
					}
					if strings.HasPrefix(url, "/teamwork/devices/d2/") {
						return said{status: 202, body: `null`} // which says nothing of where it lies
					}
					return makes(method, url, nth)
				}
				results := client.CreateOperations(t.Context(), restarts(4))
				one := results[1].Operation
				if results[1].Err != nil || one.OperationID != "o-d1" || one.Status() != teamwork.StatusQueued || len(one.Meta.Warnings) != 1 || one.Meta.Warnings[0].Code != "UNCONFIRMED" {
					t.Errorf("got %+v: %v", one, results[1].Err)
				}
				wantKind(t, results[2].Err, teamwork.OutcomeUnknown)
				for _, i := range []int{0, 3} {
					if r := results[i]; r.Err != nil || len(r.Operation.Meta.Warnings) > 0 {
						t.Errorf("%d: got %+v", i, r)
					}
				}
				if sizes := b.sizes(); sizes[0] != 4 || sizes[1] != 3 {
					t.Errorf("sent %v", sizes)
				}
			})
		})
	}
}

func TestBulkUpdateTellsAMissingVersionFromAMissingDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{CreateRoute: Actions})
		b.answer = func(method, url string, nth int) said {
			switch {
			case method == http.MethodPost && !strings.HasPrefix(url, "/teamwork/devices/d0/"), url == "/teamwork/devices/d2":
				return said{status: 404, body: refusedFor}
			}
			return makes(method, url, nth)
		}
		var reqs []teamwork.CreateOperation
		for _, id := range names(3) {
			req := update(new("9.9"))
			req.DeviceID = id
			reqs = append(reqs, req)
		}
		results := client.CreateOperations(t.Context(), reqs)
		if results[0].Err != nil {
			t.Error(results[0].Err)
		}
		wantKind(t, results[1].Err, teamwork.Rejected)
		wantKind(t, results[2].Err, teamwork.NotFound)
		if diff := cmp.Diff([]int{3, 3}, b.sizes()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestBulkIsNotSentAgainOverRealSockets reuses a connection, because that is where
// net/http would send again what it thinks it may.
func TestBulkIsNotSentAgainOverRealSockets(t *testing.T) {
	client, mux, _ := setup(t, Options{})
	var batches atomic.Int32
	mux.HandleFunc("GET /beta/teamwork/devices/d1", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, fine) })
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		batches.Add(1)
		_, _ = io.ReadAll(r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	})
	if _, err := client.Device(t.Context(), "d1"); err != nil {
		t.Fatal(err)
	}
	for _, r := range client.CreateOperations(t.Context(), restarts(3)) {
		wantKind(t, r.Err, teamwork.OutcomeUnknown)
	}
	if n := batches.Load(); n != 1 {
		t.Errorf("sent %d times", n)
	}
}

func TestBulkThatFindsNobodyWasNotSent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	client := newClient(t, Options{URL: "http://" + listener.Addr().String() + "/beta"})
	for _, r := range client.CreateOperations(t.Context(), restarts(3)) {
		if e := wantKind(t, r.Err, teamwork.Unavailable); !e.Unsent {
			t.Errorf("%+v", e)
		}
	}
}

func TestBulkAgainstTheSandbox(t *testing.T) {
	for _, by := range []CreateRoute{Collection, Actions} {
		t.Run(string(by), func(t *testing.T) {
			client, n := sandboxed(t, Options{CreateRoute: by}, "")
			all, _ := everyDevice(t, client, nil)
			var reqs []teamwork.CreateOperation
			for _, dev := range all[:30] {
				req := action(teamwork.DeviceRestart)
				req.DeviceID = dev.DeviceID
				reqs = append(reqs, req)
			}
			reqs = append(reqs, reqs[0]) // which is under way already
			results := client.CreateOperations(t.Context(), reqs)
			made := 0
			for i, r := range results {
				if r.Err == nil && r.Operation.DeviceID == reqs[i].DeviceID && r.Operation.OperationType() == teamwork.DeviceRestart {
					made++
				}
			}
			twice := []error{results[0].Err, results[30].Err}
			if made != 30 || !slices.ContainsFunc(twice, func(err error) bool { return teamwork.KindOf(err) == teamwork.Conflict }) {
				t.Errorf("%d made, twice %v", made, twice)
			}
			if got := n.stats(); !strings.Contains(got, `"creates":30,`) {
				t.Error(got)
			}
		})
	}
}
