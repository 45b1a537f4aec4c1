package ledger

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func of(kind teamwork.Kind) error {
	return &teamwork.Error{Kind: kind, Message: "why", Path: []string{"input"}, RetryAfter: time.Second, Upstream: &teamwork.UpstreamAnswer{Status: 499, Code: "C", RequestID: "r"}}
}

func unsent(kind teamwork.Kind) error { return &teamwork.Error{Kind: kind, Unsent: true} }

// outcomes has a row for each that a create can have: what is said to a retry while
// nothing changes, and to one that finds upstream well again.
var outcomes = []struct {
	name  string
	work  bool
	err   error
	first string
	// The retry comes to the same upstream, or to one that works.
	retry, well string
	sent        int // in all, until the retry that finds upstream well
	operations  int
}{
	{"success", true, nil, "op1", "op1, replayed", "op1, replayed", 1, 1},
	{"invalid", false, of(teamwork.Invalid), "invalid", "invalid", "op1", 3, 1},
	{"unauthenticated", false, of(teamwork.Unauthenticated), "unauthenticated", "unauthenticated", "op1", 3, 1},
	{"forbidden", false, of(teamwork.Forbidden), "forbidden", "forbidden", "op1", 3, 1},
	{"not found", false, of(teamwork.NotFound), "not found", "not found", "op1", 3, 1},
	{"conflict", false, of(teamwork.Conflict), "conflict", "conflict", "op1", 3, 1},
	{"rejected", false, of(teamwork.Rejected), "rejected", "rejected", "op1", 3, 1},
	{"key reused, of whatever is behind", false, of(teamwork.KeyReused), "key reused", "key reused", "op1", 3, 1},
	{"too many, of whatever is behind", false, of(teamwork.TooMany), "too many", "too many, replayed", "too many, replayed", 1, 0},
	{"throttled, not done", false, of(teamwork.Throttled), "throttled", "throttled", "op1", 3, 1},
	{"throttled, done", true, of(teamwork.Throttled), "throttled", "op1, replayed", "op1, replayed", 1, 1},
	{"unavailable, not done", false, of(teamwork.Unavailable), "unavailable", "unavailable", "op1", 3, 1},
	{"unavailable, done", true, of(teamwork.Unavailable), "unavailable", "op1, replayed", "op1, replayed", 1, 1},
	{"throttled before sending", false, unsent(teamwork.Throttled), "throttled, unsent", "throttled, unsent", "op1", 3, 1},
	{"unavailable before sending", false, unsent(teamwork.Unavailable), "unavailable, unsent", "unavailable, unsent", "op1", 3, 1},
	{"internal before sending", false, unsent(teamwork.Internal), "internal, unsent", "internal, unsent", "op1", 3, 1},
	{"outcome unknown, not done", false, of(teamwork.OutcomeUnknown), "outcome unknown", "outcome unknown, replayed", "outcome unknown, replayed", 1, 0},
	{"outcome unknown, done", true, of(teamwork.OutcomeUnknown), "outcome unknown", "outcome unknown, replayed", "outcome unknown, replayed", 1, 1},
	{"bad response", true, of(teamwork.BadResponse), "bad response", "bad response, replayed", "bad response, replayed", 1, 1},
	{"internal", true, of(teamwork.Internal), "internal", "outcome unknown, replayed", "outcome unknown, replayed", 1, 1},
	{"foreign", true, errors.New("x"), "internal", "outcome unknown, replayed", "outcome unknown, replayed", 1, 1},
	{"cancelled", true, context.Canceled, "internal", "outcome unknown, replayed", "outcome unknown, replayed", 1, 1},
}

func TestEveryOutcomeAndItsRetry(t *testing.T) {
	seen := map[teamwork.Kind]bool{}
	for _, c := range outcomes {
		seen[teamwork.KindOf(c.err)] = true
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := newUpstream()
				u.set(fails(c.work, c.err))
				s := replica(t, u, &seat{shelf: newShelf()})
				for _, want := range []string{c.first, c.retry} {
					if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != want {
						t.Errorf("got %q, want %q", got, want)
					}
					time.Sleep(time.Minute)
				}
				u.set(works)
				if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != c.well {
					t.Errorf("with a well upstream: got %q, want %q", got, c.well)
				}
				if sent, ops := u.count("d"); sent != c.sent || ops != c.operations || u.keys > 0 {
					t.Errorf("%d sent, %d operations, %d keys went on; want %d and %d, and none", sent, ops, u.keys, c.sent, c.operations)
				}
			})
		})
	}
	for _, kind := range teamwork.Kinds() {
		if !seen[kind] {
			t.Errorf("%s has no row", kind)
		}
	}
}

