package msgraph

import (
	"context"
	"slices"
	"sync"
	"time"
)

// terminal is where reads wait for their flight: a collector, for the reads of one GraphQL
// request, or a lounge, for those of all that are to be tried again.
type terminal struct {
	c *Client
	// patience is how long a batch may take before it is given up for two halves.
	patience time.Duration

	mu    sync.Mutex
	queue []*member
	// waiting has the members that have not left: who asks for the same now joins them.
	// Not one under way, though: what it brings may be of before a write that the reader
	// knows of.
	waiting map[ref]*member
}

// member is a read that goes upstream once for all who want it.
type member struct {
	ref ref
	ctx context.Context // the first reader's values, without its end
	// done is closed when res is set.
	done chan struct{}
	res  result

	// The terminal's lock guards the rest.
	readers  int
	deadline time.Time // the last reader's
	soonest  time.Time // the deadline of the most hasty one
	// ofMany says that it was asked for along with others: what upstream says to it alone,
	// it says of its resource.
	ofMany bool
	halved bool    // it was in a batch that failed as a whole
	sent   int     // how often it has left
	flight *flight // the request it is part of, nil while it waits
	booking
}

// seat makes ctx's owner a reader of r's member, which is new if nobody else waits for it.
// The lock must be held.
func (t *terminal) seat(ctx context.Context, r ref) *member {
	m := t.waiting[r]
	if m == nil {
		m = &member{ref: r, ctx: context.WithoutCancel(ctx), done: make(chan struct{})}
		t.waiting[r] = m
	}
	m.readers++
	deadline, _ := ctx.Deadline()
	m.deadline = later(m.deadline, deadline)
	if m.soonest.IsZero() || deadline.Before(m.soonest) {
		m.soonest = deadline
	}
	return m
}

// await returns what a member's flight brings one of its readers.
func (t *terminal) await(ctx context.Context, m *member) result {
	select {
	case <-m.done:
		return m.res
	case <-ctx.Done():
		t.part(m)
		return result{err: fromFailure(ctx.Err())}
	}
}

// part ends a reader's wait for a member that has no answer yet. What nobody waits for any
// more is not sent, or given up.
func (t *terminal) part(m *member) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m.readers--; m.readers > 0 {
		return
	}
	if t.waiting[m.ref] == m {
		delete(t.waiting, m.ref)
	}
	if f := m.flight; f != nil && !slices.ContainsFunc(f.members, wanted) {
		f.cancel()
	}
}

// wanted reports whether anybody waits for m. The terminal's lock must be held.
func wanted(m *member) bool { return m.readers > 0 }

// unwanted is its opposite.
func unwanted(m *member) bool { return m.readers == 0 }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
