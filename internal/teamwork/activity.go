package teamwork

// DeviceActivity says which peripherals a device is using: Microsoft's
// teamworkDeviceActivity. Peripherals come only from a read that expands them.
type DeviceActivity struct {
	ActivePeripherals    *ActivePeripherals `json:"activePeripherals,omitempty"`
	CreatedBy            *IdentitySet       `json:"createdBy,omitempty"`
	CreatedDateTime      DateTime           `json:"createdDateTime,omitzero"`
	LastModifiedBy       *IdentitySet       `json:"lastModifiedBy,omitempty"`
	LastModifiedDateTime DateTime           `json:"lastModifiedDateTime,omitzero"`
	Meta                 ResourceMeta       `json:"-"`
}

// ActivePeripherals is Microsoft's teamworkActivePeripherals.
type ActivePeripherals struct {
	CommunicationSpeaker *Peripheral `json:"communicationSpeaker,omitempty"`
	ContentCamera        *Peripheral `json:"contentCamera,omitempty"`
	Microphone           *Peripheral `json:"microphone,omitempty"`
	RoomCamera           *Peripheral `json:"roomCamera,omitempty"`
	Speaker              *Peripheral `json:"speaker,omitempty"`
}

// Peripheral is Microsoft's teamworkPeripheral.
type Peripheral struct {
	PeripheralID *string `json:"id,omitempty"`
	DisplayName  *string `json:"displayName,omitempty"`
	ProductID    *string `json:"productId,omitempty"`
	VendorID     *string `json:"vendorId,omitempty"`
}
