package sandbox

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// documented are the types of the metadata, member by member, derived ones with what they inherit. The sandbox's structs
// are compared with this list and with nothing else of ours. The parts of a device, which only $expand could bring, and
// the two secrets are left out.
var documented = map[string]string{
	"teamworkDevice": `id: String, activityState: teamworkDeviceActivityState, companyAssetTag: String,
		createdBy: identitySet, createdDateTime: DateTimeOffset, currentUser: teamworkUserIdentity,
		deviceType: teamworkDeviceType, hardwareDetail: teamworkHardwareDetail,
		healthStatus: teamworkDeviceHealthStatus, lastModifiedBy: identitySet,
		lastModifiedDateTime: DateTimeOffset, notes: String`,
	"teamworkDeviceOperation": `id: String, completedDateTime: DateTimeOffset, createdBy: identitySet,
		createdDateTime: DateTimeOffset, error: operationError, lastActionBy: identitySet,
		lastActionDateTime: DateTimeOffset, operationType: teamworkDeviceOperationType,
		startedDateTime: DateTimeOffset, status: String`,
	"teamworkDeviceActivity": `id: String, activePeripherals: teamworkActivePeripherals, createdBy: identitySet,
		createdDateTime: DateTimeOffset, lastModifiedBy: identitySet, lastModifiedDateTime: DateTimeOffset`,
	"teamworkDeviceConfiguration": `id: String, cameraConfiguration: teamworkCameraConfiguration, createdBy: identitySet,
		createdDateTime: DateTimeOffset, displayConfiguration: teamworkDisplayConfiguration,
		hardwareConfiguration: teamworkHardwareConfiguration, lastModifiedBy: identitySet,
		lastModifiedDateTime: DateTimeOffset, microphoneConfiguration: teamworkMicrophoneConfiguration,
		softwareVersions: teamworkDeviceSoftwareVersions, speakerConfiguration: teamworkSpeakerConfiguration,
		systemConfiguration: teamworkSystemConfiguration,
		teamsClientConfiguration: teamworkTeamsClientConfiguration`,
	"teamworkDeviceHealth": `id: String, connection: teamworkConnection, createdBy: identitySet, createdDateTime: DateTimeOffset,
		hardwareHealth: teamworkHardwareHealth, lastModifiedBy: identitySet,
		lastModifiedDateTime: DateTimeOffset, loginStatus: teamworkLoginStatus,
		peripheralsHealth: teamworkPeripheralsHealth, softwareUpdateHealth: teamworkSoftwareUpdateHealth`,
	"identity":       `displayName: String, id: String`,
	"identitySet":    `application: identity, device: identity, user: identity`,
	"operationError": `code: String, message: String`,
	"teamworkAccountConfiguration": `onPremisesCalendarSyncConfiguration: teamworkOnPremisesCalendarSyncConfiguration,
		supportedClient: teamworkSupportedClient`,
	"teamworkActivePeripherals": `communicationSpeaker: teamworkPeripheral, contentCamera: teamworkPeripheral,
		microphone: teamworkPeripheral, roomCamera: teamworkPeripheral, speaker: teamworkPeripheral`,
	"teamworkApplicationIdentity": `displayName: String, id: String, applicationIdentityType: teamworkApplicationIdentityType`,
	"teamworkCameraConfiguration": `contentCameraConfiguration: teamworkContentCameraConfiguration,
		cameras: Collection(teamworkPeripheral), defaultContentCamera: teamworkPeripheral`,
	"teamworkConfiguredPeripheral": `isOptional: Boolean, peripheral: teamworkPeripheral`,
	"teamworkConnection":           `connectionStatus: teamworkConnectionStatus, lastModifiedDateTime: DateTimeOffset`,
	"teamworkContentCameraConfiguration": `isContentCameraInverted: Boolean, isContentCameraOptional: Boolean,
		isContentEnhancementEnabled: Boolean`,
	"teamworkDateTimeConfiguration": `dateFormat: String, officeHoursEndTime: TimeOfDay, officeHoursStartTime: TimeOfDay,
		timeFormat: String, timeZone: String`,
	"teamworkDeviceSoftwareVersions": `adminAgentSoftwareVersion: String, firmwareSoftwareVersion: String,
		operatingSystemSoftwareVersion: String, partnerAgentSoftwareVersion: String,
		teamsClientSoftwareVersion: String`,
	"teamworkDisplayConfiguration": `configuredDisplays: Collection(teamworkConfiguredPeripheral), displayCount: Int32,
		inBuiltDisplayScreenConfiguration: teamworkDisplayScreenConfiguration,
		isContentDuplicationAllowed: Boolean, isDualDisplayModeEnabled: Boolean`,
	"teamworkDisplayScreenConfiguration": `backlightBrightness: Int32, backlightTimeout: Duration, isHighContrastEnabled: Boolean,
		isScreensaverEnabled: Boolean, screensaverTimeout: Duration`,
	"teamworkFeaturesConfiguration": `emailToSendLogsAndFeedback: String, isAutoScreenShareEnabled: Boolean,
		isBluetoothBeaconingEnabled: Boolean, isHideMeetingNamesEnabled: Boolean,
		isSendLogsAndFeedbackEnabled: Boolean`,
	"teamworkHardwareConfiguration": `processorModel: String, compute: teamworkPeripheral, hdmiIngest: teamworkPeripheral`,
	"teamworkHardwareDetail": `macAddresses: Collection(String), manufacturer: String, model: String, serialNumber: String,
		uniqueId: String`,
	"teamworkHardwareHealth": `computeHealth: teamworkPeripheralHealth, hdmiIngestHealth: teamworkPeripheralHealth`,
	"teamworkLoginStatus": `exchangeConnection: teamworkConnection, skypeConnection: teamworkConnection,
		teamsConnection: teamworkConnection`,
	"teamworkMicrophoneConfiguration": `isMicrophoneOptional: Boolean, defaultMicrophone: teamworkPeripheral,
		microphones: Collection(teamworkPeripheral)`,
	"teamworkNetworkConfiguration": `defaultGateway: String, domainName: String, hostName: String, ipAddress: String,
		isDhcpEnabled: Boolean, isPCPortEnabled: Boolean, primaryDns: String, secondaryDns: String,
		subnetMask: String`,
	"teamworkOnPremisesCalendarSyncConfiguration": `domain: String, domainUserName: String, smtpAddress: String`,
	"teamworkPeripheral":                          `id: String, displayName: String, productId: String, vendorId: String`,
	"teamworkPeripheralHealth":                    `connection: teamworkConnection, isOptional: Boolean, peripheral: teamworkPeripheral`,
	"teamworkPeripheralsHealth": `communicationSpeakerHealth: teamworkPeripheralHealth, contentCameraHealth: teamworkPeripheralHealth,
		displayHealthCollection: Collection(teamworkPeripheralHealth),
		microphoneHealth: teamworkPeripheralHealth, roomCameraHealth: teamworkPeripheralHealth,
		speakerHealth: teamworkPeripheralHealth`,
	"teamworkSoftwareUpdateHealth": `adminAgentSoftwareUpdateStatus: teamworkSoftwareUpdateStatus,
		companyPortalSoftwareUpdateStatus: teamworkSoftwareUpdateStatus,
		firmwareSoftwareUpdateStatus: teamworkSoftwareUpdateStatus,
		operatingSystemSoftwareUpdateStatus: teamworkSoftwareUpdateStatus,
		partnerAgentSoftwareUpdateStatus: teamworkSoftwareUpdateStatus,
		teamsClientSoftwareUpdateStatus: teamworkSoftwareUpdateStatus`,
	"teamworkSoftwareUpdateStatus": `availableVersion: String, currentVersion: String, softwareFreshness: teamworkSoftwareFreshness`,
	"teamworkSpeakerConfiguration": `isCommunicationSpeakerOptional: Boolean, isSpeakerOptional: Boolean,
		defaultCommunicationSpeaker: teamworkPeripheral, defaultSpeaker: teamworkPeripheral,
		speakers: Collection(teamworkPeripheral)`,
	"teamworkSystemConfiguration": `dateTimeConfiguration: teamworkDateTimeConfiguration, deviceLockTimeout: Duration,
		isDeviceLockEnabled: Boolean, isLoggingEnabled: Boolean, isPowerSavingEnabled: Boolean,
		isScreenCaptureEnabled: Boolean, isSilentModeEnabled: Boolean, language: String,
		loggingLevel: String, networkConfiguration: teamworkNetworkConfiguration`,
	"teamworkTeamsClientConfiguration": `accountConfiguration: teamworkAccountConfiguration,
		featuresConfiguration: teamworkFeaturesConfiguration`,
	"teamworkUserIdentity": `displayName: String, id: String, userIdentityType: teamworkUserIdentityType`,
}

