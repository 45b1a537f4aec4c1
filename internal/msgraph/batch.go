package msgraph

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// maxMembers is how many requests upstream takes in a batch.
const maxMembers = 20

// maxBatchBody bounds a batch's answer: one member may be as long as an answer on its
// own, and the others too, together.
const maxBatchBody = 2 * maxBody

// batchRoute is not among Routes: nothing in the schema comes from it.
var batchRoute = route{http.MethodPost, "/$batch", ""}

// inner is a request in a batch. A nil body makes it a read.
type inner struct {
	ref  ref
	body json.RawMessage
}

func (in inner) method() string {
	if in.body == nil {
		return http.MethodGet
	}
	return http.MethodPost
}

// batched is what became of a batch.
type batched struct {
	// replies are in the order of the members; nil when the batch failed as a whole.
	replies []reply
	// outer is what upstream said instead of a batch; nil when it did not.
	outer *reply
	// err says why there is neither.
	err error
	// reached says that the transport had it, and took how long it took.
	reached bool
	took    time.Duration
}

// exchange sends a batch, once. The gate must have been passed.
func (c *Client) exchange(ctx context.Context, d *departure, members []inner) (got batched) {
	began := time.Now()
	defer func() {
		got.reached, got.took = d.reached.Load(), time.Since(began)
		c.observeInner(members, got)
	}()
	d.bound = maxBatchBody
	body, err := encodeBatch(members)
	if err != nil {
		return batched{err: err}
	}
	outer, err := c.send(ctx, d, ref{path: batchRoute.template}, body)
	if err != nil {
		return batched{err: err}
	}
	// Older text has 424 for a batch that holds a 429.
	if outer.status != http.StatusOK && outer.status != http.StatusFailedDependency {
		return batched{outer: &outer}
	}
	replies, err := decodeBatch(outer, members)
	for i, said := range replies {
		c.status.heed(said.header, members[i].ref.path)
	}
	return batched{replies: replies, err: err}
}

// failure is the error that a batch's failure as a whole is to each of its reads.
func (c *Client) failure(got batched) error {
	if got.outer == nil {
		return fromFailure(got.err)
	}
	return withoutBatches(c.fromAnswer(ref{path: batchRoute.template}, *got.outer))
}

// refused is the error that upstream's answer to a batch as a whole is to each of its
// writes.
func (c *Client) refused(outer reply) error {
	return withoutBatches(c.fromRefusal(ref{path: batchRoute.template}, outer))
}

// withoutBatches tells batches that are not there from members that are not.
func withoutBatches(e *teamwork.Error) *teamwork.Error {
	if e.Kind == teamwork.NotFound {
		e.Kind, e.Message = teamwork.Unavailable, "Microsoft Graph takes no batches, or GRAPH_URL is not its version root"
	}
	return e
}
