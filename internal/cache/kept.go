package cache

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// kept is an answer with its dates, as it is held in memory. Readers share it.
type kept struct {
	serial uint64 // no other's in this process

	value any   // the *T, nil if there is none
	err   error // says so

	fetchedAt  time.Time
	freshUntil time.Time // served as it is
	softUntil  time.Time // served at once, and refreshed behind
	until      time.Time // served when upstream can't do better
	taken      time.Time // by this process
	by         string    // the replica that fetched it

	// token is the generation that it hangs on, nil if unknown.
	token    *string
	limit    time.Time // when the caller's token expires; zero if it does not
	mark     uint64    // see near
	weight   uint32
	warnings []teamwork.Warning
	shared   bool // the store had it

	aging     sync.Once
	aged      any          // value, marked as stale; made when it is first wanted
	refreshAt atomic.Int64 // no refresh before, in Unix nanoseconds
}

// age says what an answer is good for.
type age int

const (
	gone  age = iota // for nothing
	old              // only for a reader whom upstream can't serve
	aging            // for now, while it is refreshed
	fresh
)

// age returns the age of an answer; that of none is gone.
func (k *kept) age(now time.Time) age {
	switch {
	case k == nil || !now.Before(k.until):
		return gone
	case now.Before(k.freshUntil):
		return fresh
	case now.Before(k.softUntil):
		return aging
	}
	return old
}

// usable reports whether an answer may be served to a reader whom upstream can't serve.
func (k *kept) usable(now time.Time) bool { return k.age(now) >= old && k.value != nil }

// of reports whether an answer is not known to be of another generation.
func (k *kept) of(g generation) bool {
	return k == nil || !g.keeps || k.token == nil || *k.token == g.token
}

// refreshPause is how long after the begin of a refresh no other is begun for the
// same answer.
const refreshPause = time.Second

// claimRefresh reports whether the caller is the one to refresh.
func (k *kept) claimRefresh(now time.Time) bool {
	at := k.refreshAt.Load()
	return now.UnixNano() >= at && k.refreshAt.CompareAndSwap(at, now.Add(refreshPause).UnixNano())
}

// serials are the numbers that were given to answers.
var serials atomic.Uint64

// newKept dates a value by its entry's header.
func newKept(h *header, value any, err error, mark uint64, size int, now time.Time) *kept {
	life := h.FreshUntil.Sub(h.FetchedAt)
	k := &kept{
		serial: serials.Add(1), value: value, err: err, fetchedAt: h.FetchedAt, freshUntil: h.FreshUntil, softUntil: h.FreshUntil.Add(life), until: h.Until,
		taken: now, by: h.By, mark: mark, warnings: h.Warnings,
		weight: uint32(min(decodedFactor*size+entryWeight, 1<<31)),
	}
	if most := now.Add(life); k.freshUntil.After(most) { // by a clock that is ahead, if only a little
		k.freshUntil, k.softUntil = most, most.Add(life)
	}
	if h.FetchedAt.After(now.Add(maxSkew)) {
		k.freshUntil = earlier(k.freshUntil, now) // nobody knows how far: it may be of any age
	}
	if k.until.Before(k.softUntil) {
		k.softUntil = k.until
	}
	return k
}

// decodedFactor is how much larger a noun is in memory than its JSON: measured on
// pages of operations, with their pointers and rounded up.
const decodedFactor = 4

// serve hands an answer to a reader; stale says that it is past its freshness.
func serve[T any](ctx context.Context, s *Service, r request[T], k *kept, stale bool) (*T, error) {
	trail := teamwork.TrailFrom(ctx)
	trail.Warn(k.warnings...)
	if trail.Collects() {
		trail.MadeOf(s.partOf(ctx, r.near, k, stale))
	}
	if k.value == nil {
		trail.Served(k.fetchedAt, stale)
		return nil, k.err
	}
	v, n := k.value.(*T), r.noun
	trail.Served(n.meta(v).FetchedAt.Time, stale)
	if !stale {
		return v, nil
	}
	k.aging.Do(func() {
		m := *n.meta(v)
		m.Stale = true
		k.aged = n.dated(v, m)
	})
	return k.aged.(*T), nil
}