var documentedWords = map[string]string{
	"teamworkApplicationIdentityType": "aadApplication bot tenantBot office365Connector outgoingWebhook unknownFutureValue",
	"teamworkConnectionStatus":        "unknown connected disconnected unknownFutureValue",
	"teamworkDeviceActivityState":     "unknown busy idle unavailable unknownFutureValue",
	"teamworkDeviceHealthStatus":      "unknown offline critical nonUrgent healthy unknownFutureValue",
	"teamworkDeviceOperationType":     "deviceRestart configUpdate deviceDiagnostics softwareUpdate deviceManagementAgentConfigUpdate remoteLogin remoteLogout unknownFutureValue",
	"teamworkDeviceType":              "unknown ipPhone teamsRoom surfaceHub collaborationBar teamsDisplay touchConsole lowCostPhone teamsPanel sip sipAnalog unknownFutureValue",
	"teamworkSoftwareFreshness":       "unknown latest updateAvailable unknownFutureValue",
	"teamworkSoftwareType":            "adminAgent operatingSystem teamsClient firmware partnerAgent companyPortal unknownFutureValue",
	"teamworkSupportedClient":         "unknown skypeDefaultAndTeams teamsDefaultAndSkype skypeOnly teamsOnly unknownFutureValue",
	"teamworkUserIdentityType":        "aadUser onPremiseAadUser anonymousGuest federatedUser personalMicrosoftAccountUser skypeUser phoneUser unknownFutureValue emailUser azureCommunicationServicesUser",
}

