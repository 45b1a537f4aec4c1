package teamwork

import (
	"context"
	"sync"
)

// Gatherer joins the reads of one request into batches. One may stand in the context
// of each request.
type Gatherer interface {
	// Expect says that n reads are about to be made with the request's context, and
	// returns what to call, once for each, when one is over. A read that was answered
	// without upstream is over like any other.
	Expect(n int) (over func())
}

type gathererKey struct{}

// WithGatherer returns a context whose reads g joins.
func WithGatherer(ctx context.Context, g Gatherer) context.Context {
	return context.WithValue(ctx, gathererKey{}, g)
}

// GathererFrom returns the context's Gatherer, nil when it has none.
func GathererFrom(ctx context.Context) Gatherer {
	g, _ := ctx.Value(gathererKey{}).(Gatherer)
	return g
}

type aloneKey struct{}

// Alone returns a context of which nothing else is read while its own reads last, but for
// what a Gatherer is told of: they need not look for others to go with.
func Alone(ctx context.Context) context.Context { return context.WithValue(ctx, aloneKey{}, true) }

// InCompany returns a context of which that is said no longer.
func InCompany(ctx context.Context) context.Context {
	if !IsAlone(ctx) {
		return ctx
	}
	return context.WithValue(ctx, aloneKey{}, false)
}

// IsAlone reports whether that was said of the context.
func IsAlone(ctx context.Context) bool {
	alone, _ := ctx.Value(aloneKey{}).(bool)
	return alone
}

// Together calls read with each index below n, all at the same time, and returns when
// all have. The Gatherer knows that they belong together. A read must not panic.
func Together(ctx context.Context, n int, read func(i int)) {
	over := func() {}
	if g := GathererFrom(ctx); g != nil {
		over = g.Expect(n)
	}
	if n == 1 {
		defer over()
		read(0)
		return
	}
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			StackAhead()
			defer over()
			read(i)
		})
	}
	all.Wait()
}

// Each calls f with each index below n, atOnce of them at a time, and returns when all
// are over: what all need has room for others then. f must not panic.
func Each(n, atOnce int, f func(i int)) {
	if n == 1 {
		f(0)
		return
	}
	var all sync.WaitGroup
	turns := make(chan struct{}, atOnce)
	for i := range n {
		turns <- struct{}{}
		all.Go(func() {
			StackAhead()
			defer func() { <-turns }()
			f(i)
		})
	}
	all.Wait()
}
