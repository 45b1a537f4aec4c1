package teamwork

import (
	"slices"
	"strconv"
	"strings"
)

// MaxBulk is how many devices one bulk create may name.
const MaxBulk = 200

// CreateOperationsInput asks for the same operation on many devices.
type CreateOperationsInput struct {
	// DeviceIDs are global ids of devices, or upstream's own.
	DeviceIDs      []string
	OperationType  DeviceOperationType
	Status         DeviceOperationStatus
	SoftwareUpdate *SoftwareUpdateRequest
	// IdempotencyKey is the caller's name for each of the creates, nil for none.
	IdempotencyKey *string
}

// On returns the create for one of the devices, by upstream's own id.
func (in *CreateOperationsInput) On(deviceID string) CreateOperation {
	return CreateOperation{
		DeviceID: deviceID, OperationType: in.OperationType, Status: in.Status,
		SoftwareUpdate: in.SoftwareUpdate, IdempotencyKey: in.IdempotencyKey,
	}
}

// Validate returns an error of kind Invalid that names the first input that is wrong
// for all devices, below path. What is wrong with one device's id is that one's.
func (in *CreateOperationsInput) Validate(path ...string) error {
	if n := len(in.DeviceIDs); n < 1 || n > MaxBulk {
		at := append(slices.Clone(path), "deviceIds")
		return InvalidInput(at, "%s must have 1 to %d items", strings.Join(at, "."), MaxBulk)
	}
	one := in.On("any")
	return one.Validate(path...)
}

// DeviceIDPath names one of the ids in an error.
func (in *CreateOperationsInput) DeviceIDPath(i int, path ...string) []string {
	return append(slices.Clone(path), "deviceIds", strconv.Itoa(i))
}

// CreateOperationsPayload is what a bulk create ends in: either results, one for each
// id of the input in its order, or errors of the request as a whole.
type CreateOperationsPayload struct {
	Results    []*CreateOperationsResult
	UserErrors []CreateDeviceOperationError
	// Replayed says that all results are those of an earlier request with the same
	// idempotency key.
	Replayed bool
}

// CreateOperationsResult is one device's: DeviceOperation is nil exactly when
// UserErrors is not empty.
type CreateOperationsResult struct {
	DeviceID        string
	DeviceOperation *DeviceOperation
	UserErrors      []CreateDeviceOperationError
}