var shapes = map[string]*regexp.Regexp{
	"DateTimeOffset": regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`),
	"Duration":       regexp.MustCompile(`^PT\d+[MS]$`),
	"TimeOfDay":      regexp.MustCompile(`^\d\d:\d\d:\d\d\.\d{7}$`),
	"String":         regexp.MustCompile(`.`),
}

// compare walks a value beside its declared type. A null is an absent value, which only some members allow.
func compare(t *testing.T, path, kind string, value any, seen map[string]bool) {
	t.Helper()
	if item, ok := strings.CutPrefix(kind, "Collection("); ok {
		list, isList := value.([]any)
		if !isList && value != nil {
			t.Errorf("%s is no collection: %v", path, value)
		}
		for _, one := range list {
			compare(t, path, strings.TrimSuffix(item, ")"), one, seen)
		}
		return
	}
	if value == nil {
		return
	}
	seen[path] = true
	switch words, isEnum := documentedWords[kind]; {
	case isEnum:
		if !slices.Contains(strings.Fields(words), fmt.Sprint(value)) {
			t.Errorf("%s is %v, no %s", path, value, kind)
		}
	case documented[kind] != "":
		compareObject(t, path, kind, value, seen)
	case kind == "Boolean":
		if _, ok := value.(bool); !ok {
			t.Errorf("%s is %v, no %s", path, value, kind)
		}
	case kind == "Int32":
		if n, ok := value.(float64); !ok || n != float64(int32(n)) {
			t.Errorf("%s is %v, no %s", path, value, kind)
		}
	default:
		if text, ok := value.(string); !ok || !shapes[kind].MatchString(text) {
			t.Errorf("%s is %v, no %s", path, value, kind)
		}
	}
}

func compareObject(t *testing.T, path, kind string, value any, seen map[string]bool) {
	t.Helper()
	object, ok := value.(map[string]any)
	if !ok {
		t.Errorf("%s is no object: %v", path, value)
		return
	}
	if kind == "identity" && strings.HasSuffix(path, "/user") { // the declared type is the base
		kind = "teamworkUserIdentity"
	}
	if declared, ok := object["@odata.type"].(string); ok {
		kind = strings.TrimPrefix(declared, "#microsoft.graph.")
	}
	left := map[string]bool{}
	for name := range object {
		left[name] = !strings.HasPrefix(name, "@")
	}
	for member := range strings.SplitSeq(documented[kind], ",") {
		name, of, _ := strings.Cut(strings.TrimSpace(member), ": ")
		inner, there := object[name]
		if !there {
			t.Errorf("%s lacks %s of %s", path, name, kind)
		}
		delete(left, name)
		compare(t, path+"/"+name, of, inner, seen)
	}
	for name, unknown := range left {
		if unknown {
			t.Errorf("%s has %s, which %s does not", path, name, kind)
		}
	}
}

func TestEveryMemberIsSpelledAsInTheMetadata(t *testing.T) {
	for _, c := range []struct{ kind, path string }{
		{"teamworkDevice", ""},
		{"teamworkDeviceActivity", "/activity?$expand=*"},
		{"teamworkDeviceConfiguration", "/configuration?$expand=*"},
		{"teamworkDeviceHealth", "/health?$expand=*"},
	} {
		t.Run(c.kind, func(t *testing.T) {
			n := newTenant(t, Options{Devices: 200})
			for i := range n.units {
				seen := map[string]bool{}
				r := n.want(200, n.get(n.path(i)+c.path, "Prefer: include-unknown-enum-members"))
				compare(t, fmt.Sprintf("device %d", i), c.kind, any(r.body), seen)
				if len(seen) < 5 {
					t.Fatalf("device %d shows only %v", i, seen)
				}
			}
		})
	}
}

func TestEveryOperationIsSpelledAsInTheMetadata(t *testing.T) {
	n := newTenant(t, Options{Operations: 25})
	for i := range n.units {
		n.want(202, n.do("POST", n.path(i)+"/runDiagnostics", ""))
		n.pass(2 * time.Second)
		for _, op := range n.get(n.path(i) + "/operations?$top=50").values() {
			compare(t, fmt.Sprintf("device %d, operation %v", i, op["id"]), "teamworkDeviceOperation", any(op), map[string]bool{})
		}
	}
}

func TestWhatMustNotBeNullIsNot(t *testing.T) {
	n := newTenant(t, Options{Devices: 200})
	for i := range n.units {
		device, health := n.get(n.path(i)), n.get(n.path(i)+"/health")
		for name, value := range map[string]any{
			"id": device.at("id"), "deviceType": device.at("deviceType"), "hardwareDetail": device.at("hardwareDetail"),
			"connection": health.at("connection"), "health id": health.at("id"),
		} {
			if value == nil {
				t.Errorf("device %d: %s is null", i, name)
			}
		}
	}
}

func TestAnswersAreOneJSONValueEach(t *testing.T) {
	n := newTenant(t, Options{Devices: 25})
	for _, path := range []string{"/teamwork/devices", "/teamwork/devices?$select=id", "/teamwork/devices?$select=health", n.path(0) + "/operations?$top=1"} {
		r := n.want(200, n.get(path))
		if !json.Valid([]byte(r.text)) || strings.Contains(r.text, "\\u0026") {
			t.Errorf("%s: %s", path, r.text)
		}
		if link, _ := r.at("@odata.nextLink").(string); link == "" {
			t.Errorf("%s has no next link", path)
		}
	}
}
