package msgraph

import (
	"context"
	"slices"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// flight is one HTTP request, and whose reads it carries.
type flight struct {
	members []*member
	ctx     context.Context
	cancel  context.CancelFunc
}

// leave sends what is in the queue. The lock must be held.
func (g *collector) leave() {
	members := g.queue
	g.queue = nil
	g.depart(members)
}

// depart sends members together, without those that nobody waits for. The lock must be
// held.
func (g *collector) depart(members []*member) {
	members = slices.DeleteFunc(members, func(m *member) bool { return !wanted(m) })
	if len(members) == 0 {
		return
	}
	f := &flight{members: members}
	var deadline time.Time
	for _, m := range members {
		m.tries++
		m.flight = f
		if g.waiting[m.ref] == m {
			delete(g.waiting, m.ref)
		}
		if m.deadline.After(deadline) {
			deadline = m.deadline
		}
	}
	// No reader's end is the flight's: it ends with the last of them.
	f.ctx, f.cancel = context.WithDeadline(members[0].ctx, deadline)
	go g.fly(f)
}

// fly sends a flight's request and settles what comes.
func (g *collector) fly(f *flight) {
	defer f.cancel()
	defer g.rescue(f, f.members) // all of them: some are taken out on the way
	g.holdBack(f)
	switch len(f.members) {
	case 0:
	case 1:
		g.single(f)
	default:
		g.batch(f)
	}
}

// rescue makes one flight's error of a panic: on a goroutine of its own it would end the
// process.
func (g *collector) rescue(f *flight, members []*member) {
	p := recover()
	if p == nil {
		return
	}
	res := result{err: teamwork.Panicked(p)}
	for _, m := range members {
		g.mu.Lock()
		waits := m.flight == f
		g.mu.Unlock()
		if waits {
			g.finish(m, res)
		}
	}
}

// holdBack takes those out of a flight whose resources upstream wants left alone: they
// were not sent, and yet are as if they had been, and throttled.
func (g *collector) holdBack(f *flight) {
	var back []*member
	var waits []time.Duration
	members := slices.DeleteFunc(slices.Clone(f.members), func(m *member) bool {
		wait := g.c.gate.paused(f.ctx, m.ref.path)
		if wait > 0 {
			back, waits = append(back, m), append(waits, wait)
		}
		return wait > 0
	})
	if len(back) == 0 {
		return
	}
	g.mu.Lock()
	f.members = members
	g.mu.Unlock()
	g.settle(back, func(i int) result { return heldBack(waits[i]) })
}

// single sends a flight's one read plain.
func (g *collector) single(f *flight) {
	m := f.members[0]
	said, err := g.c.alone(once(f.ctx), m.ref)
	g.settle(f.members, func(int) result {
		if err != nil {
			return result{err: fromFailure(err), again: f.ctx.Err() == nil && mayPass(err)}
		}
		return g.c.resultOf(m.ref, said)
	})
}

// batch sends a flight's reads in a batch.
func (g *collector) batch(f *flight) {
	leave, err := g.c.gate.enter(f.ctx, len(f.members), "")
	if err != nil {
		g.settle(f.members, func(int) result { return result{err: fromFailure(err)} })
		return
	}
	defer leave(unheard, 0) // in vain, unless something panics
	members, patience := g.boarding(f)
	if len(members) < 2 {
		leave(unheard, 0) // who goes plain passes the gate alone
		if len(members) == 1 {
			g.single(f)
		}
		return
	}
	ctx, cancel := f.ctx, context.CancelFunc(func() {})
	if patience > 0 {
		ctx, cancel = context.WithTimeout(f.ctx, patience)
	}
	defer cancel()
	reads := make([]inner, len(members))
	for i, m := range members {
		reads[i].ref = m.ref
	}
	got := g.c.exchange(ctx, new(departure), reads)
	g.c.report(ctx, reads, got, leave)
	switch {
	case got.replies != nil:
		g.settle(members, func(i int) result { return g.c.resultOf(members[i].ref, got.replies[i]) })
	case f.ctx.Err() == nil && got.splittable():
		g.split(members, g.c.wholeResult(got), ctx.Err() != nil)
	default:
		g.settle(members, func(int) result { return g.c.wholeResult(got) })
	}
}

// boarding returns the flight's members that are still wanted when the gate lets them
// through, and how long their batch may take; 0 for as long as their deadlines allow, if
// they were in halves before.
func (g *collector) boarding(f *flight) (members []*member, patience time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	patience = g.patience
	f.members = slices.DeleteFunc(slices.Clone(f.members), func(m *member) bool { return !wanted(m) })
	for _, m := range f.members {
		if m.halved {
			patience = 0
		}
	}
	return f.members, patience
}
