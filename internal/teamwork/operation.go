package teamwork

// DeviceOperation is an asynchronous operation that runs, or ran, on a device:
// Microsoft's teamworkDeviceOperation.
type DeviceOperation struct {
	// OperationID is unique only within its device.
	OperationID string `json:"id"`
	// DeviceID is not in upstream's body: the request named it.
	DeviceID string `json:"deviceId,omitempty"`

	OperationTypeRaw   string          `json:"operationType"`
	StatusRaw          string          `json:"status"`
	Error              *OperationError `json:"error,omitempty"`
	CreatedBy          *IdentitySet    `json:"createdBy,omitempty"`
	CreatedDateTime    DateTime        `json:"createdDateTime,omitzero"`
	StartedDateTime    DateTime        `json:"startedDateTime,omitzero"`
	CompletedDateTime  DateTime        `json:"completedDateTime,omitzero"`
	LastActionBy       *IdentitySet    `json:"lastActionBy,omitempty"`
	LastActionDateTime DateTime        `json:"lastActionDateTime,omitzero"`
	Meta               ResourceMeta    `json:"-"`
}

// Key returns what upstream needs to find the operation again.
func (o *DeviceOperation) Key() DeviceOperationKey {
	return DeviceOperationKey{DeviceID: o.DeviceID, OperationID: o.OperationID}
}

// ID returns the global id, which holds both of upstream's ids.
func (o *DeviceOperation) ID() string { return OperationGlobalID(o.Key()) }

// OperationType folds OperationTypeRaw.
func (o *DeviceOperation) OperationType() DeviceOperationType {
	return *operationTypes.fold(o.OperationTypeRaw)
}

// Status folds StatusRaw: upstream's status is a free string, of which pages
// show several spellings.
func (o *DeviceOperation) Status() DeviceOperationStatus {
	return *operationStatuses.fold(o.StatusRaw)
}

// IsFinal reports whether the operation will not change any more. A status that
// we do not know counts as final only once a completion time is set: otherwise a
// new word for "under way" would be remembered for good.
func (o *DeviceOperation) IsFinal() bool {
	switch o.Status() {
	case StatusSuccessful, StatusFailed, StatusCancelled:
		return true
	case StatusUnknownFutureValue:
		return !o.CompletedDateTime.IsZero()
	}
	return false
}

// DeviceOperationKey names an operation upstream.
type DeviceOperationKey struct {
	DeviceID    string
	OperationID string
}

// OperationError says why an operation failed. Upstream also sends one without a
// code for operations that succeeded.
type OperationError struct {
	Code    *string `json:"code,omitempty"`
	Message *string `json:"message,omitempty"`
}

// DeviceOperationType says what an operation does to its device: Microsoft's
// teamworkDeviceOperationType.
type DeviceOperationType string

// The words of DeviceOperationType, spelled as on the wire.
const (
	DeviceRestart                     DeviceOperationType = "deviceRestart"
	ConfigUpdate                      DeviceOperationType = "configUpdate"
	DeviceDiagnostics                 DeviceOperationType = "deviceDiagnostics"
	SoftwareUpdate                    DeviceOperationType = "softwareUpdate"
	DeviceManagementAgentConfigUpdate DeviceOperationType = "deviceManagementAgentConfigUpdate"
	RemoteLogin                       DeviceOperationType = "remoteLogin"
	RemoteLogout                      DeviceOperationType = "remoteLogout"
	OperationTypeUnknownFutureValue   DeviceOperationType = "unknownFutureValue"
)

var operationTypes = newVocabulary(OperationTypeUnknownFutureValue,
	DeviceRestart, ConfigUpdate, DeviceDiagnostics, SoftwareUpdate,
	DeviceManagementAgentConfigUpdate, RemoteLogin, RemoteLogout)

// DeviceOperationStatus says how far an operation is. Microsoft has no type for
// it: these are the words of its documentation.
type DeviceOperationStatus string

// The words of DeviceOperationStatus, spelled as upstream wants them written.
const (
	StatusQueued             DeviceOperationStatus = "Queued"
	StatusScheduled          DeviceOperationStatus = "Scheduled"
	StatusInProgress         DeviceOperationStatus = "InProgress"
	StatusSuccessful         DeviceOperationStatus = "Successful"
	StatusCancelled          DeviceOperationStatus = "Cancelled"
	StatusFailed             DeviceOperationStatus = "Failed"
	StatusUnknownFutureValue DeviceOperationStatus = "UnknownFutureValue"
)

var operationStatuses = newOperationStatuses()

// newOperationStatuses knows the words of the resource page, and those that the
// action pages use instead.
func newOperationStatuses() vocabulary[DeviceOperationStatus] {
	v := newVocabulary(StatusUnknownFutureValue,
		StatusQueued, StatusScheduled, StatusInProgress,
		StatusSuccessful, StatusCancelled, StatusFailed)
	v.add("Succeeded", StatusSuccessful)
	v.add("Canceled", StatusCancelled)
	return v
}
