package msgraph

import (
	"context"
	"errors"
	"io"
	"time"
)

// report tells the gate how a batch ended.
func (c *Client) report(ctx context.Context, members []inner, got batched, leave func(verdict, time.Duration)) {
	if got.replies == nil {
		leave(got.verdictOfWhole(ctx))
		return
	}
	said := make([]told, len(got.replies))
	for i, one := range got.replies {
		said[i] = told{members[i].ref.path, one.status, retryAfter(one.header)}
		if one.status/100 == 2 { // the batch's own 200 says nothing of the token
			c.gate.prove(ctx)
		}
	}
	leave(c.gate.judge(ctx, said))
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
