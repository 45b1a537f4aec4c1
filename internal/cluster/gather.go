package cluster

import (
	"runtime"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// together is how many commands leave together at most: more than a list has members,
	// and no more than can be answered within patience.
	together = 128
	// gatherFor bounds how long the first command waits for others to join it. It takes
	// that long only while they do.
	gatherFor = time.Millisecond
	// vainLooks is how often the first looks for others in vain before it leaves, and
	// vainWait how long at most while it is still alone.
	vainLooks = 8
	vainWait  = 50 * time.Microsecond
	// nap is how long the first steps aside, so that its thread runs others' work.
	nap = 20 * time.Microsecond
)

// gatherer has the commands that one server is sent at the same moment leave in one round
// trip, as the reads of a list's members are. Nobody waits for an answer to
// somebody else: while a group is under way the next one leaves.
type gatherer struct {
	mu   sync.Mutex
	open *group // may still be joined; nil if there is none
}

// group are commands that leave together. The caller of the first sees to it.
type group struct {
	commands []redis.Cmder // under the gatherer's lock until the group is closed
	alone    [1]redis.Cmder
	sent     chan struct{} // closed when each was answered; nil while there is one
	more     chan struct{} // holds one when somebody joined
	until    time.Time     // when all is answered, or late; set when it leaves
}

// join adds a command to the group that is open, or opens one and leads it.
func (g *gatherer) join(cmd redis.Cmder) (of *group, leads bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if of = g.open; of == nil {
		of = &group{alone: [1]redis.Cmder{cmd}}
		of.commands = of.alone[:]
		g.open = of
		return of, true
	}
	if of.sent == nil {
		of.sent, of.more = make(chan struct{}), make(chan struct{}, 1)
		of.commands = append(make([]redis.Cmder, 0, 16), of.commands...)
	}
	if of.commands = append(of.commands, cmd); len(of.commands) == together {
		g.open = nil
	}
	select {
	case of.more <- struct{}{}:
	default:
	}
	return of, false
}

// gather lets others join, and closes the group. A command that nobody could join leaves
// at once; one that somebody joined is probably a list's, which is worth a moment.
func (g *gatherer) gather(of *group) {
	begin := time.Now()
	grown, size := begin, 1
	for vain := 0; vain < vainLooks; vain++ {
		waiting := othersWait()
		if size == 1 && !waiting {
			break
		}
		if size > 1 && waiting && vain == 2 {
			of.stepAside()
		} else {
			runtime.Gosched()
		}
		n, open := g.look(of)
		now := time.Now()
		if n > size {
			grown, size, vain = now, n, 0
		}
		if !open || now.Sub(begin) > gatherFor || size == 1 && now.Sub(grown) > vainWait {
			break
		}
	}
	g.close(of)
}

// look returns how many have joined.
func (g *gatherer) look(of *group) (n int, open bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-of.more: // they are counted
	default:
	}
	return len(of.commands), g.open == of
}

func (g *gatherer) close(of *group) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open == of {
		g.open = nil
	}
}

// stepAside waits until somebody joins, but not for long. To yield would not do: where
// all others are queued behind another thread, ours would take up this goroutine again
// and leave them there.
func (of *group) stepAside() {
	timer := time.NewTimer(nap)
	defer timer.Stop()
	select {
	case <-of.more:
	case <-timer.C:
	}
}

var runnable = sync.Pool{New: func() any {
	return &[1]metrics.Sample{{Name: "/sched/goroutines/runnable:goroutines"}}
}}

// othersWait reports whether any goroutine could run if this one did not. To yield
// where none is would wake a thread up in search of one, which costs as much as half
// of the round trip; to ask costs a hundredth.
func othersWait() bool {
	sample := runnable.Get().(*[1]metrics.Sample)
	defer runnable.Put(sample)
	metrics.Read(sample[:])
	return sample[0].Value.Kind() == metrics.KindUint64 && sample[0].Value.Uint64() > 0
}
