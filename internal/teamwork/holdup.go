package teamwork

import "context"

type holdupKey struct{}

// WithHoldup returns a context whose reads call note when upstream makes them wait, with
// the error that one without the time for it would get: it says for how long. It may be
// called more than once, and must be quick.
func WithHoldup(ctx context.Context, note func(*Error)) context.Context {
	return context.WithValue(ctx, holdupKey{}, note)
}

// HeldUp tells whoever wants to know that a read of ctx waits for upstream.
func HeldUp(ctx context.Context, err *Error) {
	if note, wanted := ctx.Value(holdupKey{}).(func(*Error)); wanted {
		note(err)
	}
}
