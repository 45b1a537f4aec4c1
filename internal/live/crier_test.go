package live

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// TestOthersHaveTheirTurnWhileThousandsAreTold: each listener has little to do, all of them
// together a lot, and what else wants to run must not queue up behind them.
func TestOthersHaveTheirTurnWhileThousandsAreTold(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	u := newTenant()
	u.add("d", "a", teamwork.StatusQueued)
	w := replica(t, u, openStore(t, ""), Options{Off: true})
	var listeners sync.WaitGroup
	for range 5000 {
		watch := many(t, w, as(t, "p"), nil, "d")
		listeners.Go(func() {
			for range 2 {
				if event, err := watch.Next(t.Context()); err != nil || event == nil {
					t.Errorf("%v, %v", event, err)
				}
				for begin := time.Now(); time.Since(begin) < 20*time.Microsecond; {
				}
			}
		})
	}
	time.Sleep(200 * time.Millisecond) // all have their snapshot, and wait
	told := make(chan struct{})
	go func() {
		defer close(told)
		listeners.Wait()
	}()
	u.move("d", "a", teamwork.StatusInProgress)
	see(t, w, u, as(t, "p"), "d")
	begin, worst := time.Now(), time.Duration(0)
	for over := false; !over; {
		yielded := time.Now()
		runtime.Gosched()
		worst = max(worst, time.Since(yielded))
		select {
		case <-told:
			over = true
		default:
		}
	}
	if all := time.Since(begin); worst > all/4 {
		t.Errorf("a turn took %v of the %v that all took", worst, all)
	} else {
		t.Logf("the longest turn took %v of %v", worst, all)
	}
}
