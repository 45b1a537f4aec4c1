package teamwork

import "context"

// Service is what the Teams device API can do. Each room that implements it may
// stand before another: what it returns may be remembered and shared, so it must
// not be changed.
//
// A read of one thing that is not there returns an Error of kind NotFound. Ids
// are upstream's own.
type Service interface {
	// Devices returns one page of the tenant's devices.
	Devices(ctx context.Context, req DevicesRequest) (*Page[Device], error)
	// Device returns one device.
	Device(ctx context.Context, deviceID string) (*Device, error)
	// Activity returns the peripherals that a device is using.
	Activity(ctx context.Context, deviceID string) (*DeviceActivity, error)
	// Configuration returns a device's settings, without its secrets.
	Configuration(ctx context.Context, deviceID string) (*DeviceConfiguration, error)
	// Health returns the state of a device and of its parts.
	Health(ctx context.Context, deviceID string) (*DeviceHealth, error)
	// Operations returns one page of a device's operations, in upstream's order,
	// which is newest first.
	Operations(ctx context.Context, req OperationsRequest) (*Page[DeviceOperation], error)
	// Operation returns one operation.
	Operation(ctx context.Context, key DeviceOperationKey) (*DeviceOperation, error)
	// CreateOperation creates an operation. An Error of kind OutcomeUnknown says
	// that it may exist; of any other kind, that it does not, as far as upstream
	// can be believed.
	CreateOperation(ctx context.Context, req CreateOperation) (*DeviceOperation, error)
	// CreateOperations creates many, each of which succeeds or fails on its own as by
	// CreateOperation. The results are in the order of reqs, one for each.
	CreateOperations(ctx context.Context, reqs []CreateOperation) []CreateResult
	// Status tells what is known of upstream, at no cost.
	Status(ctx context.Context) *UpstreamStatus
}

// DevicesRequest asks for one page of devices.
type DevicesRequest struct {
	// Filter is nil for all devices.
	Filter *DeviceFilter
	// Top is the page size to ask for, 1 to 50. It does not matter with a Page.
	Top int
	// Page is the token of the page, "" for the first.
	Page string
}

// OperationsRequest asks for one page of a device's operations.
type OperationsRequest struct {
	DeviceID string
	// Top is the page size to ask for, 1 to 50. It does not matter with a Page.
	Top int
	// Page is the token of the page, "" for the first.
	Page string
}

// DeviceFilter is the one condition that upstream can filter devices by: exactly
// one field is set.
type DeviceFilter struct {
	DeviceType       *DeviceType
	HardwareUniqueID *string
	CurrentUserID    *string
}
