package sandbox

import (
	"encoding/hex"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// each asks a tenant of some size about every device.
func each(t *testing.T, f func(n *tenant, i int, u *unit)) {
	n := newTenant(t, Options{Devices: 150, Quiet: true})
	for i, u := range n.units {
		f(n, i, u)
	}
}

// timeAt reads a time of an answer.
func timeAt(t *testing.T, op map[string]any, name string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, op[name].(string))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestOnlyWhatIsConnectedIsActive(t *testing.T) {
	each(t, func(n *tenant, i int, u *unit) {
		active := n.get(n.path(i) + "/activity?expand=*").at("activePeripherals").(map[string]any)
		health := n.get(n.path(i) + "/health?expand=*")
		for name, p := range active {
			at := "peripheralsHealth/" + name + "Health/"
			if link := health.at(at + "connection/connectionStatus"); (p != nil) != (link == "connected") {
				t.Errorf("device %d is %s: %s is %v, its connection %v", i, *u.device.HealthStatus, name, p, link)
			}
		}
	})
}

func TestFailuresTakeAsLongAsTheySay(t *testing.T) {
	said := 0
	each(t, func(n *tenant, i int, u *unit) {
		for _, op := range n.get(n.path(i) + "/operations?$top=50").values() {
			why, _ := op["error"].(map[string]any)
			took := timeAt(t, op, "lastActionDateTime").Sub(timeAt(t, op, "createdDateTime"))
			for text, limit := range map[string]time.Duration{"15 minutes": 15 * time.Minute, "30 minutes": 30 * time.Minute} {
				if why != nil && strings.Contains(why["message"].(string), text) {
					if said++; took < limit || took > limit+time.Minute {
						t.Errorf("device %d took %v: %v", i, took, why)
					}
				}
			}
		}
		n.do("POST", n.path(i)+"/runDiagnostics", "")
		n.do("POST", n.path(i)+"/restart", "")
		n.pass(time.Minute)
		for _, op := range n.get(n.path(i) + "/operations?$top=2").values() {
			if why, _ := op["error"].(map[string]any); why != nil && strings.Contains(why["message"].(string), "minutes") {
				t.Errorf("device %d failed within seconds: %v", i, why)
			}
		}
	})
	if said == 0 {
		t.Error("nothing timed out")
	}
}

func TestALostConnectionFailsWhatCameAfter(t *testing.T) {
	each(t, func(n *tenant, i int, u *unit) {
		for _, op := range n.get(n.path(i) + "/operations?$top=50").values() {
			why, _ := op["error"].(map[string]any)
			lost := !u.isConnected() && !timeAt(t, op, "createdDateTime").Before(u.since.Truncate(time.Millisecond))
			if failed := why != nil && (why["code"] == "DeviceOffline" || why["code"] == "DeviceUnreachable"); failed != lost {
				t.Errorf("device %d is %s since %v: %v", i, *u.device.HealthStatus, u.since, op)
			}
		}
	})
}

func TestWorkIsOfTheDevicesKind(t *testing.T) {
	signIns := []string{"ipPhone", "lowCostPhone", "teamsPanel", "teamsDisplay", "collaborationBar"}
	kinds, outcomes, odd, all := map[string]int{}, map[string]int{}, 0, 0
	each(t, func(n *tenant, i int, u *unit) {
		for _, op := range n.get(n.path(i) + "/operations?$top=50").values() {
			kind := op["operationType"].(string)
			if strings.HasPrefix(kind, "remote") && !slices.Contains(signIns, u.device.DeviceType) ||
				kind == "deviceManagementAgentConfigUpdate" && u.isGateway() {
				t.Errorf("device %d, a %s, had a %s", i, u.device.DeviceType, kind)
			}
			kinds[kind]++
			outcomes[op["status"].(string)]++
			if all++; op["status"] == "Successful" && op["error"] != nil {
				odd++
			}
		}
	})
	for what, c := range map[string]struct{ count, least, most int }{
		"configUpdate": {kinds["configUpdate"], 20, 35}, "deviceRestart": {kinds["deviceRestart"], 20, 35},
		"deviceDiagnostics": {kinds["deviceDiagnostics"], 1, 6}, "remoteLogin": {kinds["remoteLogin"], 1, 4},
		"failures": {outcomes["Failed"], 6, 10}, "cancelled": {outcomes["Cancelled"], 1, 4}, "odd successes": {odd, 3, 7},
	} {
		if share := 100 * c.count / all; share < c.least || share > c.most {
			t.Errorf("%s: %d%% of %d, want %d to %d", what, share, all, c.least, c.most)
		}
	}
}

func TestSoftwareIsOfThePlatform(t *testing.T) {
	each(t, func(n *tenant, i int, u *unit) {
		runs := n.get(n.path(i) + "/configuration").at("softwareVersions").(map[string]any)
		client, _ := runs["teamsClientSoftwareVersion"].(string)
		system, _ := runs["operatingSystemSoftwareVersion"].(string)
		if isAndroid := strings.HasPrefix(client, "1449/"); client != "" && isAndroid == u.isWindows() {
			t.Errorf("device %d, a %s, runs client %s", i, u.device.DeviceType, client)
		}
		if strings.HasPrefix(system, "10.0.") && !u.isWindows() {
			t.Errorf("device %d, a %s, runs %s", i, u.device.DeviceType, system)
		}
		if firmware[u.model.manufacturer] == nil {
			t.Errorf("nobody knows the firmware of %s", u.model.manufacturer)
		}
	})
}

func TestASuccessfulUpdateOfTheHistoryHasLeftSomethingLatest(t *testing.T) {
	each(t, func(n *tenant, i int, u *unit) {
		updated := false
		for _, op := range n.get(n.path(i) + "/operations?$top=50").values() {
			updated = updated || op["operationType"] == "softwareUpdate" && op["status"] == "Successful"
		}
		if health := n.get(n.path(i) + "/health").text; updated && !strings.Contains(health, `"latest"`) {
			t.Errorf("device %d was updated, yet %s", i, health)
		}
	})
}

func TestCreatedSoftwareUpdateBringsWhatWaits(t *testing.T) {
	for _, body := range []string{`{"status":"Queued","operationType":"softwareUpdate"}`, `{"status":"Successful","operationType":"softwareUpdate"}`} {
		n := newTenant(t, Options{Quiet: true})
		waiting := func() int { return strings.Count(n.get(n.path(0)+"/health").text, `"updateAvailable"`) }
		before := waiting()
		n.want(201, n.do("POST", n.path(0)+"/operations", body))
		n.pass(time.Minute)
		if after := waiting(); before == 0 || after != before-1 {
			t.Errorf("%s: %d waited, then %d", body, before, after)
		}
	}
}

func TestPlacesAndPeopleHangTogether(t *testing.T) {
	tags, cities, gateways := map[string]int{}, map[string]string{}, map[string]string{}
	each(t, func(n *tenant, i int, u *unit) {
		d := u.device
		if tag := d.CompanyAssetTag; tag != nil {
			if other, ok := tags[*tag]; ok {
				t.Errorf("devices %d and %d are both %s", other, i, *tag)
			}
			tags[*tag] = i
		}
		if who := d.CurrentUser; who != nil {
			if city := cities[*who.ID]; city != "" && city != u.site.city {
				t.Errorf("%s is in %s and %s", *who.DisplayName, city, u.site.city)
			}
			cities[*who.ID] = u.site.city
		}
		if gateway, _ := n.get(n.path(i) + "/configuration").at("systemConfiguration/networkConfiguration/defaultGateway").(string); gateway != "" {
			if city := gateways[gateway]; city != "" && city != u.site.city {
				t.Errorf("%s and %s share %s", city, u.site.city, gateway)
			}
			gateways[gateway] = u.site.city
		}
		if d.DeviceType == "surfaceHub" && !slices.Contains(meetingRooms, u.room) {
			t.Errorf("a Surface Hub in the %s", u.room.purpose)
		}
		if created, modified := *d.CreatedDateTime, *d.LastModifiedDateTime; modified < created || modified > *stamp(n.start) || modified < "2026-03-07" {
			t.Errorf("device %d: created %s, modified %s", i, created, modified)
		}
		for _, mac := range d.HardwareDetail.MACAddresses {
			_, address, _ := strings.Cut(mac, ":")
			if first, err := hex.DecodeString(address[:2]); err != nil || first[0]&3 != 0 || len(address) != 17 {
				t.Errorf("device %d has %s", i, mac)
			}
		}
	})
}

func TestMostDevicesAreHealthy(t *testing.T) {
	n := newTenant(t, Options{})
	healthy := 0
	for _, u := range n.units {
		if *u.device.HealthStatus == "healthy" {
			healthy++
		}
	}
	if healthy < 39 || healthy > 45 {
		t.Errorf("%d of 60 devices are healthy", healthy)
	}
}

func TestSpeakersAreListedOnce(t *testing.T) {
	each(t, func(n *tenant, i int, u *unit) {
		seen := map[any]bool{}
		list, _ := n.get(n.path(i) + "/configuration?expand=*").at("speakerConfiguration/speakers").([]any)
		for _, one := range list {
			id := one.(map[string]any)["id"]
			if seen[id] {
				t.Errorf("device %d lists %v twice", i, id)
			}
			seen[id] = true
		}
	})
}

func TestEveryFaultIsExplained(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range properties(reflect.TypeFor[faults]()) {
		if !strings.Contains(string(text), "\n//\t"+name+" ") {
			t.Errorf("doc.go does not explain %s", name)
		}
	}
}
