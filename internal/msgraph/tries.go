package msgraph

import (
	"context"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// fetch reads r, up to maxTries times. The context must have a deadline. Only reads are
// tried again: Microsoft Graph is known to answer 429 and 5xx for writes that it did.
func (c *Client) fetch(ctx context.Context, r ref) (*answer, error) {
	if err := ctx.Err(); err != nil {
		return nil, fromFailure(err)
	}
	res, over := c.first(ctx, r)
	defer over()
	for tries := res.sent; res.again && tries < maxTries; tries += res.sent {
		next, ok := c.loungeOf(ctx).again(ctx, r, res, tries)
		if !ok && res.sent == 0 {
			return nil, c.gate.refuse("paused", throttledFor(res.wait))
		}
		if !ok {
			break
		}
		res = next
	}
	return res.answer, res.err
}

// first is a read's first try: with the others of its GraphQL request, if they are
// gathered; none, if it had to wait.
func (c *Client) first(ctx context.Context, r ref) (res result, over func()) {
	wait, held := c.held(ctx, r)
	g, gathers := teamwork.GathererFrom(ctx).(*collector)
	switch gathers = gathers && g.c == c; {
	case gathers && held:
		return heldBack(wait), g.elsewhere(ctx)
	case gathers && teamwork.IsAlone(ctx) && g.idle():
		return c.plain(ctx, r, false), func() {}
	case gathers:
		return g.get(ctx, r)
	case held:
		return heldBack(wait), func() {}
	}
	return c.plain(ctx, r, false), func() {}
}

// held reports whether a read has to wait for its resource, and for how long at least;
// 0 if that is over, and others who waited are about to leave.
func (c *Client) held(ctx context.Context, r ref) (wait time.Duration, held bool) {
	if wait = c.gate.paused(ctx, r.path); wait > 0 {
		return wait, true
	}
	return 0, c.expects(ctx, r)
}

// plain sends r in a request of its own, once.
func (c *Client) plain(ctx context.Context, r ref, ofMany bool) result {
	if ofMany {
		ctx = oneOfMany(ctx)
	}
	said, err := c.alone(ctx, r)
	if err != nil {
		return result{err: fromFailure(err), again: ctx.Err() == nil && mayPass(err), sent: 1}
	}
	res := c.resultOf(r, said)
	res.sent = 1
	return res
}

// backoff is how long to wait, beside what upstream asks for, before a read is tried once
// more: a random part of a time that doubles, so that those who failed together in several
// processes don't come back together.
func (c *Client) backoff(tries int, luck float64) time.Duration {
	return time.Duration(luck * float64(min(c.retryDelay<<max(0, tries-1), longestWait)))
}
