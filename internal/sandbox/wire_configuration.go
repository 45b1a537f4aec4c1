package sandbox

type configuration struct {
	Context                  string                    `json:"@odata.context,omitempty"`
	ID                       string                    `json:"id"`
	SoftwareVersions         *softwareVersions         `json:"softwareVersions"`
	DisplayConfiguration     *displayConfiguration     `json:"displayConfiguration"`
	CameraConfiguration      *cameraConfiguration      `json:"cameraConfiguration"`
	SpeakerConfiguration     *speakerConfiguration     `json:"speakerConfiguration"`
	MicrophoneConfiguration  *microphoneConfiguration  `json:"microphoneConfiguration"`
	TeamsClientConfiguration *teamsClientConfiguration `json:"teamsClientConfiguration"`
	HardwareConfiguration    *hardwareConfiguration    `json:"hardwareConfiguration"`
	SystemConfiguration      *systemConfiguration      `json:"systemConfiguration"`
	CreatedDateTime          *string                   `json:"createdDateTime"`
	LastModifiedDateTime     *string                   `json:"lastModifiedDateTime"`
	CreatedBy                *identitySet              `json:"createdBy"`
	LastModifiedBy           *identitySet              `json:"lastModifiedBy"`
}

type softwareVersions struct {
	AdminAgent      *string `json:"adminAgentSoftwareVersion"`
	OperatingSystem *string `json:"operatingSystemSoftwareVersion"`
	TeamsClient     *string `json:"teamsClientSoftwareVersion"`
	Firmware        *string `json:"firmwareSoftwareVersion"`
	PartnerAgent    *string `json:"partnerAgentSoftwareVersion"`
}

type displayConfiguration struct {
	DisplayCount                *int                        `json:"displayCount"`
	IsDualDisplayModeEnabled    *bool                       `json:"isDualDisplayModeEnabled"`
	IsContentDuplicationAllowed *bool                       `json:"isContentDuplicationAllowed"`
	ConfiguredDisplays          []configuredPeripheral      `json:"configuredDisplays"`
	InBuiltDisplay              *displayScreenConfiguration `json:"inBuiltDisplayScreenConfiguration"`
}

type configuredPeripheral struct {
	IsOptional *bool            `json:"isOptional"`
	Peripheral nav[*peripheral] `json:"peripheral,omitzero"`
}

type displayScreenConfiguration struct {
	BacklightBrightness   *int    `json:"backlightBrightness"`
	BacklightTimeout      *string `json:"backlightTimeout"`
	IsHighContrastEnabled *bool   `json:"isHighContrastEnabled"`
	IsScreensaverEnabled  *bool   `json:"isScreensaverEnabled"`
	ScreensaverTimeout    *string `json:"screensaverTimeout"`
}

type cameraConfiguration struct {
	Cameras                    nav[[]*peripheral]          `json:"cameras,omitzero"`
	DefaultContentCamera       nav[*peripheral]            `json:"defaultContentCamera,omitzero"`
	ContentCameraConfiguration *contentCameraConfiguration `json:"contentCameraConfiguration"`
}

type contentCameraConfiguration struct {
	IsContentCameraInverted     *bool `json:"isContentCameraInverted"`
	IsContentCameraOptional     *bool `json:"isContentCameraOptional"`
	IsContentEnhancementEnabled *bool `json:"isContentEnhancementEnabled"`
}

type speakerConfiguration struct {
	IsSpeakerOptional              *bool              `json:"isSpeakerOptional"`
	IsCommunicationSpeakerOptional *bool              `json:"isCommunicationSpeakerOptional"`
	DefaultSpeaker                 nav[*peripheral]   `json:"defaultSpeaker,omitzero"`
	DefaultCommunicationSpeaker    nav[*peripheral]   `json:"defaultCommunicationSpeaker,omitzero"`
	Speakers                       nav[[]*peripheral] `json:"speakers,omitzero"`
}

type microphoneConfiguration struct {
	IsMicrophoneOptional *bool              `json:"isMicrophoneOptional"`
	DefaultMicrophone    nav[*peripheral]   `json:"defaultMicrophone,omitzero"`
	Microphones          nav[[]*peripheral] `json:"microphones,omitzero"`
}

type teamsClientConfiguration struct {
	AccountConfiguration  *accountConfiguration  `json:"accountConfiguration"`
	FeaturesConfiguration *featuresConfiguration `json:"featuresConfiguration"`
}

type accountConfiguration struct {
	SupportedClient string               `json:"supportedClient"`
	CalendarSync    *onPremisesCalendars `json:"onPremisesCalendarSyncConfiguration"`
}

type onPremisesCalendars struct {
	SMTPAddress    *string `json:"smtpAddress"`
	DomainUserName *string `json:"domainUserName"`
	Domain         *string `json:"domain"`
}

type featuresConfiguration struct {
	IsAutoScreenShareEnabled     *bool   `json:"isAutoScreenShareEnabled"`
	IsHideMeetingNamesEnabled    *bool   `json:"isHideMeetingNamesEnabled"`
	IsBluetoothBeaconingEnabled  *bool   `json:"isBluetoothBeaconingEnabled"`
	IsSendLogsAndFeedbackEnabled *bool   `json:"isSendLogsAndFeedbackEnabled"`
	EmailToSendLogsAndFeedback   *string `json:"emailToSendLogsAndFeedback"`
}

type hardwareConfiguration struct {
	ProcessorModel *string          `json:"processorModel"`
	Compute        nav[*peripheral] `json:"compute,omitzero"`
	HdmiIngest     nav[*peripheral] `json:"hdmiIngest,omitzero"`
}

// systemConfiguration has no defaultPassword and no lockPin: they are secrets, written and never read.
type systemConfiguration struct {
	DateTimeConfiguration  *dateTimeConfiguration `json:"dateTimeConfiguration"`
	DeviceLockTimeout      *string                `json:"deviceLockTimeout"`
	IsDeviceLockEnabled    *bool                  `json:"isDeviceLockEnabled"`
	IsLoggingEnabled       *bool                  `json:"isLoggingEnabled"`
	IsPowerSavingEnabled   *bool                  `json:"isPowerSavingEnabled"`
	IsScreenCaptureEnabled *bool                  `json:"isScreenCaptureEnabled"`
	IsSilentModeEnabled    *bool                  `json:"isSilentModeEnabled"`
	Language               *string                `json:"language"`
	LoggingLevel           *string                `json:"loggingLevel"`
	NetworkConfiguration   *networkConfiguration  `json:"networkConfiguration"`
}

type dateTimeConfiguration struct {
	DateFormat           *string `json:"dateFormat"`
	OfficeHoursEndTime   *string `json:"officeHoursEndTime"`
	OfficeHoursStartTime *string `json:"officeHoursStartTime"`
	TimeFormat           *string `json:"timeFormat"`
	TimeZone             *string `json:"timeZone"`
}

type networkConfiguration struct {
	DefaultGateway  *string `json:"defaultGateway"`
	DomainName      *string `json:"domainName"`
	HostName        *string `json:"hostName"`
	IPAddress       *string `json:"ipAddress"`
	IsDHCPEnabled   *bool   `json:"isDhcpEnabled"`
	IsPCPortEnabled *bool   `json:"isPCPortEnabled"`
	PrimaryDNS      *string `json:"primaryDns"`
	SecondaryDNS    *string `json:"secondaryDns"`
	SubnetMask      *string `json:"subnetMask"`
}
