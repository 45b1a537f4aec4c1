package msgraph

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// lounge is where a caller's reads wait that are to be sent later: those that another try
// may mend, and those whose resource upstream wants left alone. It is one for all of the
// caller's requests: whoever wants what somebody waits for already waits with him, so that
// it is sent once, and whoever may leave by then takes the same flight.
type lounge struct {
	terminal
	luck  float64 // one for all who wait, so that they leave together
	next  time.Time
	timer *time.Timer // calls at next
}

// booking is when a member in the lounge leaves.
type booking struct {
	// due is when it leaves, and may when it can go with others who do.
	may, due time.Time
	// paused says that it waits for its resource.
	paused bool
	tries  int // how often a reader was part of before, at most
}

// loungeOf returns the lounge of the context's caller: what one may read, so may the
// others of his partition.
func (c *Client) loungeOf(ctx context.Context) *lounge {
	return c.lounges.orMake(loungeKey(ctx), func() *lounge {
		return &lounge{terminal: terminal{c: c, patience: c.timeout / 3, waiting: map[ref]*member{}}, luck: rand.Float64()}
	})
}

func loungeKey(ctx context.Context) string {
	if caller := teamwork.CallerFrom(ctx); caller != nil {
		return caller.Partition
	}
	return ""
}

// expects reports whether r waits in the lounge of the context's caller, if there is one.
func (c *Client) expects(ctx context.Context, r ref) bool {
	if c.lounges.empty() {
		return false
	}
	l, ok := c.lounges.get(loungeKey(ctx))
	return ok && l.expects(ctx, r)
}

// again reads r once more after what came of it in so many tries, when it is due. It
// reports false if there is no time for that, or the process can't afford it: the client
// had better know now.
func (l *lounge) again(ctx context.Context, r ref, came result, tries int) (result, bool) {
	m, held := l.join(ctx, r, came, tries)
	if m == nil {
		return result{}, false
	}
	if held > 0 {
		teamwork.HeldUp(ctx, throttledFor(held))
	}
	return l.await(ctx, m), true
}

// join makes ctx's owner wait for r; nil if it is not to. What was held back is not sent
// again, and who waits with others has nothing sent, so neither costs the process a try.
// held is for how long, if that is since upstream asks for it.
func (l *lounge) join(ctx context.Context, r ref, came result, tries int) (m *member, held time.Duration) {
	pause := l.c.gate.paused(ctx, r.path)
	all, _ := l.c.gate.account(ctx).throttled() // before, the gate would only refuse it
	deadline, _ := ctx.Deadline()
	l.mu.Lock()
	defer l.mu.Unlock()
	planned := l.waiting[r]
	may := time.Now().Add(max(came.wait, pause, all))
	b := l.book(planned, may, tries)
	if !later(b.due, may).Before(deadline) || planned == nil && came.sent > 0 && !l.c.gate.again(1) {
		return nil, 0
	}
	m = l.seat(ctx, r)
	b.paused = b.paused || pause > 0
	m.booking, m.ofMany = b, m.ofMany || came.ofMany
	if planned == nil {
		l.queue = append(l.queue, m)
	}
	if l.next.IsZero() || b.due.Before(l.next) {
		l.callAt(b.due)
	}
	if b.paused || came.wait > 0 || all > 0 {
		held = time.Until(b.due)
	}
	return m, held
}

// book returns when a read leaves that may after so many tries. What is planned for it
// moves back, unless somebody waits for it who has not the time.
func (l *lounge) book(planned *member, may time.Time, tries int) booking {
	spread := l.c.backoff(tries, l.luck)
	switch asked := may.After(time.Now()); {
	case planned != nil:
		b := planned.booking
		if back := later(b.due, may); back.Before(planned.soonest) {
			b.may, b.due = later(b.may, may), back
		}
		b.tries = max(b.tries, tries)
		return b
	case asked:
		return booking{may: may, due: may.Add(spread), tries: tries}
	case tries > 0: // those who failed at about the same time go together
		return booking{may: may.Add(spread - longestGathering), due: may.Add(spread), tries: tries}
	}
	return booking{may: may, due: may}
}

// expects reports whether somebody waits for a pause of r's resource, who will have left
// when ctx ends. The pause may be over.
func (l *lounge) expects(ctx context.Context, r ref) bool {
	deadline, _ := ctx.Deadline()
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.waiting[r]
	return m != nil && m.paused && m.due.Before(deadline)
}

// callAt has the next flight called then. The lock must be held.
func (l *lounge) callAt(next time.Time) {
	l.next = next
	if l.timer == nil {
		l.timer = time.AfterFunc(time.Until(next), l.call)
		return
	}
	l.timer.Reset(time.Until(next))
}

// call sends those who are due, and with them those who may go.
func (l *lounge) call() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.queue = slices.DeleteFunc(l.queue, unwanted)
	var going []*member
	if slices.ContainsFunc(l.queue, func(m *member) bool { return !m.due.After(now) }) {
		l.queue = slices.DeleteFunc(l.queue, func(m *member) bool {
			goes := !m.may.After(now)
			if goes {
				going = append(going, m)
			}
			return goes
		})
		l.luck = rand.Float64()
	}
	for flight := range slices.Chunk(going, maxMembers) {
		l.depart(flight)
	}
	l.next = time.Time{}
	for _, m := range l.queue {
		if l.next.IsZero() || m.due.Before(l.next) {
			l.next = m.due
		}
	}
	if !l.next.IsZero() {
		l.callAt(l.next)
	}
}
