package teamwork

import (
	"context"
	"time"
)

// Until returns a context that ends at deadline, or ctx itself where that ends by then
// anyway: a timer less. What is done with it must be over when its caller returns, since
// cancel may do nothing.
func Until(ctx context.Context, deadline time.Time) (until context.Context, cancel context.CancelFunc) {
	if ends, bounded := ctx.Deadline(); bounded && !ends.After(deadline) {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline)
}
