package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCreateStoresWhatIsGiven(t *testing.T) {
	n := newTenant(t, Options{Quiet: true})
	given := `{"@odata.type":"#Microsoft.Teams.GraphSvc.teamworkDeviceOperation","status":"successful","operationType":"DEVICERESTART",
		"error":{"@odata.type":"microsoft.graph.operationError","code":null,"message":"Unknown"},
		"startedDateTime":"2021-06-19T12:01:03.45Z","completedDateTime":"2021-06-19T14:02:03+02:00","createdDateTime":"2021-06-19T12:01:03Z",
		"lastActionDateTime":"2021-06-19T12:05:03.4512345Z",
		"createdBy":{"user":{"id":"u1","displayName":"Evan","shoeSize":43}},"lastActionBy":{"device":{"id":"d1"}},"id":"ignored"}`
	r := n.want(201, n.do("POST", n.path(0)+"/operations", given))
	want := map[string]any{}
	_ = json.Unmarshal([]byte(given), &want)
	delete(want, "@odata.type")
	want["operationType"], want["id"], want["@odata.context"] = "deviceRestart", r.at("id"), r.at("@odata.context")
	if diff := cmp.Diff(want, r.body); diff != "" || r.at("id") == "ignored" {
		t.Error(diff)
	}
	n.pass(time.Hour)
	again := n.get(n.path(0) + "/operations/" + r.at("id").(string))
	if diff := cmp.Diff(want, again.body); diff != "" {
		t.Error("changed later: ", diff)
	}
	if newest := ids(n.get(n.path(0) + "/operations"))[0]; newest != r.at("id") {
		t.Errorf("the newest is %s, although it came last", newest)
	}
}

func TestCreateDecidesWhatWalksOn(t *testing.T) {
	for _, c := range []struct{ name, body, now, later string }{
		{"queued", `{"status":"queued","operationType":"configUpdate"}`, "queued", "final"},
		{"in progress", `{"status":"InProgress","operationType":"configUpdate"}`, "InProgress", "final"},
		{"final", `{"status":"FAILED","operationType":"configUpdate"}`, "FAILED", "FAILED"},
		{"queued, yet completed", `{"status":"Queued","operationType":"configUpdate","completedDateTime":"2021-06-19T12:01:03Z"}`, "Queued", "Queued"},
		{"a word of its own", `{"status":"Pondering","operationType":"configUpdate"}`, "Pondering", "Pondering"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newTenant(t, Options{Quiet: true})
			r := n.want(201, n.do("POST", n.path(0)+"/operations", c.body))
			n.pass(time.Minute)
			later := n.get(n.path(0) + "/operations/" + r.at("id").(string)).at("status").(string)
			if r.at("status") != c.now || later != c.later && (c.later != "final" || !isFinal(later)) {
				t.Errorf("%v, then %v", r.at("status"), later)
			}
		})
	}
}

func TestCreateRefusesWhatIsWrong(t *testing.T) {
	n := newTenant(t, Options{})
	at := n.path(0) + "/operations"
	for _, c := range []struct {
		name, body, kind string
		status           int
		message          string
	}{
		{"no status", `{"operationType":"configUpdate"}`, "", 400, "'status' is required"},
		{"null status", `{"status":null,"operationType":"configUpdate"}`, "", 400, "'status' is required"},
		{"no type", `{"status":"Queued"}`, "", 400, "'operationType' is required"},
		{"unknown type", `{"status":"Queued","operationType":"selfDestruct"}`, "", 400, "'selfDestruct' was not found"},
		{"the sentinel", `{"status":"Queued","operationType":"unknownFutureValue"}`, "", 400, "was not found"},
		{"malformed time", `{"status":"Queued","operationType":"configUpdate","startedDateTime":"2021-06-19T12-01-03.45Z"}`, "", 400, "Edm.DateTimeOffset"},
		{"time that is no text", `{"status":"Queued","operationType":"configUpdate","createdDateTime":5}`, "", 400, "createdDateTime"},
		{"status that is no text", `{"status":1,"operationType":"configUpdate"}`, "", 400, "'status'"},
		{"user that is no object", `{"status":"Queued","operationType":"configUpdate","createdBy":"me"}`, "", 400, "'createdBy'"},
		{"unknown member", `{"status":"Queued","operationType":"configUpdate","priority":1}`, "", 400, "'priority' does not exist"},
		{"no JSON", `{`, "", 400, "Unable to read JSON"},
		{"an array", `[]`, "", 400, "Unable to read JSON"},
		{"nothing", ``, "application/json", 411, "Content-Length"},
		{"another type", `status=Queued`, "application/x-www-form-urlencoded", 415, "application/json"},
		{"too much", `{"status":"` + strings.Repeat("x", 1<<20) + `"}`, "", 413, "1 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var headers []string
			if c.kind != "" {
				headers = []string{"Content-Type: " + c.kind}
			}
			r := n.want(c.status, n.do("POST", at, c.body, headers...))
			if message, _ := r.at("error/message").(string); !strings.Contains(message, c.message) {
				t.Errorf("message %q", message)
			}
		})
	}
	n.want(404, n.do("POST", "/teamwork/devices/none/operations", `{}`))
	if n.stats.report().Creates != 0 {
		t.Error("something was created")
	}
}

