package teamwork

// IdentitySet says who did something; any of the three may be nil. Upstream's
// type is open: members that we do not know are skipped.
type IdentitySet struct {
	Application *ApplicationIdentity `json:"application,omitempty"`
	Device      *Identity            `json:"device,omitempty"`
	User        *UserIdentity        `json:"user,omitempty"`
}

// Identity is Microsoft's identity.
type Identity struct {
	ID          *string `json:"id,omitempty"`
	DisplayName *string `json:"displayName,omitempty"`
}

// UserIdentity is Microsoft's teamworkUserIdentity.
type UserIdentity struct {
	ID               *string           `json:"id,omitempty"`
	DisplayName      *string           `json:"displayName,omitempty"`
	UserIdentityType *UserIdentityType `json:"userIdentityType,omitempty"`
}

// ApplicationIdentity is Microsoft's teamworkApplicationIdentity.
type ApplicationIdentity struct {
	ID                      *string                  `json:"id,omitempty"`
	DisplayName             *string                  `json:"displayName,omitempty"`
	ApplicationIdentityType *ApplicationIdentityType `json:"applicationIdentityType,omitempty"`
}

// UserIdentityType is Microsoft's teamworkUserIdentityType.
type UserIdentityType string

// The words of UserIdentityType, spelled as on the wire.
const (
	UserIdentityTypeAADUser                        UserIdentityType = "aadUser"
	UserIdentityTypeOnPremiseAADUser               UserIdentityType = "onPremiseAadUser"
	UserIdentityTypeAnonymousGuest                 UserIdentityType = "anonymousGuest"
	UserIdentityTypeFederatedUser                  UserIdentityType = "federatedUser"
	UserIdentityTypePersonalMicrosoftAccountUser   UserIdentityType = "personalMicrosoftAccountUser"
	UserIdentityTypeSkypeUser                      UserIdentityType = "skypeUser"
	UserIdentityTypePhoneUser                      UserIdentityType = "phoneUser"
	UserIdentityTypeEmailUser                      UserIdentityType = "emailUser"
	UserIdentityTypeAzureCommunicationServicesUser UserIdentityType = "azureCommunicationServicesUser"
	UserIdentityTypeUnknownFutureValue             UserIdentityType = "unknownFutureValue"
)

var userIdentityTypes = newVocabulary(UserIdentityTypeUnknownFutureValue,
	UserIdentityTypeAADUser, UserIdentityTypeOnPremiseAADUser, UserIdentityTypeAnonymousGuest,
	UserIdentityTypeFederatedUser, UserIdentityTypePersonalMicrosoftAccountUser,
	UserIdentityTypeSkypeUser, UserIdentityTypePhoneUser, UserIdentityTypeEmailUser,
	UserIdentityTypeAzureCommunicationServicesUser)

// UnmarshalJSON folds words newer than this program into the sentinel.
func (t *UserIdentityType) UnmarshalJSON(data []byte) error {
	return userIdentityTypes.unmarshal(data, t)
}

// In returns the word that stands in JSON, as UnmarshalJSON reads it. It is everybody's: nobody may write to it.
func (*UserIdentityType) In(data []byte) *UserIdentityType { return userIdentityTypes.read(data) }

// ApplicationIdentityType is Microsoft's teamworkApplicationIdentityType.
type ApplicationIdentityType string

// The words of ApplicationIdentityType, spelled as on the wire.
const (
	ApplicationIdentityTypeAADApplication     ApplicationIdentityType = "aadApplication"
	ApplicationIdentityTypeBot                ApplicationIdentityType = "bot"
	ApplicationIdentityTypeTenantBot          ApplicationIdentityType = "tenantBot"
	ApplicationIdentityTypeOffice365Connector ApplicationIdentityType = "office365Connector"
	ApplicationIdentityTypeOutgoingWebhook    ApplicationIdentityType = "outgoingWebhook"
	ApplicationIdentityTypeUnknownFutureValue ApplicationIdentityType = "unknownFutureValue"
)

var applicationIdentityTypes = newVocabulary(ApplicationIdentityTypeUnknownFutureValue,
	ApplicationIdentityTypeAADApplication, ApplicationIdentityTypeBot, ApplicationIdentityTypeTenantBot,
	ApplicationIdentityTypeOffice365Connector, ApplicationIdentityTypeOutgoingWebhook)

// UnmarshalJSON folds words newer than this program into the sentinel.
func (t *ApplicationIdentityType) UnmarshalJSON(data []byte) error {
	return applicationIdentityTypes.unmarshal(data, t)
}

// In returns the word that stands in JSON, as UnmarshalJSON reads it. It is everybody's: nobody may write to it.
func (*ApplicationIdentityType) In(data []byte) *ApplicationIdentityType {
	return applicationIdentityTypes.read(data)
}
