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

// lead gets an answer that no replica has: it loads it, if it gets the lease, or waits
// for whoever has. A store that can't be asked leaves every replica to itself.
func lead[T any](ctx context.Context, s *Service, r request[T], gen generation) landing {
	if !gen.keeps {
		return land(ctx, s, r, flightPlan{gen: gen})
	}
	landings, leave := s.landings.expect(gen.key.entry)
	defer leave()
	for joined := false; ; {
		lease, err := s.store.Lease(ctx, gen.key.lease(gen.token), leaseTime)
		if err != nil {
			return land(ctx, s, r, flightPlan{gen: gen})
		}
		k, now := look(ctx, s, r)
		if r.content(k, s.now()) {
			release(s, lease)
			return landing{kept: k, how: Shared, err: k.err}
		}
		if lease != nil {
			return land(ctx, s, r, flightPlan{gen: now, lease: lease, last: k})
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
	gen   generation
	lease cluster.Lease // nil where there is no store
	last  *kept         // the answer before, nil if unknown
	mark  uint64        // the last forgetting before
}

// land loads, keeps what came, and tells the replicas that wait. The readers have
// their answer before the store has it.
func land[T any](ctx context.Context, s *Service, r request[T], plan flightPlan) landing {
	plan.mark = s.near.mark()
	if plan.last == nil {
		plan.last = s.near.get(r.near, s.now())
	}
	done := prolong(ctx, plan.lease)
	v, err := loaded(ctx, r)
	held := done()
	if s.rules.noReadBefore {
		plan.gen, _ = s.ask(ctx, plan.gen.key)
	}
	k, entry, err := keep(ctx, s, r, plan, v, err)
	keeping := entry != nil && held && plan.gen.keeps && s.work.do(func() {
		ctx := context.Background()
		stored := s.store.Set(ctx, plan.gen.key.entry, entry, k.until.Sub(s.now())) == nil
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

// settle is what is to do after a load, once the store has what it gets. The lease is
// given back first: who begins to wait after the news must not find it taken.
func (s *Service) settle(k nearKey, plan flightPlan, stored bool, err error) {
	ctx := context.Background()
	if !stored && revoking(err) && !s.rules.keepAfterRefusal && s.store.Delete(ctx, plan.gen.key.entry) != nil &&
		!s.rules.noRefusalWithoutStore && !s.forgotten.owes(plan.gen.key.tag) {
		s.forgetKey(ctx, plan.gen.key, true) // or it would come back with the store
	}
	if revoking(err) { // another flight of the same, that only failed, told the store nothing
		s.refused.tell(k)
	}
	if plan.lease != nil {
		_ = plan.lease.Release(ctx)
	}
	if plan.lease != nil || revoking(err) {
		s.announce(ctx, k, plan.gen, err)
	}
}

// prolong keeps the lease while the load lasts longer than it. done reports whether
// nobody else can have got it meanwhile.
func prolong(ctx context.Context, lease cluster.Lease) (done func() bool) {
	if lease == nil {
		return func() bool { return true }
	}
	ctx, cancel := context.WithCancel(ctx)
	var lost atomic.Bool
	timer := time.AfterFunc(leaseTime/2, func() {
		for ctx.Err() == nil {
			if held, err := lease.Extend(ctx, leaseTime); err != nil || !held {
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

func release(s *Service, lease cluster.Lease) {
	if lease != nil {
		s.work.must(func() { _ = lease.Release(context.Background()) })
	}
}
