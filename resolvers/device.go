package resolvers

import (
	"context"
	"slices"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// Activity reads the peripherals in use.
func (r deviceResolver) Activity(ctx context.Context, objs []*teamwork.Device) ([]*teamwork.DeviceActivity, error) {
	return together(ctx, objs, func(ctx context.Context, obj *teamwork.Device) (*teamwork.DeviceActivity, error) {
		return found(r.Service.Activity(ctx, obj.DeviceID))
	})
}

// Configuration reads the settings.
func (r deviceResolver) Configuration(ctx context.Context, objs []*teamwork.Device) ([]*teamwork.DeviceConfiguration, error) {
	return together(ctx, objs, func(ctx context.Context, obj *teamwork.Device) (*teamwork.DeviceConfiguration, error) {
		return found(r.Service.Configuration(ctx, obj.DeviceID))
	})
}

// Health reads the state of the parts.
func (r deviceResolver) Health(ctx context.Context, objs []*teamwork.Device) ([]*teamwork.DeviceHealth, error) {
	return together(ctx, objs, func(ctx context.Context, obj *teamwork.Device) (*teamwork.DeviceHealth, error) {
		return found(r.Service.Health(ctx, obj.DeviceID))
	})
}

// Operations pages through each device's operations.
func (r deviceResolver) Operations(ctx context.Context, objs []*teamwork.Device, first int, after *string, filter *teamwork.DeviceOperationFilter) ([]*teamwork.DeviceOperationConnection, error) {
	return together(ctx, objs, func(ctx context.Context, obj *teamwork.Device) (*teamwork.DeviceOperationConnection, error) {
		return r.operations(ctx, obj.DeviceID, first, after, filter)
	})
}

// LatestOperation picks the operation created last from each device's first page.
func (r deviceResolver) LatestOperation(ctx context.Context, objs []*teamwork.Device, operationTypes []teamwork.DeviceOperationType) ([]*teamwork.DeviceOperation, error) {
	return together(ctx, objs, func(ctx context.Context, obj *teamwork.Device) (*teamwork.DeviceOperation, error) {
		page, err := found(r.Service.Operations(ctx, teamwork.OperationsRequest{DeviceID: obj.DeviceID, Top: teamwork.DefaultPage}))
		if page == nil {
			return nil, err
		}
		return latest(page.Items, operationTypes), nil
	})
}

// latest returns the operation with the latest creation time, of the given types
// if any are named. Among equals, and where no time is known, upstream's order
// decides: newest first.
func latest(ops []*teamwork.DeviceOperation, types []teamwork.DeviceOperationType) *teamwork.DeviceOperation {
	var newest *teamwork.DeviceOperation
	for _, op := range ops {
		if len(types) > 0 && !slices.Contains(types, op.OperationType()) {
			continue
		}
		if newest == nil || op.CreatedDateTime.After(newest.CreatedDateTime.Time) {
			newest = op
		}
	}
	return newest
}
