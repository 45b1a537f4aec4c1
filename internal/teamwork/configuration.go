package teamwork

// DeviceConfiguration holds a device's settings and software versions:
// Microsoft's teamworkDeviceConfiguration. Camera, hardware, microphone, speaker
// and client configuration are a Teams Room's; the system's is not.
type DeviceConfiguration struct {
	CameraConfiguration      *CameraConfiguration      `json:"cameraConfiguration,omitempty"`
	DisplayConfiguration     *DisplayConfiguration     `json:"displayConfiguration,omitempty"`
	HardwareConfiguration    *HardwareConfiguration    `json:"hardwareConfiguration,omitempty"`
	MicrophoneConfiguration  *MicrophoneConfiguration  `json:"microphoneConfiguration,omitempty"`
	SoftwareVersions         *SoftwareVersions         `json:"softwareVersions,omitempty"`
	SpeakerConfiguration     *SpeakerConfiguration     `json:"speakerConfiguration,omitempty"`
	SystemConfiguration      *SystemConfiguration      `json:"systemConfiguration,omitempty"`
	TeamsClientConfiguration *TeamsClientConfiguration `json:"teamsClientConfiguration,omitempty"`
	CreatedBy                *IdentitySet              `json:"createdBy,omitempty"`
	CreatedDateTime          DateTime                  `json:"createdDateTime,omitzero"`
	LastModifiedBy           *IdentitySet              `json:"lastModifiedBy,omitempty"`
	LastModifiedDateTime     DateTime                  `json:"lastModifiedDateTime,omitzero"`
	Meta                     ResourceMeta              `json:"-"`
}

// CameraConfiguration is Microsoft's teamworkCameraConfiguration.
type CameraConfiguration struct {
	ContentCameraConfiguration *ContentCameraConfiguration `json:"contentCameraConfiguration,omitempty"`
	Cameras                    []*Peripheral               `json:"cameras,omitempty"`
	DefaultContentCamera       *Peripheral                 `json:"defaultContentCamera,omitempty"`
}

// ContentCameraConfiguration is Microsoft's teamworkContentCameraConfiguration.
type ContentCameraConfiguration struct {
	IsContentCameraInverted     *bool `json:"isContentCameraInverted,omitempty"`
	IsContentCameraOptional     *bool `json:"isContentCameraOptional,omitempty"`
	IsContentEnhancementEnabled *bool `json:"isContentEnhancementEnabled,omitempty"`
}

// DisplayConfiguration is Microsoft's teamworkDisplayConfiguration.
type DisplayConfiguration struct {
	ConfiguredDisplays                []*ConfiguredPeripheral     `json:"configuredDisplays,omitempty"`
	DisplayCount                      *int                        `json:"displayCount,omitempty"`
	InBuiltDisplayScreenConfiguration *DisplayScreenConfiguration `json:"inBuiltDisplayScreenConfiguration,omitempty"`
	IsContentDuplicationAllowed       *bool                       `json:"isContentDuplicationAllowed,omitempty"`
	IsDualDisplayModeEnabled          *bool                       `json:"isDualDisplayModeEnabled,omitempty"`
}

// ConfiguredPeripheral is Microsoft's teamworkConfiguredPeripheral.
type ConfiguredPeripheral struct {
	IsOptional *bool       `json:"isOptional,omitempty"`
	Peripheral *Peripheral `json:"peripheral,omitempty"`
}

// DisplayScreenConfiguration is Microsoft's teamworkDisplayScreenConfiguration.
type DisplayScreenConfiguration struct {
	BacklightBrightness   *int    `json:"backlightBrightness,omitempty"`
	BacklightTimeout      *string `json:"backlightTimeout,omitempty"`
	IsHighContrastEnabled *bool   `json:"isHighContrastEnabled,omitempty"`
	IsScreensaverEnabled  *bool   `json:"isScreensaverEnabled,omitempty"`
	ScreensaverTimeout    *string `json:"screensaverTimeout,omitempty"`
}

// HardwareConfiguration is Microsoft's teamworkHardwareConfiguration.
type HardwareConfiguration struct {
	ProcessorModel *string     `json:"processorModel,omitempty"`
	Compute        *Peripheral `json:"compute,omitempty"`
	HdmiIngest     *Peripheral `json:"hdmiIngest,omitempty"`
}

// MicrophoneConfiguration is Microsoft's teamworkMicrophoneConfiguration.
type MicrophoneConfiguration struct {
	IsMicrophoneOptional *bool         `json:"isMicrophoneOptional,omitempty"`
	DefaultMicrophone    *Peripheral   `json:"defaultMicrophone,omitempty"`
	Microphones          []*Peripheral `json:"microphones,omitempty"`
}

// SpeakerConfiguration is Microsoft's teamworkSpeakerConfiguration.
type SpeakerConfiguration struct {
	IsCommunicationSpeakerOptional *bool         `json:"isCommunicationSpeakerOptional,omitempty"`
	IsSpeakerOptional              *bool         `json:"isSpeakerOptional,omitempty"`
	DefaultCommunicationSpeaker    *Peripheral   `json:"defaultCommunicationSpeaker,omitempty"`
	DefaultSpeaker                 *Peripheral   `json:"defaultSpeaker,omitempty"`
	Speakers                       []*Peripheral `json:"speakers,omitempty"`
}

// SoftwareVersions is Microsoft's teamworkDeviceSoftwareVersions.
type SoftwareVersions struct {
	AdminAgentSoftwareVersion      *string `json:"adminAgentSoftwareVersion,omitempty"`
	FirmwareSoftwareVersion        *string `json:"firmwareSoftwareVersion,omitempty"`
	OperatingSystemSoftwareVersion *string `json:"operatingSystemSoftwareVersion,omitempty"`
	PartnerAgentSoftwareVersion    *string `json:"partnerAgentSoftwareVersion,omitempty"`
	TeamsClientSoftwareVersion     *string `json:"teamsClientSoftwareVersion,omitempty"`
}
