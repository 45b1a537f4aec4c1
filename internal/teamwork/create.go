package teamwork

import (
	"strings"
	"time"
)

// CreateOperation asks for a new operation. Status and OperationType are what
// upstream requires; the rest it takes if given.
type CreateOperation struct {
	DeviceID           string
	OperationType      DeviceOperationType
	Status             DeviceOperationStatus
	SoftwareUpdate     *SoftwareUpdateRequest
	Error              *OperationError
	CreatedBy          *IdentitySetInput
	CreatedDateTime    DateTime
	StartedDateTime    DateTime
	CompletedDateTime  DateTime
	LastActionBy       *IdentitySetInput
	LastActionDateTime DateTime
	// IdempotencyKey is the caller's name for this create, nil for none. It never goes
	// upstream.
	IdempotencyKey *string
}

// CreateResult is what one of many creates ended in: Operation is nil exactly when Err
// is not.
type CreateResult struct {
	Operation *DeviceOperation
	Err       error
	// Replayed says that an earlier request with the same idempotency key had this
	// outcome, and nothing was sent now.
	Replayed bool
	// SentAt is when that earlier request was sent; zero for one that was sent now.
	SentAt time.Time
	// UpstreamRequestID is upstream's name for the request that created the operation, ""
	// when that was an earlier one.
	UpstreamRequestID string
}

// SoftwareUpdateRequest says what to update: the body of upstream's
// updateSoftware action.
type SoftwareUpdateRequest struct {
	SoftwareType SoftwareType
	// SoftwareVersion is nil to leave the choice to upstream.
	SoftwareVersion *string
}

// IdentitySetInput is an IdentitySet as a caller gives it.
type IdentitySetInput struct {
	Application *Identity `json:"application,omitempty"`
	Device      *Identity `json:"device,omitempty"`
	User        *Identity `json:"user,omitempty"`
}

// SoftwareType is Microsoft's teamworkSoftwareType.
type SoftwareType string

// The words of SoftwareType, spelled as on the wire.
const (
	SoftwareTypeAdminAgent         SoftwareType = "adminAgent"
	SoftwareTypeOperatingSystem    SoftwareType = "operatingSystem"
	SoftwareTypeTeamsClient        SoftwareType = "teamsClient"
	SoftwareTypeFirmware           SoftwareType = "firmware"
	SoftwareTypePartnerAgent       SoftwareType = "partnerAgent"
	SoftwareTypeCompanyPortal      SoftwareType = "companyPortal"
	SoftwareTypeUnknownFutureValue SoftwareType = "unknownFutureValue"
)

// ClockSkew is how far upstream's clock may be behind ours.
const ClockSkew = 5 * time.Second

// MayBe reports whether op may be what a create became that was sent then: one of its
// type that came to be since, as far as upstream's clock and ours agree. One that was
// given its creation time is known by that. An op without a known time may not be.
func (c *CreateOperation) MayBe(op *DeviceOperation, sent time.Time) bool {
	if op.OperationType() != c.OperationType || !op.CreatedDateTime.Known() {
		return false
	}
	return op.CreatedDateTime.After(sent.Add(-ClockSkew)) || c.CreatedDateTime.Known() && op.CreatedDateTime.Equal(c.CreatedDateTime)
}

// Validate returns an error of kind Invalid that names the first wrong input,
// below a path such as "input".
func (c *CreateOperation) Validate(path ...string) error {
	at := func(name string) []string { return append(append([]string(nil), path...), name) }
	if !ValidID(c.DeviceID) {
		return CheckID(c.DeviceID, at("deviceId")...)
	}
	if c.OperationType == OperationTypeUnknownFutureValue || c.OperationType == "" {
		return InvalidInput(at("operationType"), "%s must be an operation type that upstream knows", strings.Join(at("operationType"), "."))
	}
	if c.Status == StatusUnknownFutureValue || c.Status == "" {
		return InvalidInput(at("status"), "%s must be a status that upstream knows", strings.Join(at("status"), "."))
	}
	for _, given := range []struct {
		name string
		time DateTime
	}{
		{"createdDateTime", c.CreatedDateTime}, {"startedDateTime", c.StartedDateTime},
		{"completedDateTime", c.CompletedDateTime}, {"lastActionDateTime", c.LastActionDateTime},
	} {
		if given.time.Malformed() != "" {
			return checkDateTime(given.time, at(given.name))
		}
	}
	if u := c.SoftwareUpdate; u != nil && u.SoftwareType == SoftwareTypeUnknownFutureValue {
		return InvalidInput(append(at("softwareUpdate"), "softwareType"), "softwareType must be one that upstream knows")
	}
	return nil
}

// checkDateTime refuses a text that is no time.
func checkDateTime(d DateTime, path []string) error {
	if d.Malformed() == "" {
		return nil
	}
	return InvalidInput(path, "%s is not a point in time as RFC 3339 writes it, such as 2026-01-31T09:30:00Z", strings.Join(path, "."))
}

// CreateOperationPayload is what a create ends in: DeviceOperation is nil exactly
// when UserErrors is not empty.
type CreateOperationPayload struct {
	DeviceOperation *DeviceOperation
	UserErrors      []CreateDeviceOperationError
	Replayed        bool
}
