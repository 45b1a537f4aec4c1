package ledger

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// TestProcessThatDiesLeavesItUnknown ends a replica's dealings with the store at every
// possible moment, as kill -9 does. Whoever asks again is never told what is not so, and
// never sends what may have been sent.
func TestProcessThatDiesLeavesItUnknown(t *testing.T) {
	for calls := range 9 {
		for _, doubt := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				u := newUpstream()
				shelf := newShelf()
				dying, alive := &seat{shelf: shelf}, replica(t, u, &seat{shelf: shelf})
				if doubt {
					u.set(fails(false, of(teamwork.Throttled)))
					_ = create(t.Context(), alive, restart("d", "key-0001"))
					u.set(works)
				}
				left := calls
				dying.trouble = func(string) (bool, bool) { left--; return left < 0, false }
				u.before = func(teamwork.CreateOperation) { u.before = nil }
				first := said(create(t.Context(), replica(t, u, dying), restart("d", "key-0001")))
				sent, ops := u.count("d")
				began := time.Now()
				again := said(create(t.Context(), alive, restart("d", "key-0001")))
				if took := time.Since(began); took > leaseTime+2*lookAgain {
					t.Errorf("%d calls, doubt %t: the retry waited %s", calls, doubt, took)
				}
				sentAgain, opsAgain := u.count("d")
				t.Logf("%d calls, doubt %t: %q, then %q", calls, doubt, first, again)
				switch {
				case opsAgain > 1:
					t.Errorf("%d calls, doubt %t: %d operations", calls, doubt, opsAgain)
				case ops > 0 && (sentAgain > sent || again != "outcome unknown" && again != "op1, replayed"):
					t.Errorf("%d calls, doubt %t: sent before, and again %t; the retry got %q", calls, doubt, sentAgain > sent, again)
				case ops == 0 && again == "op1, replayed", again == "op1" && opsAgain != 1:
					t.Errorf("%d calls, doubt %t: false success", calls, doubt)
				}
			})
		}
	}
}

func TestRetryWhileTheDeadOnesLeaseLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		shelf := newShelf()
		dying, alive := &seat{shelf: shelf}, replica(t, u, &seat{shelf: shelf})
		var dead atomic.Bool
		dying.trouble = func(string) (bool, bool) { return dead.Load(), false }
		answered := make(chan struct{})
		u.before = func(teamwork.CreateOperation) { <-answered }
		var first sync.WaitGroup
		s := replica(t, u, dying)
		first.Go(func() { _ = create(t.Context(), s, restart("d", "key-0001")) })
		time.Sleep(10 * time.Second) // the lease is extended
		dead.Store(true)
		for range 3 {
			if got := said(create(t.Context(), alive, restart("d", "key-0001"))); got != "outcome unknown" {
				t.Errorf("got %q", got)
			}
		}
		close(answered)
		first.Wait()
		if sent, _ := u.count("d"); sent != 1 {
			t.Errorf("%d sent", sent)
		}
	})
}
