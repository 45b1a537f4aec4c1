package msgraph

import (
	"context"
	"runtime"
	"slices"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// How long a read waits for others to go with.
const (
	// moment is how long nobody may join before those who wait leave, though more were
	// announced: what they wait for may be slow, or answered without upstream.
	moment = 3 * time.Millisecond
	// longestGathering is how long the first of them waits for ever more, and
	// latestLeave how long even if those who join wait for a processor only.
	longestGathering = 10 * time.Millisecond
	latestLeave      = 25 * time.Millisecond
	// Before any leave others are let run: those who are about to join, or another field
	// of the same document that is about to announce its own. That is so many times, and
	// on an idle machine, where each takes nothing, for a glance: longer where a batch
	// may become a fuller one.
	fewestYields, mostYields = 8, 2048
	glance, longGlance       = 50 * time.Microsecond, 300 * time.Microsecond
)

// collector joins the reads of one GraphQL request into batches. It is the Gatherer of
// the request's context.
//
// Whoever waits leaves when there are enough for a batch, when all who were announced
// and are not over have joined, or when nobody has joined for a moment. Who leaves alone
// goes plain. Each read leaves from here once: whoever tries again waits in the lounge.
type collector struct {
	terminal
	// poked has something in it after anything changed that the wait depends on.
	poked chan struct{}

	// The terminal's lock guards the rest.

	// expected is how many reads were announced and are not over; joined how many are
	// under way, whether or not their request has left.
	expected, joined int
	// many says that more than one was expected at a time since none was: who comes when
	// the others are over is one of many all the same.
	many bool
	// company says that somebody has read of whom it is not known that nothing else is read
	// but what was announced.
	company bool
	// ended says that a read is over since more were announced: whoever made it may make
	// another one, and so may those who went with it.
	ended bool
	// changes counts whatever may bring more to come; latest is when it last did.
	changes   int
	latest    time.Time
	since     time.Time // when the first in the queue came
	gathering bool      // a goroutine waits for the queue to leave
}

// Gathering returns a context whose reads join into batches, with a Gatherer of its own.
func (c *Client) Gathering(ctx context.Context) context.Context {
	whole := c.timeout
	if deadline, bounded := ctx.Deadline(); bounded {
		whole = min(whole, time.Until(deadline))
	}
	return teamwork.WithGatherer(ctx, &collector{
		terminal: terminal{c: c, patience: whole / 3, waiting: map[ref]*member{}}, poked: make(chan struct{}, 1),
	})
}

// Expect says that n reads are about to be made.
func (g *collector) Expect(n int) (over func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.company = g.company || g.joined > g.expected // a reader has left one to itself
	g.expected += n
	g.ended, g.latest = false, time.Now()
	g.many = g.many || g.expected > 1
	g.changes++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.expected--
		g.many = g.many && g.expected > 0
		g.poke()
		g.leaveIfAll()
	}
}

// poke wakes whoever waits for a change.
func (g *collector) poke() {
	select {
	case g.poked <- struct{}{}:
	default:
	}
}

// get reads r together with whatever else is read now, once. It is over when over is
// called.
func (g *collector) get(ctx context.Context, r ref) (res result, over func()) {
	g.mu.Lock()
	over = g.come(ctx)
	m := g.seat(ctx, r)
	m.ofMany = m.ofMany || g.many
	if m.readers == 1 {
		g.enqueue(m)
	}
	g.leaveIfAll()
	g.mu.Unlock()
	return g.await(ctx, m), over
}

// idle reports whether nobody is known who may read at the same time.
func (g *collector) idle() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.expected <= 1 && g.joined == 0 && !g.many
}

// elsewhere notes that a read is under way that waits somewhere else.
func (g *collector) elsewhere(ctx context.Context) (over func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	defer g.leaveIfAll()
	return g.come(ctx)
}

// come counts a read. The lock must be held.
func (g *collector) come(ctx context.Context) (over func()) {
	g.company = g.company || !teamwork.IsAlone(ctx)
	g.joined++
	g.changes++
	g.latest = time.Now()
	if g.company || g.joined >= g.expected { // otherwise more will come
		g.poke()
	}
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.joined--
		g.ended = true
	}
}

// enqueue lets a member leave as soon as it may. The lock must be held.
func (g *collector) enqueue(m *member) {
	if len(g.queue) == 0 {
		g.since = time.Now()
	}
	if g.queue = append(g.queue, m); len(g.queue) == maxMembers {
		g.leave()
	} else if !g.gathering {
		g.gathering = true
		go g.gather()
	}
}

// leaveIfAll lets the queue leave at once when all who were announced have come, and nobody
// else can. Where more have come than were announced, nobody knows that. The lock must be
// held.
func (g *collector) leaveIfAll() {
	if len(g.queue) > 0 && !g.company && !g.ended && g.joined == g.expected {
		g.leave()
	}
}

// leave sends what is in the queue. The lock must be held.
func (g *collector) leave() {
	members := g.queue
	g.queue = nil
	g.depart(members)
}

// gather waits until the queue may leave.
func (g *collector) gather() {
	timer := time.NewTimer(moment)
	defer timer.Stop()
	for {
		changes, waited, rest, enough := g.look()
		switch {
		case waited < 0:
			return
		case waited >= latestLeave:
			g.leaveAt(changes, true)
			continue
		case enough, rest <= 0:
			if g.quiet(changes) {
				g.leaveAt(changes, false)
			}
			continue
		}
		timer.Reset(min(rest, longestGathering-waited))
		select {
		case <-g.poked:
		case <-timer.C:
		}
	}
}

// leaveAt lets the queue leave if nothing has changed meanwhile, or whatever has.
func (g *collector) leaveAt(changes int, anyway bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.changes == changes || anyway {
		g.leave()
	}
}

// look tells for how long the first in the queue has waited, less than nothing when
// nobody waits; what is left of the moment in which others may join; and whether that is
// enough, or all who are to come have.
func (g *collector) look() (changes int, waited, rest time.Duration, enough bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queue = slices.DeleteFunc(g.queue, unwanted)
	if len(g.queue) == 0 {
		g.gathering = false
		return g.changes, -1, 0, false
	}
	waited, rest = time.Since(g.since), moment-time.Since(g.latest)
	return g.changes, waited, rest, waited >= longestGathering || g.joined >= g.expected
}

// quiet lets others run, and reports whether none of them changed anything.
func (g *collector) quiet(changes int) bool {
	began, patience := time.Now(), glance
	for i := 0; i < fewestYields || i < mostYields && time.Since(began) < patience; i++ {
		runtime.Gosched()
		g.mu.Lock()
		changed := g.changes != changes
		if len(g.queue) > 1 {
			patience = longGlance
		}
		g.mu.Unlock()
		if changed {
			return false
		}
	}
	return true
}
