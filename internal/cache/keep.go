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
	if err == nil && n.moved != nil && plan.last != nil && plan.last.value != nil && n.moved(plan.last.value.(*T), v) {
		gen, mark, wanted = s.observed(ctx, r.near, plan)
	}
	h := &header{Generation: gen.token, FetchedAt: now}
	life := noneLife
	switch {
	case err == nil:
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
		s.refused.add(r.near, false)
	default:
		s.failed(r.near, err)
		return nil, nil, err
	}
	h.FreshUntil = earlier(h.FetchedAt.Add(life), r.expires)
	h.Until = earlier(h.Until, r.expires)
	if s.rules.noUntil {
		h.Until = h.Until.AddDate(1, 0, 0)
	}
	if v != nil {
		v = n.dated(v, h.meta())
	}
	entry, encodeErr := encode(h, v)
	if encodeErr != nil {
		s.log.Warn("an answer can't be kept", "key", gen.key.entry, "err", encodeErr)
	}
	k := newKept(h, boxed(v), err, mark, len(entry), now)
	k.limit = r.expires
	if gen.keeps {
		k.token = &gen.token
	}
	if !wanted {
		return k, nil, err
	}
	s.near.put(r.near, k)
	if v != nil && n.fill != nil {
		n.fill(s, r.near, k)
	}
	return k, entry, err
}

// boxed keeps a nil pointer from hiding in an interface.
func boxed[T any](v *T) any {
	if v == nil {
		return nil
	}
	return v
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
func (s *Service) failed(k nearKey, err error) {
	s.pauses.note(k.partition, err, s.now())
	if revoking(err) {
		s.refused.add(k, false)
	}
	if revoking(err) && !s.rules.keepAfterRefusal {
		s.near.drop(k)
	}
}
