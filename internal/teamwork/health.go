package teamwork

// DeviceHealth says how a device and its peripherals are: Microsoft's
// teamworkDeviceHealth.
type DeviceHealth struct {
	Connection           ConnectionState       `json:"connection,omitzero"`
	HardwareHealth       *HardwareHealth       `json:"hardwareHealth,omitempty"`
	LoginStatus          *LoginStatus          `json:"loginStatus,omitempty"`
	PeripheralsHealth    *PeripheralsHealth    `json:"peripheralsHealth,omitempty"`
	SoftwareUpdateHealth *SoftwareUpdateHealth `json:"softwareUpdateHealth,omitempty"`
	CreatedBy            *IdentitySet          `json:"createdBy,omitempty"`
	CreatedDateTime      DateTime              `json:"createdDateTime,omitzero"`
	LastModifiedBy       *IdentitySet          `json:"lastModifiedBy,omitempty"`
	LastModifiedDateTime DateTime              `json:"lastModifiedDateTime,omitzero"`
	Meta                 ResourceMeta          `json:"-"`
}

// ConnectionState is Microsoft's teamworkConnection; the name Connection means
// edges in GraphQL.
type ConnectionState struct {
	ConnectionStatus     *ConnectionStatus `json:"connectionStatus,omitempty"`
	LastModifiedDateTime DateTime          `json:"lastModifiedDateTime,omitzero"`
}

// HardwareHealth is Microsoft's teamworkHardwareHealth.
type HardwareHealth struct {
	ComputeHealth    *PeripheralHealth `json:"computeHealth,omitempty"`
	HdmiIngestHealth *PeripheralHealth `json:"hdmiIngestHealth,omitempty"`
}

// PeripheralHealth is Microsoft's teamworkPeripheralHealth. Upstream leaves
// optional peripherals out when it computes a device's health.
type PeripheralHealth struct {
	Connection *ConnectionState `json:"connection,omitempty"`
	IsOptional *bool            `json:"isOptional,omitempty"`
	Peripheral *Peripheral      `json:"peripheral,omitempty"`
}

// LoginStatus is Microsoft's teamworkLoginStatus.
type LoginStatus struct {
	ExchangeConnection *ConnectionState `json:"exchangeConnection,omitempty"`
	SkypeConnection    *ConnectionState `json:"skypeConnection,omitempty"`
	TeamsConnection    *ConnectionState `json:"teamsConnection,omitempty"`
}

// PeripheralsHealth is Microsoft's teamworkPeripheralsHealth.
type PeripheralsHealth struct {
	CommunicationSpeakerHealth *PeripheralHealth   `json:"communicationSpeakerHealth,omitempty"`
	ContentCameraHealth        *PeripheralHealth   `json:"contentCameraHealth,omitempty"`
	DisplayHealthCollection    []*PeripheralHealth `json:"displayHealthCollection,omitempty"`
	MicrophoneHealth           *PeripheralHealth   `json:"microphoneHealth,omitempty"`
	RoomCameraHealth           *PeripheralHealth   `json:"roomCameraHealth,omitempty"`
	SpeakerHealth              *PeripheralHealth   `json:"speakerHealth,omitempty"`
}

// SoftwareUpdateHealth is Microsoft's teamworkSoftwareUpdateHealth.
type SoftwareUpdateHealth struct {
	AdminAgentSoftwareUpdateStatus      *SoftwareUpdateStatus `json:"adminAgentSoftwareUpdateStatus,omitempty"`
	CompanyPortalSoftwareUpdateStatus   *SoftwareUpdateStatus `json:"companyPortalSoftwareUpdateStatus,omitempty"`
	FirmwareSoftwareUpdateStatus        *SoftwareUpdateStatus `json:"firmwareSoftwareUpdateStatus,omitempty"`
	OperatingSystemSoftwareUpdateStatus *SoftwareUpdateStatus `json:"operatingSystemSoftwareUpdateStatus,omitempty"`
	PartnerAgentSoftwareUpdateStatus    *SoftwareUpdateStatus `json:"partnerAgentSoftwareUpdateStatus,omitempty"`
	TeamsClientSoftwareUpdateStatus     *SoftwareUpdateStatus `json:"teamsClientSoftwareUpdateStatus,omitempty"`
}

// SoftwareUpdateStatus is Microsoft's teamworkSoftwareUpdateStatus.
type SoftwareUpdateStatus struct {
	AvailableVersion  *string            `json:"availableVersion,omitempty"`
	CurrentVersion    *string            `json:"currentVersion,omitempty"`
	SoftwareFreshness *SoftwareFreshness `json:"softwareFreshness,omitempty"`
}

// ConnectionStatus is Microsoft's teamworkConnectionStatus.
type ConnectionStatus string

// The words of ConnectionStatus, spelled as on the wire.
const (
	ConnectionStatusUnknown            ConnectionStatus = "unknown"
	ConnectionStatusConnected          ConnectionStatus = "connected"
	ConnectionStatusDisconnected       ConnectionStatus = "disconnected"
	ConnectionStatusUnknownFutureValue ConnectionStatus = "unknownFutureValue"
)

var connectionStatuses = newVocabulary(ConnectionStatusUnknownFutureValue,
	ConnectionStatusUnknown, ConnectionStatusConnected, ConnectionStatusDisconnected)

// UnmarshalJSON folds words newer than this program into the sentinel.
func (s *ConnectionStatus) UnmarshalJSON(data []byte) error {
	return connectionStatuses.unmarshal(data, s)
}

// In returns the word that stands in JSON, as UnmarshalJSON reads it. It is everybody's: nobody may write to it.
func (*ConnectionStatus) In(data []byte) *ConnectionStatus { return connectionStatuses.read(data) }

// SoftwareFreshness is Microsoft's teamworkSoftwareFreshness.
type SoftwareFreshness string

// The words of SoftwareFreshness, spelled as on the wire.
const (
	SoftwareFreshnessUnknown            SoftwareFreshness = "unknown"
	SoftwareFreshnessLatest             SoftwareFreshness = "latest"
	SoftwareFreshnessUpdateAvailable    SoftwareFreshness = "updateAvailable"
	SoftwareFreshnessUnknownFutureValue SoftwareFreshness = "unknownFutureValue"
)

var softwareFreshnesses = newVocabulary(SoftwareFreshnessUnknownFutureValue,
	SoftwareFreshnessUnknown, SoftwareFreshnessLatest, SoftwareFreshnessUpdateAvailable)

// UnmarshalJSON folds words newer than this program into the sentinel.
func (f *SoftwareFreshness) UnmarshalJSON(data []byte) error {
	return softwareFreshnesses.unmarshal(data, f)
}

// In returns the word that stands in JSON, as UnmarshalJSON reads it. It is everybody's: nobody may write to it.
func (*SoftwareFreshness) In(data []byte) *SoftwareFreshness { return softwareFreshnesses.read(data) }
