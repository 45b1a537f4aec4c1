package msgraph

import (
	"context"
	"slices"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// CreateOperations creates many operations, each of which succeeds or fails on its own.
// Those that can be sent are, in batches, each once.
func (c *Client) CreateOperations(ctx context.Context, reqs []teamwork.CreateOperation) []teamwork.CreateResult {
	results := make([]teamwork.CreateResult, len(reqs))
	var bulk []*bulkWrite
	for i, req := range reqs {
		w, err := c.write(req)
		if err != nil {
			results[i].Err = unsent(err)
			wrapCreate(&results[i].Err, req)
			continue
		}
		bulk = append(bulk, &bulkWrite{req: req, write: w, result: &results[i]})
	}
	if c.readsBack() { // together, whichever batch brought the creates
		ctx = c.Gathering(ctx)
	}
	if len(bulk) > 1 {
		ctx = oneOfMany(ctx)
	}
	chunks := slices.Collect(slices.Chunk(bulk, maxMembers))
	if len(chunks) > 1 {
		ctx = teamwork.InCompany(ctx)
	}
	teamwork.Each(len(chunks), max(len(chunks), 1), func(i int) { c.createTogether(ctx, chunks[i]) })
	return results
}

// bulkWrite is one of many creates.
type bulkWrite struct {
	req    teamwork.CreateOperation
	write  write
	result *teamwork.CreateResult
	// got and err are the answer to the write itself.
	got *answer
	err error
}

// createTogether makes the creates of one batch, and reads back what must be.
func (c *Client) createTogether(ctx context.Context, bulk []*bulkWrite) {
	defer rescueWrites(bulk...)
	switch going := c.unpaused(ctx, bulk); len(going) {
	case 0:
	case 1:
		going[0].got, going[0].err = c.post(ctx, going[0].write)
	default:
		c.postTogether(ctx, going)
	}
	if c.readsBack() {
		teamwork.Together(ctx, len(bulk), func(i int) { c.conclude(ctx, bulk[i]) })
		return
	}
	for _, b := range bulk {
		c.conclude(ctx, b)
	}
}

// conclude makes a result of the answer to a write.
func (c *Client) conclude(ctx context.Context, b *bulkWrite) {
	defer rescueWrites(b)
	b.result.Operation, b.result.Err = c.created(ctx, b.req, b.got, b.err)
	if b.got != nil {
		b.result.UpstreamRequestID = readable(b.got.header.Get("request-id"), 64)
	}
	wrapCreate(&b.result.Err, b.req)
}

// rescueWrites makes the writes' own error of a panic, which would end the process here.
func rescueWrites(bulk ...*bulkWrite) {
	p := recover()
	if p == nil {
		return
	}
	for _, b := range bulk {
		b.result.Operation, b.result.Err = nil, unconfirmed("the create may have been sent", teamwork.Panicked(p))
	}
}

// unpaused returns the writes that may be sent: a batch passes the gate without a
// resource, and upstream wants some left alone, in a batch or not.
func (c *Client) unpaused(ctx context.Context, bulk []*bulkWrite) (going []*bulkWrite) {
	for _, b := range bulk {
		if left := c.gate.paused(ctx, b.write.ref.path); left > 0 {
			b.err = unsent(fromFailure(c.gate.refuse("paused", throttledFor(left))))
			continue
		}
		going = append(going, b)
	}
	return going
}

// postTogether sends one batch of writes, once, whatever happens.
func (c *Client) postTogether(ctx context.Context, bulk []*bulkWrite) {
	whole, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	fail := func(err error) {
		for _, b := range bulk {
			b.err = err
		}
	}
	if !c.timely(ctx) {
		fail(noTime())
		return
	}
	leave, err := c.enterEarly(whole, len(bulk))
	if err != nil {
		fail(unsent(fromFailure(err)))
		return
	}
	defer leave(unheard, 0) // in vain, unless something panics
	writes := make([]inner, len(bulk))
	for i, b := range bulk {
		writes[i] = inner{b.write.ref, b.write.body}
	}
	d := &departure{once: true}
	got := c.exchange(whole, d, writes)
	c.report(whole, writes, got, leave)
	if got.err != nil {
		fail(c.lost(whole, d, got.err))
		return
	}
	for i, b := range bulk {
		if got.outer != nil {
			b.err = c.failed(whole, c.refused(*got.outer))
			continue
		}
		b.got, b.err = c.taken(whole, b.write.ref, got.replies[i])
	}
}

// enterEarly passes the gate while there is time left for the writes' answers.
func (c *Client) enterEarly(ctx context.Context, n int) (func(verdict, time.Duration), error) {
	ctx, cancel := c.gate.early(ctx)
	defer cancel()
	return c.gate.enter(ctx, n, "")
}
