package msgraph

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// report tells the gate how a batch ended.
func (c *Client) report(ctx context.Context, members []inner, got batched, leave func(verdict, time.Duration)) {
	if got.replies == nil {
		leave(got.verdictOfWhole(ctx))
		return
	}
	statuses := make([]int, len(got.replies))
	var longest time.Duration
	for i, said := range got.replies {
		if statuses[i] = said.status; said.status == http.StatusTooManyRequests {
			longest = max(longest, retryAfter(said.header))
		}
	}
	v := ofBatch(statuses)
	leave(v, longest)
	if v == throttled {
		return
	}
	for i, said := range got.replies {
		if wait := retryAfter(said.header); said.status == http.StatusTooManyRequests && wait > 0 {
			c.gate.pause(ctx, members[i].ref.path, wait)
		}
	}
}

// verdictOfWhole is what the failure of a batch as a whole says of upstream.
func (b batched) verdictOfWhole(ctx context.Context) (verdict, time.Duration) {
	switch {
	case b.outer != nil:
		return verdictOn(b.outer.status), retryAfter(b.outer.header)
	case !b.reached:
		return unheard, 0
	case errors.Is(b.err, errBadBatch):
		return answered, 0
	case !errors.As(b.err, new(refusal)) && !errors.Is(b.err, context.Canceled):
		err := io.ErrUnexpectedEOF // whatever azcore made of it
		if errors.Is(b.err, context.DeadlineExceeded) {
			err = context.DeadlineExceeded
		}
		return verdictOf(ctx, nil, err, b.took), 0
	}
	return unheard, 0
}
