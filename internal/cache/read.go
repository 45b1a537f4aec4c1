package cache

import (
	"cmp"
	"context"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// request is one read under way: what is asked, by whom, and how to load it.
type request[T any] struct {
	noun *noun[T]
	near nearKey
	load func(context.Context) (*T, error)
	// expires is when the caller's token does, after which nothing of the answer may
	// be served; zero if it does not.
	expires time.Time
	// since is when the answer must have been fetched at the earliest, see anew; zero if
	// any will do.
	since time.Time
}

// read is every read: near, then shared, then one flight for the whole cluster.
//
// What is past its freshness is served at once for one lifetime more, while it is
// refreshed behind. Later the reader waits, and gets the old answer only if upstream
// throttles, fails or is slow.
func read[T any](ctx context.Context, s *Service, n *noun[T], q question, load func(context.Context) (*T, error)) (*T, error) {
	caller := teamwork.CallerFrom(ctx)
	partition := partitionFor(ctx, caller)
	if caller == nil || partition == "" {
		teamwork.TrailFrom(ctx).MadeOf(nil)
		return load(ctx)
	}
	r := request[T]{noun: n, near: nearKey{partition, n.name, q}, load: load, expires: s.rules.tokenEnd(caller)}
	if r.since = teamwork.NotBeforeFrom(ctx); !r.since.IsZero() {
		return anew(ctx, s, r)
	}
	now := s.now()
	k := s.near.get(r.near, now)
	how := Near
	if k.age(now) < aging {
		shared, gen := look(ctx, s, r)
		now = s.now()
		if how = Shared; shared.age(now) < aging {
			if !k.of(gen) {
				k = nil // the news of it is on its way
			}
			return wait(ctx, s, r, gen, later(k, shared))
		}
		k = shared
	}
	if k.age(now) == fresh || s.rules.staleUnmarked {
		s.saw(n.name, how)
		return serve(ctx, s, r, k, false)
	}
	if s.pauses.over(partition, now) && k.claimRefresh(now) {
		behind(ctx, s, r)
	}
	s.saw(n.name, Stale)
	return serve(ctx, s, r, k, true)
}

// later returns the answer that can be served longer; either may be nil.
func later(a, b *kept) *kept {
	if a == nil || b != nil && b.until.After(a.until) {
		return b
	}
	return a
}

// wait joins the flight. With an old answer in hand it does so with patience, and
// takes the old one where upstream can't do better.
func wait[T any](ctx context.Context, s *Service, r request[T], gen generation, last *kept) (*T, error) {
	if ctx.Err() != nil {
		return nil, lost(ctx, ctx.Err())
	}
	stale := func() (*T, error) {
		s.saw(r.noun.name, Stale)
		return serve(ctx, s, r, last, true)
	}
	instead := func(err error) (*T, error) {
		if passing(err) && last.usable(s.now()) {
			return stale()
		}
		s.saw(r.noun.name, None)
		return nil, lost(ctx, err)
	}
	now := s.now()
	var impatient <-chan time.Time
	if last.usable(now) {
		if !s.pauses.over(r.near.partition, now) {
			return stale()
		}
		if paused, try := s.troubles.paused(r.near, now, now.Add(s.loadTimeout)); paused {
			if try && !behind(ctx, s, r) {
				s.troubles.note(r.near, now, now) // another reader may have more luck
			}
			return stale()
		}
		timer := time.NewTimer(patienceOf(ctx, s.patience))
		defer timer.Stop()
		impatient = timer.C
	}
	flight := fly(ctx, s, r, gen)
	held := flight.held.told
	for {
		select {
		case <-ctx.Done():
			return nil, lost(ctx, cmp.Or(flight.held.beyond(ctx), ctx.Err()))
		case <-held:
			held = nil // what it says later is asked for at the end
			if err := flight.held.beyond(ctx); err != nil {
				return instead(err)
			}
		case <-impatient:
			now := s.now()
			s.troubles.note(r.near, now, now.Add(s.loadTimeout))
			if last.usable(s.now()) {
				return stale()
			}
			impatient = nil // it became too old meanwhile
		case landed := <-flight.landed:
			if landed.err != nil {
				return instead(landed.err)
			}
			s.saw(r.noun.name, landed.how)
			// Who joined late may get it when its time is over already.
			return serve(ctx, s, r, landed.kept, landed.kept.age(s.now()) != fresh)
		}
	}
}

// patienceOf is how long a reader waits with an old answer in hand: not until his own end,
// when nothing could be done with it.
func patienceOf(ctx context.Context, patience time.Duration) time.Duration {
	if deadline, ends := ctx.Deadline(); ends {
		left := time.Until(deadline)
		return min(patience, left-left/4)
	}
	return patience
}

// lost notes that the answer lacks what it may have at the next moment.
func lost(ctx context.Context, err error) error {
	teamwork.TrailFrom(ctx).MadeOf(nil)
	return err
}

// behind refreshes an answer that was served already, unless there is too much to do.
// Nobody waits, and the reader's own end does not matter.
func behind[T any](ctx context.Context, s *Service, r request[T]) bool {
	ctx = teamwork.InCompany(context.WithoutCancel(ctx)) // others are refreshed at the same time
	return s.work.refresh(func() {
		if k, gen := look(ctx, s, r); k.age(s.now()) != fresh { // by another replica
			<-fly(ctx, s, r, gen).landed
		} else {
			s.troubles.over(r.near)
		}
	})
}
