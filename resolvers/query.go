package resolvers

import (
	"context"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// Device looks one device up.
func (r queryResolver) Device(ctx context.Context, by teamwork.DeviceLookup) (*teamwork.Device, error) {
	deviceID, err := by.Resolve("by")
	if err != nil {
		return nil, err
	}
	return found(r.Service.Device(ctx, deviceID))
}

// Devices pages through the tenant's devices.
func (r queryResolver) Devices(ctx context.Context, first int, after *string, filter *teamwork.DeviceFilter) (*teamwork.DeviceConnection, error) {
	return found(connect(ctx, r.Cursors, search[teamwork.Device]{
		scope: scopeOf("devices", filter),
		first: first,
		after: after,
		fetch: func(ctx context.Context, from position) (*teamwork.Page[teamwork.Device], error) {
			return r.Service.Devices(ctx, teamwork.DevicesRequest{Filter: filter, Top: from.top, Page: from.token})
		},
		meta: func(p *teamwork.Page[teamwork.Device]) teamwork.ResourceMeta { return p.Meta },
	}))
}

// DeviceOperation looks one operation up.
func (r queryResolver) DeviceOperation(ctx context.Context, by teamwork.DeviceOperationLookup) (*teamwork.DeviceOperation, error) {
	key, err := by.Resolve("by")
	if err != nil {
		return nil, err
	}
	return found(r.Service.Operation(ctx, key))
}

// DeviceOperations pages through a device's operations without reading the device.
func (r queryResolver) DeviceOperations(ctx context.Context, deviceID string, first int, after *string, filter *teamwork.DeviceOperationFilter) (*teamwork.DeviceOperationConnection, error) {
	id, err := teamwork.ParseDeviceID(deviceID, "deviceId")
	if err != nil {
		return nil, err
	}
	return r.operations(ctx, id, first, after, filter)
}

// UpstreamStatus tells what is known without asking.
func (r queryResolver) UpstreamStatus(ctx context.Context) (*teamwork.UpstreamStatus, error) {
	return r.Service.Status(ctx), nil
}
