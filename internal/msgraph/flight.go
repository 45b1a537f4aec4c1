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

// depart sends members together, without those that nobody waits for. The lock must be
// held.
func (t *terminal) depart(members []*member) {
	members = slices.DeleteFunc(members, unwanted)
	if len(members) == 0 {
		return
	}
	f := &flight{members: members}
	var deadline time.Time
	for _, m := range members {
		m.flight = f
		if t.waiting[m.ref] == m {
			delete(t.waiting, m.ref)
		}
		deadline = later(deadline, m.deadline)
	}
	// No reader's end is the flight's: it ends with the last of them.
	f.ctx, f.cancel = context.WithDeadline(members[0].ctx, deadline)
	go t.fly(f)
}

// fly sends a flight's request and settles what comes.
func (t *terminal) fly(f *flight) {
	teamwork.StackAhead()
	defer f.cancel()
	defer t.rescue(f, f.members) // all of them: some are taken out on the way
	t.holdBack(f)
	switch len(f.members) {
	case 0:
	case 1:
		t.single(f)
	default:
		t.batch(f)
	}
}

// rescue makes one flight's error of a panic: on a goroutine of its own it would end the
// process.
func (t *terminal) rescue(f *flight, members []*member) {
	p := recover()
	if p == nil {
		return
	}
	res := result{err: teamwork.Panicked(p)}
	for _, m := range members {
		t.mu.Lock()
		waits := m.flight == f
		t.mu.Unlock()
		if waits {
			t.finish(m, res)
		}
	}
}

// holdBack takes those out of a flight whose resources upstream wants left alone since
// they came.
func (t *terminal) holdBack(f *flight) {
	going := make([]*member, 0, len(f.members))
	for _, m := range f.members {
		if wait := t.c.gate.paused(f.ctx, m.ref.path); wait > 0 {
			t.finish(m, heldBack(wait))
			continue
		}
		going = append(going, m)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	f.members = going
}

// single sends a flight's one read plain.
func (t *terminal) single(f *flight) {
	m := f.members[0]
	m.sent++
	t.finish(m, t.c.plain(f.ctx, m.ref, m.ofMany))
}

// batch sends a flight's reads in a batch.
func (t *terminal) batch(f *flight) {
	leave, err := t.c.gate.enter(f.ctx, len(f.members), "")
	if err != nil {
		t.settle(f.members, func(int) result { return result{err: fromFailure(err)} })
		return
	}
	defer leave(unheard, 0) // in vain, unless something panics
	members, ctx, cancel := t.boarding(f)
	defer cancel()
	if len(members) < 2 {
		leave(unheard, 0) // who goes plain passes the gate alone
		if len(members) == 1 {
			t.single(f)
		}
		return
	}
	reads := t.reads(members)
	got := t.c.exchange(ctx, new(departure), reads)
	t.c.report(ctx, reads, got, leave)
	switch {
	case got.replies != nil:
		t.settle(members, func(i int) result { return t.c.resultOf(members[i].ref, got.replies[i]) })
	case f.ctx.Err() == nil && got.splittable():
		t.split(members, t.c.wholeResult(got), ctx.Err() != nil)
	default:
		t.settle(members, func(int) result { return t.c.wholeResult(got) })
	}
}

// boarding returns the flight's members that are still wanted when the gate lets them
// through, and a context for their batch, which ends with our patience, unless they were
// in halves before.
func (t *terminal) boarding(f *flight) ([]*member, context.Context, context.CancelFunc) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f.members = slices.DeleteFunc(slices.Clone(f.members), unwanted)
	if slices.ContainsFunc(f.members, func(m *member) bool { return m.halved }) {
		return f.members, f.ctx, func() {}
	}
	ctx, cancel := context.WithTimeout(f.ctx, t.patience)
	return f.members, ctx, cancel
}

// reads are what members are in a batch. What several readers get, each of them reads by himself:
// it is his own then.
func (t *terminal) reads(members []*member) []inner {
	t.mu.Lock()
	defer t.mu.Unlock()
	reads := make([]inner, len(members))
	for i, m := range members {
		m.sent++
		if reads[i].ref = m.ref; m.readers > 1 {
			reads[i].ref.shape = nil
		}
	}
	return reads
}

// settle gives each member what a try brought it.
func (t *terminal) settle(members []*member, brought func(i int) result) {
	for i, m := range members {
		t.finish(m, brought(i))
	}
}

// finish tells the readers what they get.
func (t *terminal) finish(m *member, res result) {
	t.mu.Lock()
	m.flight = nil
	t.mu.Unlock()
	res.sent, res.ofMany = m.sent, res.ofMany || m.ofMany
	m.res = res
	close(m.done)
}
