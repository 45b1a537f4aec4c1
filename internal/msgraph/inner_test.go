package msgraph

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// TestInnerFailureIsOneDevices: whatever becomes of one member, the others' data is
// there, and the member's error is that of the same answer to a plain read.
func TestInnerFailureIsOneDevices(t *testing.T) {
	const refusal = `{"error":{"code":"Oops","message":"The words."}}`
	for _, c := range []struct {
		name  string
		said  said
		kind  teamwork.Kind
		tries int
	}{
		{"400", said{status: 400, body: refusal}, teamwork.Rejected, 1},
		{"401", said{status: 401, body: refusal}, teamwork.Unauthenticated, 1},
		{"403", said{status: 403, body: refusal}, teamwork.Forbidden, 1},
		{"404", said{status: 404, body: refusal}, teamwork.NotFound, 1},
		{"404 of an unknown path", said{status: 404, body: `{"error":{"code":"UnknownError","message":""}}`}, teamwork.Unavailable, 1},
		{"404 of an unknown segment", said{status: 404, body: segment}, teamwork.Unavailable, 1},
		{"408", said{status: 408, body: refusal}, teamwork.Unavailable, maxTries},
		{"410", said{status: 410, body: refusal}, teamwork.Unavailable, 1},
		{"424", said{status: 424, body: refusal}, teamwork.Rejected, 1},
		{"429", said{status: 429, body: refusal}, teamwork.Throttled, maxTries},
		{"500", said{status: 500, body: refusal}, teamwork.Unavailable, maxTries},
		{"501", said{status: 501, body: refusal}, teamwork.Unavailable, 1},
		{"502", said{status: 502, body: htmlPage}, teamwork.Unavailable, maxTries},
		{"503", said{status: 503, body: refusal}, teamwork.Unavailable, maxTries},
		{"504", said{status: 504, body: refusal}, teamwork.Unavailable, maxTries},
		{"HTML", said{body: htmlPage}, teamwork.BadResponse, 1},
		{"base64", said{body: "aGVsbG8gd29ybGQ"}, teamwork.BadResponse, 1},
		{"an array", said{body: `[]`}, teamwork.BadResponse, 1},
		{"null", said{body: `null`}, teamwork.BadResponse, 1},
		{"no answer", said{nothing: true}, teamwork.BadResponse, 1},
		{"two answers", said{body: `{"id":"d1"}`, twice: true}, teamwork.BadResponse, 1},
		{"no status", said{status: -1}, teamwork.BadResponse, 1},
		{"a status that is none", said{status: 1000}, teamwork.BadResponse, 1},
		{"204", said{status: 204, body: `null`}, teamwork.BadResponse, 1},
		{"302", said{status: 302, header: "Location: https://evil.example", body: `null`}, teamwork.BadResponse, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, b := boxed(t, Options{CallersToken: true, RetryDelay: 1})
				b.answer = on("d1", always(c.said))
				got := readAll(client.Gathering(t.Context()), client, names(4))
				wantWhole(t, names(4), got, "d1")
				e := wantKind(t, got[1].err, c.kind)
				if e.Message == "" || e.Upstream == nil {
					t.Errorf("%+v", e)
				}
				if sizes := b.sizes(); len(sizes) != c.tries || sizes[0] != 4 || slices.Max(append(sizes[1:], 0)) > 0 {
					t.Errorf("sent %v, want %d", sizes, c.tries)
				}
			})
		})
	}
}

func TestInnerFailureSaysWhatUpstreamSaid(t *testing.T) {
	for name, c := range map[string]struct{ header, id string }{
		"its own id":     {"Request-ID: r-inner", "r-inner"},
		"the batch's id": {"", "r-outer"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, b := boxed(t, Options{})
				b.outer = func(int, []string) *step {
					one := said{status: 409, header: c.header, body: refusedFor}
					return &step{header: "request-id: r-outer", body: `{"responses":[` + one.inBatch("2") + `,` + one.inBatch("1") + `]}`}
				}
				got := readAll(client.Gathering(t.Context()), client, names(2))
				want := &teamwork.UpstreamAnswer{Status: 409, Code: "InvalidThing", RequestID: c.id}
				for _, r := range got {
					if diff := cmp.Diff(want, wantKind(t, r.err, teamwork.Conflict).Upstream); diff != "" {
						t.Error(diff)
					}
				}
			})
		})
	}
}

func TestOnlyThrottledMembersAreSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{})
		b.answer = func(_, url string, nth int) said {
			if nth == 1 && (url == "/teamwork/devices/d1" || url == "/teamwork/devices/d3") {
				return said{status: 429, header: "Retry-After: 2"}
			}
			return said{body: thing(url)}
		}
		began := time.Now()
		got := readAll(client.Gathering(t.Context()), client, names(6))
		wantWhole(t, names(6), got)
		if diff := cmp.Diff([]int{6, 2}, b.sizes()); diff != "" {
			t.Fatal(diff)
		}
		if waited := b.outings[1].at.Sub(began); waited < 2*time.Second || waited > 2*time.Second+defaultRetryDelay+longestGathering {
			t.Errorf("sent again after %v", waited)
		}
		if took := got[0].at.Sub(began); took != 0 {
			t.Errorf("the others waited %v", took)
		}
	})
}

func TestEachThrottledMemberWaitsItsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{RetryDelay: 1})
		b.answer = func(_, url string, nth int) said {
			switch {
			case nth == 1 && url == "/teamwork/devices/d1":
				return said{status: 429, header: "Retry-After: 1"}
			case nth == 1 && url == "/teamwork/devices/d3":
				return said{status: 429, header: "Retry-After: 3"}
			}
			return said{body: thing(url)}
		}
		began := time.Now()
		got := readAll(client.Gathering(t.Context()), client, names(6))
		wantWhole(t, names(6), got)
		for i, want := range map[int]time.Duration{1: time.Second, 3: 3 * time.Second} {
			if took := got[i].at.Sub(began).Truncate(10 * time.Millisecond); took != want {
				t.Errorf("d%d took %v", i, took)
			}
		}
	})
}

func TestThrottledMemberBeyondTheDeadlineIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		client, b := boxed(t, Options{})
		b.answer = on("d1", always(said{status: 429, header: "Retry-After: 3"}))
		began := time.Now()
		got := readAll(client.Gathering(ctx), client, names(4))
		wantWhole(t, names(4), got, "d1")
		if e := wantKind(t, got[1].err, teamwork.Throttled); e.RetryAfter != 3*time.Second {
			t.Errorf("told to wait %v", e.RetryAfter)
		}
		if took := time.Since(began); took != 0 || len(b.outings) != 1 {
			t.Errorf("took %v, sent %v", took, b.sizes())
		}
	})
}

// TestPausedResourceIsLeftAlone: what one request was told of a resource holds for the
// next, too.
func TestPausedResourceIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{RetryDelay: 1})
		b.answer = on("d1", func(nth int) said {
			if nth == 1 {
				return said{status: 429, header: "Retry-After: 60"}
			}
			return said{body: `{"id":"d1"}`}
		})
		got := readAll(client.Gathering(t.Context()), client, names(4))
		wantKind(t, got[1].err, teamwork.Throttled)
		time.Sleep(50 * time.Second)
		began := time.Now()
		got = readAll(client.Gathering(t.Context()), client, names(4))
		wantWhole(t, names(4), got)
		if took := got[1].at.Sub(began).Truncate(time.Second); took != 10*time.Second || got[0].at != began {
			t.Errorf("the resource was read after %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		client.gate.pause(ctx, "/teamwork/devices/d1", time.Minute)
		got = readAll(client.Gathering(ctx), client, names(4))
		if e := wantKind(t, got[1].err, teamwork.Throttled); !e.Unsent || e.RetryAfter != time.Minute {
			t.Errorf("%+v", e)
		}
		if diff := cmp.Diff([]int{4, 3, 0, 3}, b.sizes()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestThrottledMemberWithoutATimePausesForAMoment: as a throttling of all does.
func TestThrottledMemberWithoutATimePausesForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{RetryDelay: 1})
		b.answer = on("d1", func(nth int) said {
			if nth == 1 {
				return said{status: 429}
			}
			return said{body: `{"id":"d1"}`}
		})
		began := time.Now()
		got := readAll(client.Gathering(t.Context()), client, names(4))
		wantWhole(t, names(4), got)
		if took := got[1].at.Sub(began).Truncate(longestGathering); took != unsaidWait || got[0].at != began {
			t.Errorf("the resource was read again after %v", took)
		}
	})
}

