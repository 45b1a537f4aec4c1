package cache

import (
	"context"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// anew is a read that wants nothing from before r.since. It joins the flight like any
// other, so that two such readers cost one, and what lands is remembered for all. An old
// answer is none to it: its reader must learn that upstream failed.
func anew[T any](ctx context.Context, s *Service, r request[T]) (*T, error) {
	if k := s.near.get(r.near, s.now()); r.content(k, s.now()) {
		s.saw(r.noun.name, Near)
		return serve(ctx, s, r, k, false)
	}
	k, gen := look(ctx, s, r)
	if r.content(k, s.now()) {
		s.saw(r.noun.name, Shared)
		return serve(ctx, s, r, k, false)
	}
	flight := fly(ctx, s, r, gen)
	select {
	case <-ctx.Done():
		return nil, lost(ctx, ctx.Err())
	case landed := <-flight.landed:
		if landed.err != nil {
			s.saw(r.noun.name, None)
			return nil, lost(ctx, landed.err)
		}
		s.saw(r.noun.name, landed.how)
		return serve(ctx, s, r, landed.kept, false)
	}
}

// content reports whether an answer is what the reader wants: fresh, and not of before
// what it asks for.
func (r *request[T]) content(k *kept, now time.Time) bool {
	return k.age(now) == fresh && !k.fetchedAt.Before(r.since)
}

// sighted tells whoever wants to know of operations that came from upstream, or from
// another replica. It must be quick: readers wait for it.
func sighted[T any](ctx context.Context, s *Service, r request[T], k *kept) {
	if s.sighted == nil || k == nil || k.value == nil {
		return
	}
	switch v := k.value.(type) {
	case *teamwork.DeviceOperation:
		s.sighted(ctx, r.near.device, []*teamwork.DeviceOperation{v}, false)
	case *teamwork.Page[teamwork.DeviceOperation]:
		s.sighted(ctx, r.near.device, v.Items, r.near.page == "")
	}
}
