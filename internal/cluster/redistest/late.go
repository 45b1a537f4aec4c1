package redistest

import (
	"sync"
	"time"
)

// often is how often a Lateness looks.
const often = 5 * time.Millisecond

// Lateness adds up how much later than it asked for somebody who sleeps again and again
// has had a turn. What takes long on a busy machine takes about that much longer than it
// should, and a bound that leaves it out may be narrow.
type Lateness struct {
	mu   sync.Mutex
	sum  time.Duration
	next time.Time // when the sleeper is to wake
	stop chan struct{}
	done sync.WaitGroup
}

// Late begins to look, until Stop.
func Late() *Lateness {
	l := &Lateness{stop: make(chan struct{}), next: time.Now().Add(often)}
	l.done.Go(l.watch)
	return l
}

func (l *Lateness) watch() {
	timer := time.NewTimer(often)
	defer timer.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-timer.C:
		}
		l.mu.Lock()
		now := time.Now()
		l.sum += max(0, now.Sub(l.next))
		l.next = now.Add(often)
		l.mu.Unlock()
		timer.Reset(often)
	}
}

// Sum returns how late the machine was since the beginning.
func (l *Lateness) Sum() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sum + max(0, time.Since(l.next))
}

// Less returns took without what the machine was late since before was the sum. A quarter
// remains, since some of that may be the work of who is looked at.
func (l *Lateness) Less(took, before time.Duration) time.Duration {
	return took - min(l.Sum()-before, took*3/4)
}

// Stop ends it.
func (l *Lateness) Stop() {
	close(l.stop)
	l.done.Wait()
}