func TestOutcomeIsToldWhole(t *testing.T) {
	u := newUpstream()
	s := replica(t, u, nil)
	first := create(t.Context(), s, restart("d", "key-0001"))
	trail := new(teamwork.Trail)
	again := create(teamwork.WithTrail(t.Context(), trail), s, restart("d", "key-0001"))
	want := *first.Operation
	want.Meta.Stale = true
	if d := cmp.Diff(&want, again.Operation); d != "" {
		t.Errorf("the operation (-want +got)\n%s", d)
	}
	if oldest, stale := trail.Oldest(); !oldest.Equal(want.Meta.FetchedAt.Time) || !stale {
		t.Errorf("the trail says %s, stale %t", oldest, stale)
	}
	u.set(fails(false, of(teamwork.OutcomeUnknown)))
	_ = create(t.Context(), s, restart("d", "key-0002"))
	e, _ := errors.AsType[*teamwork.Error](create(t.Context(), s, restart("d", "key-0002")).Err)
	wantError, _ := errors.AsType[*teamwork.Error](of(teamwork.OutcomeUnknown))
	wantError.Op = e.Op
	if d := cmp.Diff(wantError, e); d != "" {
		t.Errorf("the error (-want +got)\n%s", d)
	}
}

func TestKeyIsForgottenAfterADay(t *testing.T) {
	for name, store := range map[string]cluster.Store{"alone": nil, "shared": &seat{shelf: newShelf()}} {
		synctest.Test(t, func(t *testing.T) {
			u := newUpstream()
			s := replica(t, u, store)
			_ = create(t.Context(), s, restart("d", "key-0001"))
			time.Sleep(keptFor - time.Second)
			if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "op1, replayed" {
				t.Errorf("%s: within the day: %s", name, got)
			}
			time.Sleep(2 * time.Second)
			for _, want := range []string{"op2", "op2, replayed"} {
				if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != want {
					t.Errorf("%s: after it: %s, want %s", name, got, want)
				}
			}
		})
	}
}

// A store that makes room by what ends first comes to a key's records after every answer
// of the cache, which lives up to two days unless it is told otherwise.
func TestRecordsOutliveTheCacheInASharedStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		shelf := newShelf()
		s := replica(t, u, &seat{shelf: shelf})
		left := func(when string, want int, atLeast time.Duration) {
			t.Helper()
			shelf.mu.Lock()
			defer shelf.mu.Unlock()
			if len(shelf.values) != want {
				t.Errorf("%s: %d values, want %d", when, len(shelf.values), want)
			}
			for name, e := range shelf.values {
				if lasts := time.Until(e.until); lasts < atLeast {
					t.Errorf("%s: %s lives for %s", when, name, lasts)
				}
			}
		}
		u.before = func(teamwork.CreateOperation) { left("under way", 1, 72*time.Hour) }
		_ = create(t.Context(), s, restart("d", "key-0001"))
		time.Sleep(keptFor - time.Second)
		left("at the end of the day", 2, 72*time.Hour)
	})
}

