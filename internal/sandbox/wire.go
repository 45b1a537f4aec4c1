package sandbox

import (
	"encoding/json"
	"time"
)

// The structs of the wire files are the sandbox's own on purpose: shared with the client, a wrong tag would be wrong on
// both sides and no test would see it. Members without omitempty are null when absent, as the documented bodies show.

// nav is a navigation property inside a complex type. Without $expand it is not null but missing.
type nav[T any] struct {
	expanded bool
	value    T
}

// IsZero is what the tag omitzero asks.
func (n nav[T]) IsZero() bool { return !n.expanded }

// MarshalJSON writes the value alone.
func (n nav[T]) MarshalJSON() ([]byte, error) { return json.Marshal(n.value) }

type device struct {
	Context              string         `json:"@odata.context,omitempty"`
	ID                   string         `json:"id"`
	DeviceType           string         `json:"deviceType"`
	HardwareDetail       hardwareDetail `json:"hardwareDetail"`
	Notes                *string        `json:"notes"`
	CompanyAssetTag      *string        `json:"companyAssetTag"`
	HealthStatus         *string        `json:"healthStatus"`
	ActivityState        *string        `json:"activityState"`
	CreatedDateTime      *string        `json:"createdDateTime"`
	CreatedBy            *identitySet   `json:"createdBy"`
	LastModifiedDateTime *string        `json:"lastModifiedDateTime"`
	LastModifiedBy       *identitySet   `json:"lastModifiedBy"`
	CurrentUser          *identity      `json:"currentUser"`
}

type hardwareDetail struct {
	SerialNumber *string  `json:"serialNumber"`
	UniqueID     *string  `json:"uniqueId"`
	MACAddresses []string `json:"macAddresses"`
	Manufacturer *string  `json:"manufacturer"`
	Model        *string  `json:"model"`
}

type identitySet struct {
	Application *identity `json:"application"`
	Device      *identity `json:"device"`
	User        *identity `json:"user"`
}

// identity is also the two types derived from it. The documentation names userIdentityType without @odata.type.
type identity struct {
	Type                    string  `json:"@odata.type,omitempty"`
	ID                      *string `json:"id"`
	DisplayName             *string `json:"displayName"`
	UserIdentityType        string  `json:"userIdentityType,omitempty"`
	ApplicationIdentityType string  `json:"applicationIdentityType,omitempty"`
}

// operation holds what POST gave as it was given; hence raw messages where the documented types are open.
type operation struct {
	Context            string          `json:"@odata.context,omitempty"`
	ID                 string          `json:"id"`
	Status             string          `json:"status"`
	OperationType      string          `json:"operationType"`
	Error              json.RawMessage `json:"error"`
	StartedDateTime    *string         `json:"startedDateTime"`
	CompletedDateTime  *string         `json:"completedDateTime"`
	CreatedDateTime    *string         `json:"createdDateTime"`
	LastActionDateTime *string         `json:"lastActionDateTime"`
	CreatedBy          json.RawMessage `json:"createdBy"`
	LastActionBy       json.RawMessage `json:"lastActionBy"`
}

type activity struct {
	Context              string             `json:"@odata.context,omitempty"`
	ID                   string             `json:"id"`
	ActivePeripherals    *activePeripherals `json:"activePeripherals"`
	CreatedDateTime      *string            `json:"createdDateTime"`
	LastModifiedDateTime *string            `json:"lastModifiedDateTime"`
	CreatedBy            *identitySet       `json:"createdBy"`
	LastModifiedBy       *identitySet       `json:"lastModifiedBy"`
}

type activePeripherals struct {
	RoomCamera           nav[*peripheral] `json:"roomCamera,omitzero"`
	ContentCamera        nav[*peripheral] `json:"contentCamera,omitzero"`
	Speaker              nav[*peripheral] `json:"speaker,omitzero"`
	CommunicationSpeaker nav[*peripheral] `json:"communicationSpeaker,omitzero"`
	Microphone           nav[*peripheral] `json:"microphone,omitzero"`
}

type peripheral struct {
	ID          string  `json:"id"`
	DisplayName *string `json:"displayName"`
	VendorID    *string `json:"vendorId"`
	ProductID   *string `json:"productId"`
}

// stamp writes a time as the documented bodies do: UTC, milliseconds.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC().Format("2006-01-02T15:04:05.000Z"))
}

// raw is for values that cannot fail to encode.
func raw(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}
