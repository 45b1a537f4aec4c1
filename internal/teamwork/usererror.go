package teamwork

// UserErrorCode is the stable code of a UserError.
type UserErrorCode string

// The codes of user errors, spelled as in the schema.
const (
	CodeInvalidInput           UserErrorCode = "INVALID_INPUT"
	CodeDeviceNotFound         UserErrorCode = "DEVICE_NOT_FOUND"
	CodeOperationAlreadyQueued UserErrorCode = "OPERATION_ALREADY_QUEUED"
	CodePermissionDenied       UserErrorCode = "PERMISSION_DENIED"
	CodeThrottled              UserErrorCode = "THROTTLED"
	CodeUpstreamRejected       UserErrorCode = "UPSTREAM_REJECTED"
	CodeUpstreamUnavailable    UserErrorCode = "UPSTREAM_UNAVAILABLE"
	CodeOutcomeUnknown         UserErrorCode = "OUTCOME_UNKNOWN"
	CodeIdempotencyKeyReused   UserErrorCode = "IDEMPOTENCY_KEY_REUSED"
)

// UserError is a problem that the caller can act on, returned as data by a
// mutation.
type UserError interface{ Code() UserErrorCode }

// CreateDeviceOperationError is a UserError that a create can end in.
type CreateDeviceOperationError interface {
	UserError
	createDeviceOperationError()
}

// Problem is what all user errors share.
type Problem struct {
	// Message is for people; it may change.
	Message string
	// Path names the input at fault; nil when none is.
	Path []string
}

func (Problem) createDeviceOperationError() {}

// InvalidInputError says which input is wrong. Nothing was sent.
type InvalidInputError struct{ Problem }

// DeviceNotFoundError says that upstream has no such device.
type DeviceNotFoundError struct {
	Problem
	DeviceID string
}

// OperationAlreadyQueuedError is upstream's 409.
type OperationAlreadyQueuedError struct {
	Problem
	// ExistingOperation is the one in the way; nil when it could not be found.
	ExistingOperation *DeviceOperation
}

// PermissionDeniedError says that the caller may not do this.
type PermissionDeniedError struct {
	Problem
	// RequiredScopes holds lists, any one of which would do.
	RequiredScopes [][]string
}

// ThrottledError says when to come back.
type ThrottledError struct {
	Problem
	RetryAfterSeconds int
}

// UpstreamRejectedError is a refusal that is upstream's own.
type UpstreamRejectedError struct {
	Problem
	UpstreamCode      *string
	UpstreamRequestID *string
}

// UpstreamUnavailableError says that nothing was sent, or that upstream answered so. Only
// where its message says the former is it surely safe to try again.
type UpstreamUnavailableError struct {
	Problem
	RetryAfterSeconds *int
}

// OutcomeUnknownError says that the operation may exist: look before trying again.
type OutcomeUnknownError struct {
	Problem
	// Candidates are the operations of the kind that appeared since the request
	// was sent.
	Candidates []*DeviceOperation
}

// IdempotencyKeyReusedError says that the key was used with another input. Nothing was
// sent.
type IdempotencyKeyReusedError struct{ Problem }

// Code returns CodeInvalidInput.
func (*InvalidInputError) Code() UserErrorCode { return CodeInvalidInput }

// Code returns CodeDeviceNotFound.
func (*DeviceNotFoundError) Code() UserErrorCode { return CodeDeviceNotFound }

// Code returns CodeOperationAlreadyQueued.
func (*OperationAlreadyQueuedError) Code() UserErrorCode { return CodeOperationAlreadyQueued }

// Code returns CodePermissionDenied.
func (*PermissionDeniedError) Code() UserErrorCode { return CodePermissionDenied }

// Code returns CodeThrottled.
func (*ThrottledError) Code() UserErrorCode { return CodeThrottled }

// Code returns CodeUpstreamRejected.
func (*UpstreamRejectedError) Code() UserErrorCode { return CodeUpstreamRejected }

// Code returns CodeUpstreamUnavailable.
func (*UpstreamUnavailableError) Code() UserErrorCode { return CodeUpstreamUnavailable }

// Code returns CodeOutcomeUnknown.
func (*OutcomeUnknownError) Code() UserErrorCode { return CodeOutcomeUnknown }

// Code returns CodeIdempotencyKeyReused.
func (*IdempotencyKeyReusedError) Code() UserErrorCode { return CodeIdempotencyKeyReused }
