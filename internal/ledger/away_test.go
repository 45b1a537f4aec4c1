package ledger

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestWithoutTheStoreNothingIsSent(t *testing.T) {
	for _, op := range []string{"lease", "swap"} {
		for _, unheard := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				u := newUpstream()
				var away atomic.Bool
				away.Store(true)
				s := replica(t, u, &seat{shelf: newShelf(), trouble: func(now string) (bool, bool) {
					wrong := away.Load() && (now == op || now == "get")
					return wrong && !unheard, wrong && unheard
				}})
				if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "unavailable, unsent" {
					t.Errorf("%s away, unheard %t: got %q", op, unheard, got)
				}
				if sent, _ := u.count("d"); sent != 0 {
					t.Errorf("%s away, unheard %t: %d sent", op, unheard, sent)
				}
				time.Sleep(5 * time.Second)
				away.Store(false)
				time.Sleep(time.Second) // the claim that may have been written is taken back
				if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "op1" {
					t.Errorf("%s back, unheard %t: got %q", op, unheard, got)
				}
			})
		}
	}
}

func TestClaimThatWasWrittenUnheardIsOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		s := replica(t, u, &seat{shelf: newShelf(), trouble: func(op string) (bool, bool) { return false, op == "swap" }})
		if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "op1" {
			t.Errorf("got %q", got)
		}
		if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "op1, replayed" {
			t.Errorf("again: %q", got)
		}
	})
}

func TestAnswerGoesOutWithoutTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		var away atomic.Bool
		shelf := newShelf()
		trouble := func(string) (bool, bool) { return away.Load(), false }
		u.before = func(teamwork.CreateOperation) { away.Store(true) }
		s, other := replica(t, u, &seat{shelf: shelf, trouble: trouble}), replica(t, u, &seat{shelf: shelf})
		if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "op1" {
			t.Errorf("got %q", got)
		}
		time.Sleep(leaseTime + time.Second)
		if got := said(create(t.Context(), other, restart("d", "key-0001"))); got != "outcome unknown" {
			t.Errorf("before it is written: %q", got)
		}
		time.Sleep(10 * time.Second)
		away.Store(false)
		time.Sleep(2 * persistEvery)
		if got := said(create(t.Context(), other, restart("d", "key-0001"))); got != "op1, replayed" {
			t.Errorf("once it is written: %q", got)
		}
	})
}

func TestOutcomeThatCanNeverBeWrittenIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		var away atomic.Bool
		shelf := newShelf()
		u.before = func(teamwork.CreateOperation) { away.Store(true) }
		s := replica(t, u, &seat{shelf: shelf, trouble: func(string) (bool, bool) { return away.Load(), false }})
		_ = create(t.Context(), s, restart("d", "key-0001"))
		time.Sleep(persistence + time.Second)
		away.Store(false)
		time.Sleep(leaseTime + time.Second)
		if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "outcome unknown" {
			t.Errorf("got %q", got)
		}
	})
}

// A store that loses everything while a create is under way is told of it again.
func TestStoreThatWasEmptiedLearnsTheOutcome(t *testing.T) {
	for _, wait := range []time.Duration{0, 2 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			u := newUpstream()
			shelf := newShelf()
			u.before = func(teamwork.CreateOperation) {
				shelf.mu.Lock()
				clear(shelf.values)
				clear(shelf.leases)
				shelf.mu.Unlock()
				time.Sleep(wait)
				shelf.mu.Lock()
				defer shelf.mu.Unlock()
				if _, ok := shelf.values[recordName("p", "d", "key-0001")]; ok != (wait > 0) {
					t.Errorf("after %s the claim is there: %t", wait, ok)
				}
			}
			s := replica(t, u, &seat{shelf: shelf})
			_ = create(t.Context(), s, restart("d", "key-0001"))
			if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "op1, replayed" {
				t.Errorf("after %s: got %q", wait, got)
			}
		})
	}
}

func TestNonsenseInTheStoreSendsNothing(t *testing.T) {
	for _, nonsense := range []string{"x", "{}", `{"state":"done"}`, `{"state":"claimed"}`, `{"state":"doubtful"}`, `{"state":"later"}`} {
		synctest.Test(t, func(t *testing.T) {
			u := newUpstream()
			shelf := newShelf()
			shelf.values[recordName("p", "d", "key-0001")] = entry{[]byte(nonsense), time.Now().Add(time.Hour)}
			s := replica(t, u, &seat{shelf: shelf})
			if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "outcome unknown" {
				t.Errorf("%s: got %q", nonsense, got)
			}
			if sent, _ := u.count("d"); sent != 0 {
				t.Errorf("%s: %d sent", nonsense, sent)
			}
		})
	}
}

func TestPanicBehindLeavesItUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		u.set(func(teamwork.CreateOperation) (bool, error) { panic("behind") })
		s := New(inSeries{u}, Options{Store: &seat{shelf: newShelf()}})
		defer s.Close()
		func() {
			defer func() { _ = recover() }()
			_ = create(t.Context(), s, restart("d", "key-0001"))
		}()
		began := time.Now()
		if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "outcome unknown" || time.Since(began) > 0 {
			t.Errorf("got %q after %s", got, time.Since(began))
		}
	})
}

func TestTwinOutlastsAStoreThatIsAway(t *testing.T) {
	for back, want := range map[time.Duration]string{2 * time.Second: "op1, replayed", time.Minute: "outcome unknown"} {
		synctest.Test(t, func(t *testing.T) {
			u := newUpstream()
			u.before = func(teamwork.CreateOperation) { time.Sleep(5 * time.Second) }
			shelf := newShelf()
			var away atomic.Bool
			twin := replica(t, u, &seat{shelf: shelf, trouble: func(string) (bool, bool) { return away.Load(), false }})
			first := replica(t, u, &seat{shelf: shelf})
			go func() { _ = create(t.Context(), first, restart("d", "key-0001")) }()
			time.AfterFunc(time.Second, func() { away.Store(true) })
			time.AfterFunc(time.Second+back, func() { away.Store(false) })
			time.Sleep(time.Millisecond)
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
			defer cancel()
			if got := said(create(ctx, twin, restart("d", "key-0001"))); got != want {
				t.Errorf("back after %s: got %q, want %q", back, got, want)
			}
			time.Sleep(time.Minute)
		})
	}
}
