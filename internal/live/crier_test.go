package live

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// TestOthersHaveTheirTurnWhileThousandsAreTold: each listener has little to do, all of them
// together a lot, and what else wants to run must not queue up behind them. The machine may
// stall for a moment, but not each time.
func TestOthersHaveTheirTurnWhileThousandsAreTold(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of listeners take the processor for a while")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for try := range 3 {
		worst, all := longestTurn(t, 5000)
		if t.Logf("the longest turn took %v of %v", worst, all); worst < all/4 {
			return
		}
		if try == 2 {
			t.Error("others wait for nearly all listeners")
		}
	}
}

// longestTurn tells so many listeners of a change, and returns how long somebody else had
// to wait for a turn at most, and how long all took.
func longestTurn(t *testing.T, n int) (worst, all time.Duration) {
	u := newTenant()
	u.add("d", "a", teamwork.StatusQueued)
	w := replica(t, u, openStore(t, ""), Options{Off: true})
	var snapshots, ends atomic.Int64
	var listeners sync.WaitGroup
	defer listeners.Wait()
	for range n {
		watch := many(t, w, as(t, "p"), nil, "d")
		listeners.Go(func() {
			busyAfter(t, watch, &snapshots)
			busyAfter(t, watch, &ends)
		})
	}
	for snapshots.Load() < int64(n) {
		runtime.Gosched()
	}
	u.move("d", "a", teamwork.StatusInProgress)
	see(t, w, u, as(t, "p"), "d")
	begin := time.Now()
	for ends.Load() < int64(n) && !t.Failed() {
		yielded := time.Now()
		runtime.Gosched()
		worst = max(worst, time.Since(yielded))
	}
	return worst, time.Since(begin)
}

// busyAfter waits for an event, and then does what a socket's writing may take.
func busyAfter(t *testing.T, watch teamwork.Watch, done *atomic.Int64) {
	if event, err := watch.Next(t.Context()); err != nil || event == nil {
		t.Errorf("%v, %v", event, err)
	}
	for begin := time.Now(); time.Since(begin) < 20*time.Microsecond; {
	}
	done.Add(1)
}

// TestListenerIsCalledOnceForAllThatIsNews: who has twenty changes before it is woken once.
func TestListenerIsCalledOnceForAllThatIsNews(t *testing.T) {
	c := crier{wake: make(chan struct{}, 1)}
	w := &watch{wake: make(chan struct{}, 1)}
	for range 20 {
		c.call(w)
	}
	if n := len(c.take()); n != 1 {
		t.Errorf("it is called %d times", n)
	}
}
