package msgraph

import (
	"context"
	"runtime"
	"slices"
	"sync"
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
// goes plain.
type collector struct {
	c *Client
	// patience is how long a batch may take before it is given up for two halves.
	patience time.Duration
	// poked has something in it after anything changed that the wait depends on.
	poked chan struct{}

	mu sync.Mutex
	// expected is how many reads were announced and are not over; joined how many
	// readers wait here, whether or not their request has left.
	expected, joined int
	// changes counts whatever may bring more to come.
	changes   int
	queue     []*member
	since     time.Time // when the first in the queue came
	gathering bool      // a goroutine waits for the queue to leave
	// waiting has the members that have not left, or will once more: who asks for the
	// same now joins them. Not one under way, though: what it brings may be of before a
	// write that the reader knows of.
	waiting map[ref]*member
}

// member is a read that goes upstream once for all who want it.
type member struct {
	ref ref
	ctx context.Context // the first reader's values, without its end
	// done is closed when answer and err are set.
	done   chan struct{}
	answer *answer
	err    error

	// The collector's lock guards the rest.
	readers  int
	deadline time.Time // the last reader's
	tries    int
	halved   bool    // it was in a batch that failed as a whole
	flight   *flight // the request it is part of, nil while it waits
}

// Gathering returns a context whose reads join into batches, with a Gatherer of its own.
func (c *Client) Gathering(ctx context.Context) context.Context {
	whole := c.timeout
	if deadline, bounded := ctx.Deadline(); bounded {
		whole = min(whole, time.Until(deadline))
	}
	return teamwork.WithGatherer(ctx, &collector{
		c: c, patience: whole / 3, poked: make(chan struct{}, 1), waiting: map[ref]*member{},
	})
}

// Expect says that n reads are about to be made.
func (g *collector) Expect(n int) (over func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.expected += n
	g.changes++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.expected--
		g.poke()
	}
}

// poke wakes whoever waits for a change.
func (g *collector) poke() {
	select {
	case g.poked <- struct{}{}:
	default:
	}
}

// get reads r together with whatever else is read now. The context must have a deadline.
func (g *collector) get(ctx context.Context, r ref) (*answer, error) {
	if err := ctx.Err(); err != nil {
		return nil, fromFailure(err)
	}
	m := g.join(ctx, r)
	select {
	case <-m.done:
		g.part(nil)
		return m.answer, m.err
	case <-ctx.Done():
		g.part(m)
		return nil, fromFailure(ctx.Err())
	}
}

// join makes ctx's owner a reader of r's member.
func (g *collector) join(ctx context.Context, r ref) *member {
	deadline, _ := ctx.Deadline()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.joined++
	g.changes++
	m := g.waiting[r]
	if m == nil {
		m = &member{ref: r, ctx: context.WithoutCancel(ctx), done: make(chan struct{})}
		defer g.enqueue(m)
	}
	m.readers++
	if deadline.After(m.deadline) {
		m.deadline = deadline
	}
	g.poke()
	return m
}

// part ends a reader's wait; early is its member if that has no answer yet. What nobody
// waits for any more is not sent, or given up.
func (g *collector) part(early *member) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.joined--
	if early == nil {
		return
	}
	if early.readers--; early.readers > 0 {
		return
	}
	if g.waiting[early.ref] == early {
		delete(g.waiting, early.ref)
	}
	if f := early.flight; f != nil && !slices.ContainsFunc(f.members, wanted) {
		f.cancel()
	}
}

// wanted reports whether anybody waits for m. The collector's lock must be held.
func wanted(m *member) bool { return m.readers > 0 }

// enqueue lets members leave as soon as they may. The lock must be held.
func (g *collector) enqueue(members ...*member) {
	for _, m := range members {
		if !wanted(m) {
			continue
		}
		if len(g.queue) == 0 {
			g.since = time.Now()
		}
		if g.waiting[m.ref] == nil {
			g.waiting[m.ref] = m
		}
		if g.queue = append(g.queue, m); len(g.queue) == maxMembers {
			g.leave()
		}
	}
	if len(g.queue) > 0 && !g.gathering {
		g.gathering = true
		go g.gather()
	}
}

// gather waits until the queue may leave.
func (g *collector) gather() {
	timer := time.NewTimer(moment)
	defer timer.Stop()
	for {
		changes, waited, enough := g.look()
		switch {
		case waited < 0:
			return
		case waited >= latestLeave:
			g.leaveAt(changes, true)
			continue
		case enough:
			if g.quiet(changes) {
				g.leaveAt(changes, false)
			}
			continue
		}
		timer.Reset(min(moment, longestGathering-waited))
		select {
		case <-g.poked:
		case <-timer.C:
			if g.quiet(changes) {
				g.leaveAt(changes, false)
			}
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
// nobody waits; and whether that is enough, or all who are to come have.
func (g *collector) look() (changes int, waited time.Duration, enough bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.queue = slices.DeleteFunc(g.queue, func(m *member) bool { return !wanted(m) })
	if len(g.queue) == 0 {
		g.gathering = false
		return g.changes, -1, false
	}
	waited = time.Since(g.since)
	return g.changes, waited, waited >= longestGathering || g.joined >= g.expected
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
