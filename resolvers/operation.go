package resolvers

import (
	"context"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// Device reads the device that each operation runs on.
func (r deviceOperationResolver) Device(ctx context.Context, objs []*teamwork.DeviceOperation) ([]*teamwork.Device, error) {
	return together(ctx, objs, func(ctx context.Context, obj *teamwork.DeviceOperation) (*teamwork.Device, error) {
		return found(r.Service.Device(ctx, obj.DeviceID))
	})
}

// operations pages through the operations of a device.
func (r *Resolver) operations(ctx context.Context, deviceID string, first int, after *string, filter *teamwork.DeviceOperationFilter) (*teamwork.DeviceOperationConnection, error) {
	if err := filter.Validate("filter"); err != nil {
		return nil, err
	}
	return found(connect(ctx, r.Cursors, search[teamwork.DeviceOperation]{
		scope: scopeOf("operations", deviceID, filter),
		first: first,
		after: after,
		fetch: func(ctx context.Context, from position) (*teamwork.Page[teamwork.DeviceOperation], error) {
			return r.Service.Operations(ctx, teamwork.OperationsRequest{DeviceID: deviceID, Top: from.top, Page: from.token})
		},
		keep: filter.Keeps,
		meta: func(p *teamwork.Page[teamwork.DeviceOperation]) teamwork.ResourceMeta { return p.Meta },
	}))
}