func TestOneOfAKindAtATime(t *testing.T) {
	create := func(kind, status string) string {
		return fmt.Sprintf(`{"status":%q,"operationType":%q}`, status, kind)
	}
	for _, c := range []struct {
		name, path, body string
		status           int
	}{
		{"the same action", "/restart", "", 409},
		{"the same kind, created", "/operations", create("deviceRestart", "Queued"), 409},
		{"the same kind, born final", "/operations", create("deviceRestart", "Successful"), 201},
		{"another action", "/runDiagnostics", "", 202},
		{"another kind", "/operations", create("softwareUpdate", "Queued"), 201},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newTenant(t, Options{Quiet: true})
			n.want(202, n.do("POST", n.path(0)+"/restart", ""))
			r := n.want(c.status, n.do("POST", n.path(0)+c.path, c.body))
			if c.status == 409 && r.at("error/code") != "Conflict" {
				t.Errorf("code %v", r.at("error/code"))
			}
			n.pass(time.Minute)
			n.want(202, n.do("POST", n.path(0)+"/restart", ""))
		})
	}
	t.Run("configUpdate does not mind", func(t *testing.T) {
		n := newTenant(t, Options{Quiet: true})
		for range 2 {
			n.want(201, n.do("POST", n.path(0)+"/operations", create("configUpdate", "Queued")))
		}
	})
}

func TestUpdateSoftwareKnowsWhatHealthOffers(t *testing.T) {
	const available = "5.3.219.0"
	for _, c := range []struct {
		name, body string
		status     int
	}{
		{"what is available", `{"softwareType":"teamsClient","softwareVersion":"` + available + `"}`, 202},
		{"in any case", `{"softwareType":"TeamsClient","softwareVersion":"` + available + `"}`, 202},
		{"the newest", `{"softwareType":"teamsClient","softwareVersion":null}`, 202},
		{"the newest, unsaid", `{"softwareType":"teamsClient"}`, 202},
		{"a version of something else", `{"softwareType":"firmware","softwareVersion":"` + available + `"}`, 404},
		{"an invented version", `{"softwareType":"teamsClient","softwareVersion":"9.9"}`, 404},
		{"an invented type", `{"softwareType":"coffee","softwareVersion":"1"}`, 400},
		{"no type", `{}`, 400},
		{"no body", ``, 411},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newTenant(t, Options{Quiet: true})
			n.want(c.status, n.do("POST", n.path(0)+"/updateSoftware", c.body))
		})
	}
	n := newTenant(t, Options{Quiet: true})
	sip := slices.IndexFunc(n.units, (*unit).isGateway)
	n.want(404, n.do("POST", n.path(sip)+"/updateSoftware", `{"softwareType":"teamsClient"}`))
	n.want(404, n.do("POST", "/teamwork/devices/none/updateSoftware", `{"softwareType":"teamsClient"}`))
}

func TestASuccessfulUpdateShows(t *testing.T) {
	n := newTenant(t, Options{Quiet: true, Devices: 40})
	const at = "softwareUpdateHealth/teamsClientSoftwareUpdateStatus/"
	shown := 0
	for i := range n.units {
		before := n.get(n.path(i) + "/health")
		version, ok := before.at(at + "availableVersion").(string)
		if !ok {
			continue
		}
		r := n.want(202, n.do("POST", n.path(i)+"/updateSoftware", `{"softwareType":"teamsClient","softwareVersion":"`+version+`"}`))
		if got := n.get(n.path(i) + "/health"); got.text != before.text {
			t.Errorf("device %d shows it before it is done", i)
		}
		n.pass(time.Minute)
		done := n.get(r.header.Get("Location")).at("status") == "Successful"
		after := n.get(n.path(i) + "/health")
		runs := n.get(n.path(i) + "/configuration").at("softwareVersions/teamsClientSoftwareVersion")
		if (after.at(at+"currentVersion") == version && runs == version && after.at(at+"softwareFreshness") == "latest") != done {
			t.Errorf("device %d, done %v: %v, %v", i, done, after.at(at+"currentVersion"), runs)
		}
		if done {
			shown++
		}
	}
	if shown == 0 {
		t.Error("no update succeeded")
	}
}
