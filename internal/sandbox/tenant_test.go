package sandbox

import (
	"slices"
	"strings"
	"testing"
)

func TestFirstTenDevicesAreOneOfEachType(t *testing.T) {
	n := newTenant(t, Options{})
	var got []string
	for _, d := range n.get("/teamwork/devices?$top=10").values() {
		got = append(got, d["deviceType"].(string))
	}
	if !slices.Equal(got, deviceTypes) {
		t.Errorf("got %v", got)
	}
}

// nulls lists the paths of all null members of a value, and of empty arrays.
func nulls(path string, value any) []string {
	var out []string
	switch v := value.(type) {
	case nil:
		return []string{path}
	case map[string]any:
		for name, inner := range v {
			out = append(out, nulls(path+"/"+name, inner)...)
		}
	case []any:
		if len(v) == 0 {
			return []string{path + " is empty"}
		}
		for _, inner := range v {
			out = append(out, nulls(path, inner)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestSecondDeviceLeavesNothingOut(t *testing.T) {
	n := newTenant(t, Options{})
	for _, part := range []string{"", "/activity?$expand=*", "/configuration?$expand=*", "/health?$expand=*"} {
		r := n.want(200, n.get(n.path(1)+part))
		got := slices.DeleteFunc(nulls("", r.body), func(p string) bool { return strings.HasPrefix(p, "/currentUser") })
		if len(got) > 0 {
			t.Errorf("%s has nulls: %v", part, got)
		}
	}
}

func TestFirstDeviceIsAWholeTeamsRoom(t *testing.T) {
	n := newTenant(t, Options{})
	allowed := []string{ // documented as not for Teams Rooms
		"/systemConfiguration", "/displayConfiguration/inBuiltDisplayScreenConfiguration",
	}
	for _, part := range []string{"/activity?$expand=*", "/configuration?$expand=*", "/health?$expand=*"} {
		for _, path := range nulls("", n.want(200, n.get(n.path(0)+part)).body) {
			if !slices.Contains(allowed, path) && !strings.Contains(path, "createdBy/") && !strings.Contains(path, "lastModifiedBy/") {
				t.Errorf("%s has %s null", part, path)
			}
		}
	}
}

func TestConfigurationIsThatOfTheDeviceType(t *testing.T) {
	n := newTenant(t, Options{})
	forRooms := []string{"cameraConfiguration", "microphoneConfiguration", "speakerConfiguration", "hardwareConfiguration", "teamsClientConfiguration"}
	for i, u := range n.units {
		if i == 1 { // has everything, on purpose
			continue
		}
		r := n.get(n.path(i) + "/configuration")
		for _, name := range forRooms {
			if (r.at(name) != nil) != u.isRoom() {
				t.Errorf("device %d, a %s: %s is %v", i, u.device.DeviceType, name, r.at(name))
			}
		}
		if (r.at("systemConfiguration") == nil) != u.isRoom() {
			t.Errorf("device %d, a %s: systemConfiguration is %v", i, u.device.DeviceType, r.at("systemConfiguration"))
		}
	}
}

func TestSecretsAreNeverRead(t *testing.T) {
	n := newTenant(t, Options{})
	for i := range n.units {
		text := n.get(n.path(i) + "/configuration?$expand=*").text
		if strings.Contains(text, "defaultPassword") || strings.Contains(text, "lockPin") {
			t.Fatalf("device %d: %s", i, text)
		}
	}
}

func TestPeripheralsComeOnlyWhenExpanded(t *testing.T) {
	n := newTenant(t, Options{})
	for part, members := range map[string][]string{
		"/activity":      {"activePeripherals/speaker", "activePeripherals/roomCamera"},
		"/health":        {"peripheralsHealth/speakerHealth/peripheral", "hardwareHealth/computeHealth/peripheral", "peripheralsHealth/displayHealthCollection/0/peripheral"},
		"/configuration": {"cameraConfiguration/cameras", "hardwareConfiguration/compute", "displayConfiguration/configuredDisplays/0/peripheral"},
	} {
		plain, expanded := n.get(n.path(0)+part), n.get(n.path(0)+part+"?expand=*")
		for _, member := range members {
			if plain.at(member) != nil || expanded.at(member) == nil {
				t.Errorf("%s %s: %v without, %v with $expand", part, member, plain.at(member), expanded.at(member))
			}
		}
		if strings.Contains(plain.text, "vendorId") {
			t.Errorf("%s has a peripheral: %s", part, plain.text)
		}
	}
}

func TestHealthBearsOutHealthStatus(t *testing.T) {
	n := newTenant(t, Options{Devices: 400})
	seen := map[string]int{}
	for i, u := range n.units {
		status := *u.device.HealthStatus
		seen[status]++
		r := n.get(n.path(i) + "/health")
		text, link := r.text, r.at("connection/connectionStatus")
		trouble := strings.Contains(text, `"disconnected"`)
		stale := strings.Contains(text, `"updateAvailable"`)
		ok := true
		switch status {
		case "healthy":
			ok = link == "connected" && !trouble && !stale
		case "nonUrgent":
			ok = link == "connected" && (trouble || stale)
		case "critical":
			ok = link == "connected" && trouble
		case "offline":
			ok = link == "disconnected" && !strings.Contains(text, `"connected"`) && *u.device.ActivityState == "unavailable"
		case "unknown":
			ok = link == "unknown"
		}
		if !ok {
			t.Errorf("device %d is %s, yet %s", i, status, text)
		}
	}
	if len(seen) != 5 {
		t.Errorf("seen only %v", seen)
	}
}

func TestNamesComeInManyScripts(t *testing.T) {
	n := newTenant(t, Options{})
	text := n.get("/teamwork/devices?$top=50").text
	for _, name := range []string{"Zoë Müller", "山田 太郎"} {
		if !strings.Contains(text, name) {
			t.Errorf("nobody is called %s", name)
		}
	}
	var missing int
	for _, d := range n.get("/teamwork/devices?$top=50").values() {
		if d["currentUser"] == nil || d["notes"] == nil || d["companyAssetTag"] == nil {
			missing++
		}
	}
	if missing == 0 {
		t.Error("nothing is ever null")
	}
}

func TestWordsAboveTheSentinelAreWithheld(t *testing.T) {
	n := newTenant(t, Options{})
	for i, word := range map[int]string{6: "emailUser", 9: "azureCommunicationServicesUser"} {
		plain := n.get(n.path(i))
		asked := n.get(n.path(i), "Prefer: odata.maxpagesize=5, include-unknown-enum-members")
		if got := plain.at("currentUser/userIdentityType"); got != "unknownFutureValue" {
			t.Errorf("unasked: %v", got)
		}
		if got := asked.at("currentUser/userIdentityType"); got != word {
			t.Errorf("asked: %v, want %s", got, word)
		}
		if got := asked.header.Get("Preference-Applied"); got != "include-unknown-enum-members" {
			t.Errorf("Preference-Applied is %q", got)
		}
	}
	if got := n.get(n.path(9)).at("deviceType"); got != "sipAnalog" {
		t.Errorf("sipAnalog is documented and comes always, not as %v", got)
	}
}
