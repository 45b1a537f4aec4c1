package teamwork

import (
	"context"
	"time"
)

type notBeforeKey struct{}

// NotBefore returns a context whose reads want nothing that was fetched before t, and
// would rather have an error: they pass by what is remembered, and what they bring is
// remembered for the others.
func NotBefore(ctx context.Context, t time.Time) context.Context {
	return context.WithValue(ctx, notBeforeKey{}, t)
}

// NotBeforeFrom returns that time, zero when any answer will do.
func NotBeforeFrom(ctx context.Context) time.Time {
	t, _ := ctx.Value(notBeforeKey{}).(time.Time)
	return t
}
