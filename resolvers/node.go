package resolvers

import (
	"context"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// Node looks an object up by its global id.
func (r queryResolver) Node(ctx context.Context, id string) (teamwork.Node, error) {
	return r.node(ctx, id, "id")
}

// Nodes looks several objects up at once. One that fails is null with an error at
// its place, and the others are there.
func (r queryResolver) Nodes(ctx context.Context, ids []string) ([]teamwork.Node, error) {
	places := make([]int, len(ids))
	for i := range ids {
		places[i] = i
	}
	nodes, err := together(ctx, places, func(ctx context.Context, i int) (teamwork.Node, error) {
		return r.node(ctx, ids[i], "ids", strconv.Itoa(i))
	})
	if errs, failed := err.(graphql.BatchErrorList); failed { //nolint:errorlint // of our own making, and bare
		for i, err := range errs {
			if err != nil {
				graphql.AddError(graphql.WithPathContext(ctx, graphql.NewPathWithIndex(i)), err)
			}
		}
	}
	return nodes, nil
}

// node reads what a global id names; path names the argument. It returns a plain
// nil, never a nil pointer in an interface, when there is none.
func (r *Resolver) node(ctx context.Context, id string, path ...string) (teamwork.Node, error) {
	named, ok := teamwork.ParseGlobalID(id)
	if !ok {
		return nil, teamwork.InvalidInput(path, "%s is not the global id of anything here", strings.Join(path, "."))
	}
	if named.OperationID != "" {
		op, err := found(r.Service.Operation(ctx, teamwork.DeviceOperationKey(named)))
		if op == nil {
			return nil, err
		}
		return op, nil
	}
	dev, err := found(r.Service.Device(ctx, named.DeviceID))
	if dev == nil {
		return nil, err
	}
	return dev, nil
}
