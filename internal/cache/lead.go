package cache

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
)

// leaseTime is what a replica that dies while it loads costs the others.
const leaseTime = 2 * time.Second

// tryAgain is how often a replica that waits sees whether the one that loads still lives.
const tryAgain = leaseTime / 4

// lookAgain is how often one that can't hear of landings looks for itself.
const lookAgain = 50 * time.Millisecond

// lead gets an answer that no replica has: it loads it, if it gets the pen, or waits for
// whoever has. A pen of another generation is taken away: what its holder loads may be of
// before a create, and nobody waits for that. A store that can't be asked leaves every
// replica to itself.
func lead[T any](ctx context.Context, s *Service, r request[T], gen generation) landing {
	if !gen.keeps {
		return land(ctx, s, r, flightPlan{gen: gen})
	}
	landings, leave := s.landings.expect(gen.key.entry)
	defer leave()
	for joined := false; ; {
		pen, err := s.store.Pen(ctx, gen.key.entry, gen.token, leaseTime)
		if err != nil {
			return land(ctx, s, r, flightPlan{gen: gen})
		}
		k, now := look(ctx, s, r)
		if r.content(k, s.now()) {
			release(s, pen)
			return landing{kept: k, how: Shared, err: k.err}
		}
		if pen != nil {
			return land(ctx, s, r, flightPlan{gen: now, pen: pen, last: k})
		}
		if !joined {
			joined = true
			s.joined.elsewhere.Add(1)
		}
		err, told := await(ctx, s, landings)
		if told && err != nil {
			return landing{err: err}
		}
		if ctx.Err() != nil {
			return landing{err: ctx.Err()}
		}
		if k, _ := look(ctx, s, r); r.content(k, s.now()) {
			return landing{kept: k, how: Shared, err: k.err}
		}
	}
}

// await waits until a landing is heard of, or a look is worth its while.
func await(ctx context.Context, s *Service, landings <-chan error) (err error, told bool) {
	patience := tryAgain
	if s.near.deaf.Load() {
		patience = lookAgain
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err = <-landings:
		return err, true
	case <-timer.C:
	case <-ctx.Done():
	}
	return nil, false
}

// flightPlan is what is known before a load.
type flightPlan struct {
	gen  generation
	pen  cluster.Pen // nil where there is no store, which then gets nothing
	last *kept       // the answer before, nil if unknown
	mark uint64      // the last forgetting before
}

// land loads, keeps what came, and tells the replicas that wait. The readers have
// their answer before the store has it.
func land[T any](ctx context.Context, s *Service, r request[T], plan flightPlan) landing {
	plan.mark = s.near.mark()
	if plan.last == nil {
		plan.last = s.near.get(r.near, s.now())
	}
	done := prolong(ctx, plan.pen)
	v, err := loaded(ctx, r)
	held := done()
	if s.rules.noReadBefore {
		plan.gen, _ = s.ask(ctx, plan.gen.key)
	}
	k, entry, err := keep(ctx, s, r, plan, v, err)
	keeping := entry != nil && held && plan.pen != nil && s.work.do(func() {
		ctx := context.Background()
		stored := s.write(ctx, plan, entry, k.until.Sub(s.now()))
		s.settle(r.near, plan, stored, err)
		if stored {
			s.spread(ctx, r.near, k)
		}
	})
	if !keeping {
		s.work.must(func() { s.settle(r.near, plan, false, err) })
	}
	if err != nil {
		return landing{err: err}
	}
	sighted(ctx, s, r, k)
	return landing{kept: k, how: Upstream}
}

// write gives the store an entry, if nobody else got the right to since it was asked for:
// so the last one to be asked for stays, however late an earlier one arrives.
func (s *Service) write(ctx context.Context, plan flightPlan, entry []byte, ttl time.Duration) (stored bool) {
	if s.rules.noFence {
		return s.store.Set(ctx, plan.gen.key.entry, entry, ttl) == nil
	}
	done, err := plan.pen.Set(ctx, entry, ttl)
	return done && err == nil
}

// settle is what is to do after a load, once the store has what it gets. The pen is
// given back first: who begins to wait after the news must not find it taken.
func (s *Service) settle(k nearKey, plan flightPlan, stored bool, err error) {
	ctx := context.Background()
	if !stored && revoking(err) && !s.rules.keepAfterRefusal {
		s.unwrite(ctx, plan)
	}
	if revoking(err) { // another flight of the same, that only failed, told the store nothing
		s.refused.tell(k)
	}
	if plan.pen != nil {
		_ = plan.pen.Release(ctx)
	}
	if plan.pen != nil || revoking(err) {
		s.announce(ctx, k, plan.gen, err)
	}
}

// unwrite takes from the store what was refused. Where that fails, or nobody knows what
// generation it is of, it would come back, with the store or from its way there.
func (s *Service) unwrite(ctx context.Context, plan flightPlan) {
	failed := s.store.Delete(ctx, plan.gen.key.entry) != nil
	if (failed || !plan.gen.keeps) && !s.rules.noRefusalWithoutStore && !s.forgotten.owes(plan.gen.key.tag) {
		s.forgetKey(ctx, plan.gen.key, true)
	}
}

// prolong keeps the pen while the load lasts longer than it. done reports whether
// nobody else can have got it meanwhile.
func prolong(ctx context.Context, pen cluster.Pen) (done func() bool) {
	if pen == nil {
		return func() bool { return true }
	}
	ctx, cancel := context.WithCancel(ctx)
	var lost atomic.Bool
	timer := time.AfterFunc(leaseTime/2, func() {
		for ctx.Err() == nil {
			if held, err := pen.Extend(ctx, leaseTime); err != nil || !held {
				lost.Store(true)
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(leaseTime / 2):
			}
		}
	})
	return func() bool { timer.Stop(); cancel(); return !lost.Load() }
}

func release(s *Service, pen cluster.Pen) {
	if pen != nil {
		s.work.must(func() { _ = pen.Release(context.Background()) })
	}
}