func TestFailedMembersAreTriedAgainWithinReason(t *testing.T) {
	for _, c := range []struct {
		name   string
		fails  int // how often
		budget int // what else was sent again before
		sizes  []int
	}{
		{"once", 1, 0, []int{8, 2}},
		{"thrice", 3, 0, []int{8, 2, 2, 2}},
		{"for ever", 99, 0, []int{8, 2, 2, 2}},
		{"more than the process may", 99, retryReserve - 1, []int{8, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, b := boxed(t, Options{})
				client.gate.retries.spent = float64(c.budget)
				client.gate.retries.since = time.Now()
				b.answer = func(_, url string, nth int) said {
					if nth <= c.fails && (url == "/teamwork/devices/d1" || url == "/teamwork/devices/d3") {
						return said{status: 500}
					}
					return said{body: thing(url)}
				}
				began := time.Now()
				got := readAll(client.Gathering(t.Context()), client, names(8))
				wantWhole(t, names(8), got, "d1", "d3")
				if diff := cmp.Diff(c.sizes, b.sizes()); diff != "" {
					t.Error(diff)
				}
				if failed := got[1].err != nil; failed != (c.fails > 3) {
					t.Errorf("got %v", got[1].err)
				}
				if took := time.Since(began); took > 7*defaultRetryDelay+3*longestGathering || took == 0 {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

func TestLoneReadIsTriedAgainByItsGatherer(t *testing.T) {
	for _, c := range []struct {
		name  string
		step  step
		tries int
		kind  teamwork.Kind
	}{
		{"503", step{status: 503}, maxTries, teamwork.Unavailable},
		{"a reset", step{broken: true}, maxTries, teamwork.Unavailable},
		{"a cut", step{body: `{"id"`, cut: true}, maxTries, teamwork.Unavailable},
		{"404", step{status: 404}, 1, teamwork.NotFound},
		{"HTML", step{body: htmlPage}, 1, teamwork.BadResponse},
		{"another host", step{status: 302, header: "Location: https://evil.example/beta/x"}, 1, teamwork.BadResponse},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, s := scripted(t, Options{}, c.step)
				_, err := client.Device(client.Gathering(t.Context()), "d1")
				wantKind(t, err, c.kind)
				if len(s.sent) != c.tries || s.sent[0].method != http.MethodGet {
					t.Errorf("%d tries", len(s.sent))
				}
			})
		})
	}
}

func TestCallThatEndsWhileItWaitsToTryAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{})
		b.answer = on("d1", always(said{status: 429, header: "Retry-After: 4"}))
		ctx, cancel := context.WithCancel(client.Gathering(t.Context()))
		time.AfterFunc(time.Second, cancel)
		got := readAll(ctx, client, names(3))
		if !errors.Is(got[1].err, context.Canceled) {
			t.Errorf("got %v", got[1].err)
		}
		time.Sleep(time.Minute)
		if diff := cmp.Diff([]int{3}, b.sizes()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestPanicEndsOneFlightOnly(t *testing.T) {
	for _, n := range []int{1, 4} {
		synctest.Test(t, func(t *testing.T) {
			panics := true
			client, _ := boxed(t, Options{Concurrency: 1, Authorization: policyFunc(func(context.Context) {
				if panics {
					panic("a mistake")
				}
			})})
			for _, r := range readAll(client.Gathering(t.Context()), client, names(n)) {
				if e := wantKind(t, r.err, teamwork.Internal); e.Message != "" || !strings.Contains(e.Error(), "a mistake") {
					t.Errorf("%+v", e)
				}
			}
			if n > 1 {
				for _, r := range client.CreateOperations(t.Context(), restarts(n)) {
					wantKind(t, r.Err, teamwork.OutcomeUnknown)
				}
			}
			if panics = false; n > 1 { // whose slots at the gate are free again
				wantWhole(t, names(n), readAll(client.Gathering(t.Context()), client, names(n)))
			}
		})
	}
}

// TestPanicOverWhoIsHeldBackLeavesNobodyWaiting: whether a member is taken out of the flight
// is asked before anything is sent.
func TestPanicOverWhoIsHeldBackLeavesNobodyWaiting(t *testing.T) {
	client, _ := boxed(t, Options{})
	g := teamwork.GathererFrom(client.Gathering(t.Context())).(*collector)
	f := &flight{cancel: func() {}} // a mistake: it has no context
	for _, path := range []string{"/d1", "/d2"} {
		f.members = append(f.members, &member{ref: ref{path: path}, readers: 1, done: make(chan struct{}), flight: f})
	}
	g.fly(f)
	for _, m := range f.members {
		select {
		case <-m.done:
			wantKind(t, m.res.err, teamwork.Internal)
		default:
			t.Error("its readers wait for ever")
		}
	}
}
