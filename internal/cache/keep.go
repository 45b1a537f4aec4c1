package cache

import (
	"context"
	"errors"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// keep dates what was loaded and keeps it in memory for as long as it says. It returns
// the answer, its entry for the store, and the error that readers get; neither of the
// first two is there when nothing is to be kept.
func keep[T any](ctx context.Context, s *Service, r request[T], plan flightPlan, v *T, err error) (*kept, []byte, error) {
	now := s.now()
	n, gen, mark, wanted := r.noun, plan.gen, plan.mark, true
	h := &header{By: s.name, FetchedAt: now}
	life := noneLife
	switch {
	case err == nil:
		if n.moved != nil && plan.last != nil && plan.last.value != nil && n.moved(plan.last.value.(*T), v) {
			gen, mark, wanted = s.observed(ctx, r.near, plan)
		}
		s.refused.remove(r.near)
		m := n.meta(v)
		h.Warnings = m.Warnings
		if m.FetchedAt.Known() {
			h.FetchedAt = m.FetchedAt.Time
		}
		life = n.life(v, now.Sub(gen.created))
		h.Until = h.FetchedAt.Add(life + s.stale)
	case teamwork.KindOf(err) == teamwork.NotFound:
		var e *teamwork.Error
		errors.As(err, &e)
		h.None = &e.Message
		h.Until = now.Add(life)
		gen, mark = s.revoked(ctx, r.near, plan)
		s.refused.add(r.near, s.denied(err, plan.gen.token))
	default:
		if revoking(err) {
			_, _ = s.revoked(ctx, r.near, plan)
		}
		s.failed(r.near, err, plan.gen.token)
		return nil, nil, err
	}
	h.Generation = gen.token
	if v != nil && n.lasts != nil && n.lasts(v) && epochOf(gen.token) != "" {
		h.Generation = epochOf(gen.token)
	}
	h.FreshUntil = earlier(h.FetchedAt.Add(life), r.expires)
	h.Until = earlier(h.Until, r.expires)
	if s.rules.noUntil {
		h.Until = h.Until.AddDate(1, 0, 0)
	}
	k, entry := dateAndPack(s, r, h, gen, mark, v, err)
	if !wanted {
		return k, nil, err
	}
	s.near.put(r.near, k)
	if v != nil && n.fill != nil {
		n.fill(ctx, s, r.near, k)
	}
	if !gen.keeps {
		entry = nil
	}
	return k, entry, err
}

// dateAndPack makes of a value, or of the error that says there is none, what memory and
// the store keep.
func dateAndPack[T any](s *Service, r request[T], h *header, gen generation, mark uint64, v *T, none error) (*kept, []byte) {
	if v != nil {
		v = r.noun.dated(v, h.meta())
	}
	entry, size, err := encode(h, boxed(v))
	if err != nil {
		s.log.Warn("an answer can't be kept", "key", gen.key.entry, "err", err)
	}
	k := newKept(h, boxed(v), none, mark, size, s.now())
	k.limit = r.expires
	if gen.keeps {
		k.token = &gen.token
	}
	return k, entry
}

// boxed keeps a nil pointer from hiding in an interface.
func boxed[T any](v *T) any {
	if v == nil {
		return nil
	}
	return v
}

// denied is a refusal of now. What is not there may be there soon, for all replicas to
// share; what is not for this caller's eyes is believed only when upstream says so itself.
func (s *Service) denied(err error, under string) denial {
	d := denial{under: under}
	if teamwork.KindOf(err) == teamwork.NotFound {
		d.until = s.now().Add(maxSkew)
	}
	return d
}

// earlier returns the earlier of two times, of which limit may be zero for none.
func earlier(t, limit time.Time) time.Time {
	if !limit.IsZero() && limit.Before(t) {
		return limit
	}
	return t
}

// failed draws the consequences of an error, here or at another replica: a pause that
// upstream asked for, and that what was known is not to be shown any more.
// Under is the token that the device had then.
func (s *Service) failed(k nearKey, err error, under string) {
	s.pauses.note(k.partition, err, s.now())
	if revoking(err) {
		s.refused.add(k, s.denied(err, under))
	}
	if revoking(err) && !s.rules.keepAfterRefusal {
		s.near.drop(k)
	}
}
