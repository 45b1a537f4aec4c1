package teamwork

// Device is a Teams-enabled device: Microsoft's teamworkDevice. Words that
// upstream may add to are kept as it spelled them, in the …Raw fields; the
// methods of the same name without Raw fold them into the words we know.
type Device struct {
	DeviceID             string         `json:"id"`
	DeviceTypeRaw        string         `json:"deviceType"`
	HealthStatusRaw      *string        `json:"healthStatus,omitempty"`
	ActivityStateRaw     *string        `json:"activityState,omitempty"`
	CompanyAssetTag      *string        `json:"companyAssetTag,omitempty"`
	Notes                *string        `json:"notes,omitempty"`
	CurrentUser          *UserIdentity  `json:"currentUser,omitempty"`
	HardwareDetail       HardwareDetail `json:"hardwareDetail,omitzero"`
	CreatedBy            *IdentitySet   `json:"createdBy,omitempty"`
	CreatedDateTime      DateTime       `json:"createdDateTime,omitzero"`
	LastModifiedBy       *IdentitySet   `json:"lastModifiedBy,omitempty"`
	LastModifiedDateTime DateTime       `json:"lastModifiedDateTime,omitzero"`
	Meta                 ResourceMeta   `json:"-"`
}

// ID returns the global id, which holds the device's id but no tenant: it is a
// name, not a capability.
func (d *Device) ID() string { return DeviceGlobalID(d.DeviceID) }

// DeviceType folds DeviceTypeRaw; it is DeviceTypeUnknownFutureValue for a word
// newer than this program.
func (d *Device) DeviceType() DeviceType { return *deviceTypes.fold(d.DeviceTypeRaw) }

// HealthStatus folds HealthStatusRaw; nil when upstream gave none.
func (d *Device) HealthStatus() *DeviceHealthStatus {
	return deviceHealthStatuses.foldNullable(d.HealthStatusRaw)
}

// ActivityState folds ActivityStateRaw; nil when upstream gave none.
func (d *Device) ActivityState() *DeviceActivityState {
	return deviceActivityStates.foldNullable(d.ActivityStateRaw)
}

// HardwareDetail identifies the hardware: Microsoft's teamworkHardwareDetail.
type HardwareDetail struct {
	// MACAddresses may carry a prefix before a colon, such as "Ethernet:".
	MACAddresses []string `json:"macAddresses,omitempty"`
	Manufacturer *string  `json:"manufacturer,omitempty"`
	Model        *string  `json:"model,omitempty"`
	SerialNumber *string  `json:"serialNumber,omitempty"`
	UniqueID     *string  `json:"uniqueId,omitempty"`
}

// DeviceType says what kind of device it is: Microsoft's teamworkDeviceType,
// with sipAnalog, which is documented but stands in no metadata.
type DeviceType string

// The words of DeviceType, spelled as on the wire.
const (
	DeviceTypeUnknown            DeviceType = "unknown"
	DeviceTypeIPPhone            DeviceType = "ipPhone"
	DeviceTypeTeamsRoom          DeviceType = "teamsRoom"
	DeviceTypeSurfaceHub         DeviceType = "surfaceHub"
	DeviceTypeCollaborationBar   DeviceType = "collaborationBar"
	DeviceTypeTeamsDisplay       DeviceType = "teamsDisplay"
	DeviceTypeTouchConsole       DeviceType = "touchConsole"
	DeviceTypeLowCostPhone       DeviceType = "lowCostPhone"
	DeviceTypeTeamsPanel         DeviceType = "teamsPanel"
	DeviceTypeSIP                DeviceType = "sip"
	DeviceTypeSIPAnalog          DeviceType = "sipAnalog"
	DeviceTypeUnknownFutureValue DeviceType = "unknownFutureValue"
)

var deviceTypes = newVocabulary(DeviceTypeUnknownFutureValue,
	DeviceTypeUnknown, DeviceTypeIPPhone, DeviceTypeTeamsRoom, DeviceTypeSurfaceHub,
	DeviceTypeCollaborationBar, DeviceTypeTeamsDisplay, DeviceTypeTouchConsole,
	DeviceTypeLowCostPhone, DeviceTypeTeamsPanel, DeviceTypeSIP, DeviceTypeSIPAnalog)

// DeviceHealthStatus is Microsoft's teamworkDeviceHealthStatus.
type DeviceHealthStatus string

// The words of DeviceHealthStatus, spelled as on the wire.
const (
	DeviceHealthStatusUnknown            DeviceHealthStatus = "unknown"
	DeviceHealthStatusOffline            DeviceHealthStatus = "offline"
	DeviceHealthStatusCritical           DeviceHealthStatus = "critical"
	DeviceHealthStatusNonUrgent          DeviceHealthStatus = "nonUrgent"
	DeviceHealthStatusHealthy            DeviceHealthStatus = "healthy"
	DeviceHealthStatusUnknownFutureValue DeviceHealthStatus = "unknownFutureValue"
)

var deviceHealthStatuses = newVocabulary(DeviceHealthStatusUnknownFutureValue,
	DeviceHealthStatusUnknown, DeviceHealthStatusOffline, DeviceHealthStatusCritical,
	DeviceHealthStatusNonUrgent, DeviceHealthStatusHealthy)

// DeviceActivityState is Microsoft's teamworkDeviceActivityState.
type DeviceActivityState string

// The words of DeviceActivityState, spelled as on the wire.
const (
	DeviceActivityStateUnknown            DeviceActivityState = "unknown"
	DeviceActivityStateBusy               DeviceActivityState = "busy"
	DeviceActivityStateIdle               DeviceActivityState = "idle"
	DeviceActivityStateUnavailable        DeviceActivityState = "unavailable"
	DeviceActivityStateUnknownFutureValue DeviceActivityState = "unknownFutureValue"
)

var deviceActivityStates = newVocabulary(DeviceActivityStateUnknownFutureValue,
	DeviceActivityStateUnknown, DeviceActivityStateBusy, DeviceActivityStateIdle,
	DeviceActivityStateUnavailable)
