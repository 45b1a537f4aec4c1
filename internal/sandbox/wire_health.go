package sandbox

type health struct {
	Context              string                `json:"@odata.context,omitempty"`
	ID                   string                `json:"id"`
	Connection           connection            `json:"connection"`
	LoginStatus          *loginStatus          `json:"loginStatus"`
	PeripheralsHealth    *peripheralsHealth    `json:"peripheralsHealth"`
	SoftwareUpdateHealth *softwareUpdateHealth `json:"softwareUpdateHealth"`
	HardwareHealth       *hardwareHealth       `json:"hardwareHealth"`
	CreatedDateTime      *string               `json:"createdDateTime"`
	LastModifiedDateTime *string               `json:"lastModifiedDateTime"`
	CreatedBy            *identitySet          `json:"createdBy"`
	LastModifiedBy       *identitySet          `json:"lastModifiedBy"`
}

type connection struct {
	ConnectionStatus     string  `json:"connectionStatus"`
	LastModifiedDateTime *string `json:"lastModifiedDateTime"`
}

type loginStatus struct {
	ExchangeConnection *connection `json:"exchangeConnection"`
	TeamsConnection    *connection `json:"teamsConnection"`
	SkypeConnection    *connection `json:"skypeConnection"`
}

type peripheralHealth struct {
	IsOptional *bool            `json:"isOptional"`
	Connection *connection      `json:"connection"`
	Peripheral nav[*peripheral] `json:"peripheral,omitzero"`
}

type peripheralsHealth struct {
	RoomCameraHealth           *peripheralHealth   `json:"roomCameraHealth"`
	ContentCameraHealth        *peripheralHealth   `json:"contentCameraHealth"`
	SpeakerHealth              *peripheralHealth   `json:"speakerHealth"`
	CommunicationSpeakerHealth *peripheralHealth   `json:"communicationSpeakerHealth"`
	MicrophoneHealth           *peripheralHealth   `json:"microphoneHealth"`
	DisplayHealthCollection    []*peripheralHealth `json:"displayHealthCollection"`
}

type hardwareHealth struct {
	ComputeHealth    *peripheralHealth `json:"computeHealth"`
	HdmiIngestHealth *peripheralHealth `json:"hdmiIngestHealth"`
}

type softwareUpdateHealth struct {
	CompanyPortal   *softwareUpdateStatus `json:"companyPortalSoftwareUpdateStatus"`
	Firmware        *softwareUpdateStatus `json:"firmwareSoftwareUpdateStatus"`
	PartnerAgent    *softwareUpdateStatus `json:"partnerAgentSoftwareUpdateStatus"`
	AdminAgent      *softwareUpdateStatus `json:"adminAgentSoftwareUpdateStatus"`
	TeamsClient     *softwareUpdateStatus `json:"teamsClientSoftwareUpdateStatus"`
	OperatingSystem *softwareUpdateStatus `json:"operatingSystemSoftwareUpdateStatus"`
}

type softwareUpdateStatus struct {
	SoftwareFreshness string  `json:"softwareFreshness"`
	CurrentVersion    *string `json:"currentVersion"`
	AvailableVersion  *string `json:"availableVersion"`
}
