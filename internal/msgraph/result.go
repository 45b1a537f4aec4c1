package msgraph

import (
	"errors"
	"net/http"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// result is what a try brought a read.
type result struct {
	answer *answer
	err    error
	// again says that another try may mend err, not before wait is over.
	again bool
	wait  time.Duration
	// sent is how many tries it was: none for a read that was held back, two for one that
	// went again in a half.
	sent int
	// ofMany says that upstream said so to one of many.
	ofMany bool
}

// resultOf is the result of an answer to a read, alone or in a batch.
func (c *Client) resultOf(r ref, said reply) result {
	got, err := c.accept(r, said)
	return result{answer: got, err: err, again: said.err == nil && transient(said.status), wait: retryAfter(said.header), ofMany: said.inBatch}
}

// wholeResult is what a batch's failure as a whole is to each of its members.
func (c *Client) wholeResult(got batched) result {
	res := result{err: c.failure(got)}
	if got.outer != nil {
		res.again, res.wait = got.outer.status == http.StatusTooManyRequests, retryAfter(got.outer.header)
	}
	return res
}

// heldBack is the result of a read that was not sent, since upstream wants its resource
// left alone for d.
func heldBack(d time.Duration) result {
	return result{err: throttledFor(d), again: true, wait: d, ofMany: true}
}

// transient reports whether a status may be another one at the next try.
func transient(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// mayPass reports whether a failure without an answer may pass by another try: azcore
// marks those that won't, and what the gate or the authorization said stands.
func mayPass(err error) bool {
	var lasting interface {
		error
		NonRetriable()
	}
	return !errors.As(err, &lasting) && !errors.As(err, new(*teamwork.Error))
}

// splittable reports whether a batch that failed as a whole may do better in halves:
// because it passes, or because one member alone is to blame.
func (b batched) splittable() bool {
	switch {
	case b.outer != nil && (b.outer.status == http.StatusBadRequest || b.outer.status == http.StatusRequestEntityTooLarge):
		return true
	case b.outer != nil:
		return transient(b.outer.status) && b.outer.status != http.StatusTooManyRequests
	case !b.reached:
		return mayPass(b.err)
	}
	// An answer that broke off may be whole the next time; these are no answers.
	var lasting refusal
	return !errors.As(b.err, &lasting) || lasting == errTooLarge
}