func TestKeyBelongsToItsInput(t *testing.T) {
	other := func(change func(*teamwork.CreateOperation)) teamwork.CreateOperation {
		req := restart("d", "key-0001")
		change(&req)
		return req
	}
	version := "1.0"
	for _, c := range []struct {
		name string
		req  teamwork.CreateOperation
		want string
	}{
		{"the same", restart("d", "key-0001"), "op1, replayed"},
		{"another type", other(func(r *teamwork.CreateOperation) { r.OperationType = teamwork.DeviceDiagnostics }), "key reused, unsent"},
		{"another status", other(func(r *teamwork.CreateOperation) { r.Status = teamwork.StatusScheduled }), "key reused, unsent"},
		{"a time", other(func(r *teamwork.CreateOperation) { r.StartedDateTime = teamwork.At(time.Now()) }), "key reused, unsent"},
		{"an error", other(func(r *teamwork.CreateOperation) { r.Error = &teamwork.OperationError{} }), "key reused, unsent"},
		{"a version", other(func(r *teamwork.CreateOperation) {
			r.SoftwareUpdate = &teamwork.SoftwareUpdateRequest{SoftwareVersion: &version}
		}), "key reused, unsent"},
		{"another device", restart("d2", "key-0001"), "op1"},
		{"another key", restart("d", "key-0002"), "op2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := newUpstream()
			s := replica(t, u, nil)
			_ = create(t.Context(), s, restart("d", "key-0001"))
			if got := said(create(t.Context(), s, c.req)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	t.Run("another caller", func(t *testing.T) {
		s := replica(t, newUpstream(), nil)
		_ = create(t.Context(), s, restart("d", "key-0001"))
		stranger := teamwork.WithCaller(t.Context(), &teamwork.Caller{Partition: "q"})
		if got := said(s.CreateOperations(stranger, []teamwork.CreateOperation{restart("d", "key-0001")})[0]); got != "op2" {
			t.Errorf("got %q", got)
		}
		if got := said(s.CreateOperations(t.Context(), []teamwork.CreateOperation{restart("d", "key-0001")})[0]); got != "invalid, unsent" {
			t.Errorf("nobody gets %q", got)
		}
	})
	t.Run("another caller of the same partition", func(t *testing.T) {
		s := replica(t, newUpstream(), nil)
		for i, subject := range []string{"alice", "bob", "alice"} {
			caller := teamwork.WithCaller(t.Context(), &teamwork.Caller{Partition: "p", Subject: subject})
			if got := s.CreateOperations(caller, []teamwork.CreateOperation{restart("d", "key-0001")})[0]; got.Err != nil || got.Replayed != (i == 2) {
				t.Errorf("%s gets %+v", subject, got)
			}
		}
	})
}

func TestFreedKeyTakesAnotherInput(t *testing.T) {
	u := newUpstream()
	u.set(fails(false, of(teamwork.Conflict)))
	s := replica(t, u, nil)
	_ = create(t.Context(), s, restart("d", "key-0001"))
	u.set(works)
	req := restart("d", "key-0001")
	req.OperationType = teamwork.RemoteLogin
	if got := said(create(t.Context(), s, req)); got != "op1" {
		t.Errorf("got %q", got)
	}
}

func TestWithoutAKeyNothingIsWritten(t *testing.T) {
	u := newUpstream()
	shelf := newShelf()
	s := replica(t, u, &seat{shelf: shelf, trouble: func(string) (bool, bool) { return true, true }})
	req := restart("d", "")
	req.IdempotencyKey = nil
	if op, err := s.CreateOperation(t.Context(), req); err != nil || op.OperationID != "op1" {
		t.Errorf("%v, %v", op, err)
	}
	if got := said(s.CreateOperations(t.Context(), []teamwork.CreateOperation{req})[0]); got != "op2" {
		t.Errorf("got %q", got)
	}
	if len(shelf.values) > 0 {
		t.Error("something was written")
	}
}

func TestToldAgainItSaysWhenItWasSent(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(teamwork.CreateOperation) (bool, error)
	}{
		{"success", works}, {"unknown", fails(true, of(teamwork.OutcomeUnknown))}, {"found", fails(true, of(teamwork.Throttled))},
		{"died", func(teamwork.CreateOperation) (bool, error) { panic("died") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := newUpstream()
				u.set(c.answer)
				s := New(inSeries{u}, Options{})
				defer s.Close()
				sent := time.Now()
				func() {
					defer func() { _ = recover() }()
					if first := create(t.Context(), s, restart("d", "key-0001")); !first.SentAt.IsZero() {
						t.Errorf("the first was sent at %s, want nothing: it was now", first.SentAt)
					}
				}()
				time.Sleep(time.Hour)
				if got := create(t.Context(), s, restart("d", "key-0001")); !got.SentAt.Equal(sent) {
					t.Errorf("%q was sent at %s, want %s", said(got), got.SentAt, sent)
				}
			})
		})
	}
}
