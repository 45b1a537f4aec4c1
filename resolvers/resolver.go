// Package resolvers holds one short method for each field of the schema that costs
// a call. It turns GraphQL's words into Go's and calls the Service; all other
// fields are fields or methods of the nouns.
package resolvers

import (
	"context"

	"github.com/teamwork-graphql/teamwork-graphql/graph"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// Resolver answers fields from a Service.
type Resolver struct {
	Service teamwork.Service
	Cursors *Cursors
	// Watcher tells of operations that move; without one subscriptions are refused.
	Watcher teamwork.Watcher
	// NotSent, if set, hears of each create that can't be sent, and why.
	NotSent func(ctx context.Context, req teamwork.CreateOperation, err error)
}

var _ graph.ResolverRoot = (*Resolver)(nil)

type (
	queryResolver           struct{ *Resolver }
	mutationResolver        struct{ *Resolver }
	deviceResolver          struct{ *Resolver }
	deviceOperationResolver struct{ *Resolver }
	subscriptionResolver    struct{ *Resolver }
)

// Query is the door to the fields of Query.
func (r *Resolver) Query() graph.QueryResolver { return queryResolver{r} }

// Mutation is the door to the fields of Mutation.
func (r *Resolver) Mutation() graph.MutationResolver { return mutationResolver{r} }

// Subscription is the door to the fields of Subscription.
func (r *Resolver) Subscription() graph.SubscriptionResolver { return subscriptionResolver{r} }

// Device is the door to those fields of Device that cost a call.
func (r *Resolver) Device() graph.DeviceResolver { return deviceResolver{r} }

// DeviceOperation is the door to those fields of DeviceOperation that cost a call.
func (r *Resolver) DeviceOperation() graph.DeviceOperationResolver {
	return deviceOperationResolver{r}
}

// found turns "there is none" into a nil without an error.
func found[T any](value *T, err error) (*T, error) {
	if err == nil {
		return value, nil
	}
	if teamwork.KindOf(err) == teamwork.NotFound {
		return nil, nil
	}
	return nil, err
}
