package resolvers

import (
	"context"
	"slices"
	"strconv"

	"github.com/teamwork-graphql/teamwork-graphql/graph"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// DeviceOperation tells of one operation until it is final.
func (r subscriptionResolver) DeviceOperation(ctx context.Context, by teamwork.DeviceOperationLookup) (<-chan *teamwork.DeviceOperationEvent, error) {
	key, err := by.Resolve("by")
	if err != nil {
		return nil, err
	}
	return r.follow(ctx, func(w teamwork.Watcher) (teamwork.Watch, error) { return w.WatchOperation(ctx, key) })
}

// DeviceOperations tells of all operations on some devices. A device that is named twice
// is watched once.
func (r subscriptionResolver) DeviceOperations(ctx context.Context, deviceIDs []string, filter *teamwork.DeviceOperationFilter) (<-chan *teamwork.DeviceOperationEvent, error) {
	if err := filter.Validate("filter"); err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(deviceIDs))
	for i, given := range deviceIDs {
		id, err := teamwork.ParseDeviceID(given, "deviceIds", strconv.Itoa(i))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return r.follow(ctx, func(w teamwork.Watcher) (teamwork.Watch, error) { return w.WatchOperations(ctx, ids, filter) })
}

// follow returns the events of a watch.
func (r *Resolver) follow(ctx context.Context, begin func(teamwork.Watcher) (teamwork.Watch, error)) (<-chan *teamwork.DeviceOperationEvent, error) {
	if r.Watcher == nil {
		return nil, &teamwork.Error{Kind: teamwork.Unavailable, Message: "this server does not watch operations"}
	}
	watch, err := begin(r.Watcher)
	if err != nil {
		return nil, err
	}
	return graph.Follow(ctx, watch.Next, watch.Close)
}
