package resolvers

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// together answers one field of siblings, each by its own read, all at the same time.
// The error is a list, by which gqlgen puts each at its own sibling's place.
func together[P, T any](ctx context.Context, siblings []P, read func(ctx context.Context, sibling P) (T, error)) ([]T, error) {
	values := make([]T, len(siblings))
	errs := make(graphql.BatchErrorList, len(siblings))
	teamwork.Together(ctx, len(siblings), func(i int) {
		defer rescue(ctx, &errs[i])
		values[i], errs[i] = read(ctx, siblings[i])
	})
	for _, err := range errs {
		if err != nil {
			return values, errs
		}
	}
	return values, nil
}

// rescue makes one read's error of its panic: gqlgen recovers only on goroutines of
// its own, and there once for all siblings.
func rescue(ctx context.Context, err *error) {
	if cause := recover(); cause != nil {
		*err = graphql.GetOperationContext(ctx).RecoverFunc(ctx, cause)
	}
}
