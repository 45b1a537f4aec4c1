package live

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// crier wakes listeners a few at a time. When one change is told to thousands, all of them
// could run at once, and whatever else wants to, a query, an answer of Redis, would queue
// up behind them: each takes microseconds, all of them together a fifth of a second.
type crier struct {
	wake chan struct{} // holds at most one

	mu      sync.Mutex
	waiting []*watch
}

const (
	// atATime is how many listeners are woken before others have their turn, for each
	// processor.
	atATime = 16
	// aside is a pause for the network, which is looked at when nothing else can run.
	// breathEvery is how many are woken between two of them.
	aside       = 20 * time.Microsecond
	breathEvery = 32 * atATime
)

// call has a listener woken soon, once for all that it is called for until then.
func (c *crier) call(w *watch) {
	if w.called.Swap(true) {
		return
	}
	c.mu.Lock()
	c.waiting = append(c.waiting, w)
	c.mu.Unlock()
	poke(c.wake)
}

// take returns those who wait to be woken.
func (c *crier) take() []*watch {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.waiting
	c.waiting = nil
	return all
}

// cry wakes listeners, until ctx is over.
func (c *crier) cry(ctx context.Context) {
	step := atATime * runtime.GOMAXPROCS(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		}
		for i, w := range c.take() {
			w.called.Store(false) // before it looks: what comes now is another call
			w.poke()
			switch n := i + 1; {
			case n%breathEvery == 0:
				time.Sleep(aside)
			case n%step == 0:
				runtime.Gosched()
			}
		}
	}
}
