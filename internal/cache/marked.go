package cache

import (
	"context"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

type partitionKey struct{}

// marking is whose answers these are, by the marks that were known when they were asked for.
type marking struct {
	partition string // of what was asked for
	plain     string // without marks
	marks     *marks
}

// memberOf returns the partition of a device on a page, for who asked for the page. What
// was forgotten since gets its old name, under which nobody asks for it.
func memberOf(ctx context.Context, page, deviceID string) string {
	if m, marked := ctx.Value(partitionKey{}).(*marking); marked {
		return m.marks.partition(m.plain, deviceID)
	}
	return page
}

// plainPartition is a partition without the marks that were known when it was asked for.
func plainPartition(ctx context.Context, partition string) string {
	if m, marked := ctx.Value(partitionKey{}).(*marking); marked {
		return m.plain
	}
	return partition
}

// partitionNow is the name under which a partition's answers about a device are asked for,
// by the marks that are known now.
func (s *Service) partitionNow(plain, deviceID string) string {
	if m := s.marks.Load(); m != nil {
		return m.partition(plain, deviceID)
	}
	return plain
}

// marked returns a context whose answers are kept under the partition's name with the
// marks of a device. The Caller stays as it is: to the floors below it is the same one.
func (a *Admin) marked(ctx context.Context, deviceID string) context.Context {
	marks := a.s.marks.Load()
	if marks.newest() == 0 {
		return ctx
	}
	plain := partitionOf(ctx)
	partition := marks.partition(plain, deviceID)
	if partition == plain {
		return ctx
	}
	return context.WithValue(ctx, partitionKey{}, &marking{partition, plain, marks})
}

// Devices returns one page of the tenant's devices.
func (a *Admin) Devices(ctx context.Context, req teamwork.DevicesRequest) (*teamwork.Page[teamwork.Device], error) {
	return a.s.Devices(a.marked(ctx, ""), req)
}

// Device returns one device.
func (a *Admin) Device(ctx context.Context, deviceID string) (*teamwork.Device, error) {
	return a.s.Device(a.marked(ctx, deviceID), deviceID)
}

// Activity returns the peripherals that a device is using.
func (a *Admin) Activity(ctx context.Context, deviceID string) (*teamwork.DeviceActivity, error) {
	return a.s.Activity(a.marked(ctx, deviceID), deviceID)
}

// Configuration returns a device's settings.
func (a *Admin) Configuration(ctx context.Context, deviceID string) (*teamwork.DeviceConfiguration, error) {
	return a.s.Configuration(a.marked(ctx, deviceID), deviceID)
}

// Health returns the state of a device and of its parts.
func (a *Admin) Health(ctx context.Context, deviceID string) (*teamwork.DeviceHealth, error) {
	return a.s.Health(a.marked(ctx, deviceID), deviceID)
}

// Operations returns one page of a device's operations.
func (a *Admin) Operations(ctx context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
	return a.s.Operations(a.marked(ctx, req.DeviceID), req)
}

// Operation returns one operation.
func (a *Admin) Operation(ctx context.Context, key teamwork.DeviceOperationKey) (*teamwork.DeviceOperation, error) {
	return a.s.Operation(a.marked(ctx, key.DeviceID), key)
}

// CreateOperation lets the write through, which forgets the device.
func (a *Admin) CreateOperation(ctx context.Context, req teamwork.CreateOperation) (*teamwork.DeviceOperation, error) {
	return a.s.CreateOperation(a.marked(ctx, req.DeviceID), req)
}

// CreateOperations lets the writes through, which forgets their devices.
func (a *Admin) CreateOperations(ctx context.Context, reqs []teamwork.CreateOperation) []teamwork.CreateResult {
	return a.s.createMany(ctx, reqs, func(deviceID string) context.Context { return a.marked(ctx, deviceID) })
}
