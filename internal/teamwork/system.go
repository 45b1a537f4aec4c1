package teamwork

// SystemConfiguration is Microsoft's teamworkSystemConfiguration without its two
// secrets. What has no field here is skipped when a body is decoded, so a device's
// password and PIN never reach a cache, a log or an answer: do not add them.
type SystemConfiguration struct {
	DateTimeConfiguration  *DateTimeConfiguration `json:"dateTimeConfiguration,omitempty"`
	DeviceLockTimeout      *string                `json:"deviceLockTimeout,omitempty"`
	IsDeviceLockEnabled    *bool                  `json:"isDeviceLockEnabled,omitempty"`
	IsLoggingEnabled       *bool                  `json:"isLoggingEnabled,omitempty"`
	IsPowerSavingEnabled   *bool                  `json:"isPowerSavingEnabled,omitempty"`
	IsScreenCaptureEnabled *bool                  `json:"isScreenCaptureEnabled,omitempty"`
	IsSilentModeEnabled    *bool                  `json:"isSilentModeEnabled,omitempty"`
	Language               *string                `json:"language,omitempty"`
	LoggingLevel           *string                `json:"loggingLevel,omitempty"`
	NetworkConfiguration   *NetworkConfiguration  `json:"networkConfiguration,omitempty"`
}

// DateTimeConfiguration is Microsoft's teamworkDateTimeConfiguration.
type DateTimeConfiguration struct {
	DateFormat           *string `json:"dateFormat,omitempty"`
	OfficeHoursEndTime   *string `json:"officeHoursEndTime,omitempty"`
	OfficeHoursStartTime *string `json:"officeHoursStartTime,omitempty"`
	TimeFormat           *string `json:"timeFormat,omitempty"`
	TimeZone             *string `json:"timeZone,omitempty"`
}

// NetworkConfiguration is Microsoft's teamworkNetworkConfiguration.
type NetworkConfiguration struct {
	DefaultGateway  *string `json:"defaultGateway,omitempty"`
	DomainName      *string `json:"domainName,omitempty"`
	HostName        *string `json:"hostName,omitempty"`
	IPAddress       *string `json:"ipAddress,omitempty"`
	IsDhcpEnabled   *bool   `json:"isDhcpEnabled,omitempty"`
	IsPCPortEnabled *bool   `json:"isPCPortEnabled,omitempty"`
	PrimaryDNS      *string `json:"primaryDns,omitempty"`
	SecondaryDNS    *string `json:"secondaryDns,omitempty"`
	SubnetMask      *string `json:"subnetMask,omitempty"`
}

// TeamsClientConfiguration is Microsoft's teamworkTeamsClientConfiguration.
type TeamsClientConfiguration struct {
	AccountConfiguration  *AccountConfiguration  `json:"accountConfiguration,omitempty"`
	FeaturesConfiguration *FeaturesConfiguration `json:"featuresConfiguration,omitempty"`
}

// AccountConfiguration is Microsoft's teamworkAccountConfiguration.
type AccountConfiguration struct {
	OnPremisesCalendarSyncConfiguration *OnPremisesCalendarSyncConfiguration `json:"onPremisesCalendarSyncConfiguration,omitempty"`
	SupportedClient                     *SupportedClient                     `json:"supportedClient,omitempty"`
}

// OnPremisesCalendarSyncConfiguration is Microsoft's
// teamworkOnPremisesCalendarSyncConfiguration.
type OnPremisesCalendarSyncConfiguration struct {
	Domain         *string `json:"domain,omitempty"`
	DomainUserName *string `json:"domainUserName,omitempty"`
	SMTPAddress    *string `json:"smtpAddress,omitempty"`
}

// FeaturesConfiguration is Microsoft's teamworkFeaturesConfiguration.
type FeaturesConfiguration struct {
	EmailToSendLogsAndFeedback   *string `json:"emailToSendLogsAndFeedback,omitempty"`
	IsAutoScreenShareEnabled     *bool   `json:"isAutoScreenShareEnabled,omitempty"`
	IsBluetoothBeaconingEnabled  *bool   `json:"isBluetoothBeaconingEnabled,omitempty"`
	IsHideMeetingNamesEnabled    *bool   `json:"isHideMeetingNamesEnabled,omitempty"`
	IsSendLogsAndFeedbackEnabled *bool   `json:"isSendLogsAndFeedbackEnabled,omitempty"`
}

// SupportedClient is Microsoft's teamworkSupportedClient.
type SupportedClient string

// The words of SupportedClient, spelled as on the wire.
const (
	SupportedClientUnknown              SupportedClient = "unknown"
	SupportedClientSkypeDefaultAndTeams SupportedClient = "skypeDefaultAndTeams"
	SupportedClientTeamsDefaultAndSkype SupportedClient = "teamsDefaultAndSkype"
	SupportedClientSkypeOnly            SupportedClient = "skypeOnly"
	SupportedClientTeamsOnly            SupportedClient = "teamsOnly"
	SupportedClientUnknownFutureValue   SupportedClient = "unknownFutureValue"
)

var supportedClients = newVocabulary(SupportedClientUnknownFutureValue,
	SupportedClientUnknown, SupportedClientSkypeDefaultAndTeams, SupportedClientTeamsDefaultAndSkype,
	SupportedClientSkypeOnly, SupportedClientTeamsOnly)

// UnmarshalJSON folds words newer than this program into the sentinel.
func (c *SupportedClient) UnmarshalJSON(data []byte) error {
	return supportedClients.unmarshal(data, c)
}

// In returns the word that stands in JSON, as UnmarshalJSON reads it. It is everybody's: nobody may write to it.
func (*SupportedClient) In(data []byte) *SupportedClient { return supportedClients.read(data) }
