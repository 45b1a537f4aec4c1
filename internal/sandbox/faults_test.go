package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestFaultsAreSetShownAndEnded(t *testing.T) {
	n := newTenant(t, Options{})
	n.faults(`{"error":1,"latency":"20ms","retired":410}`)
	r := n.want(200, n.do("GET", "/_sandbox/faults", ""))
	if r.at("error") != 1.0 || r.at("latency") != "20ms" || r.at("retired") != 410.0 || len(r.body) != 3 {
		t.Errorf("shown: %s", r.text)
	}
	n.faults(`{"throttle":0.5}`)
	if r := n.do("GET", "/_sandbox/faults", ""); r.text != `{"throttle":0.5}`+"\n" {
		t.Errorf("a body replaces all that was before: %s", r.text)
	}
	n.want(204, n.do("DELETE", "/_sandbox/faults", ""))
	if r := n.do("GET", "/_sandbox/faults", ""); r.text != "{}\n" {
		t.Errorf("ended: %s", r.text)
	}
}

func TestFaultsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, c := range []struct{ body, message string }{
		{`{"throttle":1.1}`, "throttle must be a share from 0 to 1"},
		{`{"reset":-0.1}`, "reset must be a share from 0 to 1"},
		{`{"latency":"-1s"}`, "latency must not be negative"},
		{`{"latency":"soon"}`, `latency must be a duration such as "20ms", not "soon"`},
		{`{"latency":20}`, `latency must be a duration such as "20ms"`},
		{`{"retryAfter":-1}`, "retryAfter must not be negative"},
		{`{"retired":418}`, "retired must be 404, 410 or 501"},
		{`{"trottle":0.1}`, `unknown field "trottle"; there are throttle, retryAfter, error, unavailable, malformed, reset, truncate, ` +
			`afterWork, latency, retired, noLicense, deprecation, pascalCase, wrapSingle, malformedTimes, namespace, relativeLinks, ` +
			`missingIds, emptyPages, unknownWords`},
		{`{"error":"often"}`, "error cannot be a string"},
		{`{} {}`, "more than one JSON value"},
		{``, "EOF"},
	} {
		t.Run(c.body, func(t *testing.T) {
			n := newTenant(t, Options{})
			if r := n.want(400, n.do("POST", "/_sandbox/faults", c.body)); r.at("error") != c.message {
				t.Errorf("message %v", r.at("error"))
			}
			if *n.Server.faults.Load() != (faults{}) {
				t.Error("it took hold all the same")
			}
		})
	}
}

func TestFaultsAnswerForTheService(t *testing.T) {
	for _, c := range []struct {
		name, faults string
		status       int
		code, after  string
	}{
		{"throttled", `{"throttle":1}`, 429, "TooManyRequests", "1"},
		{"throttled for long", `{"throttle":1,"retryAfter":7}`, 429, "TooManyRequests", "7"},
		{"throttled, nobody knows how long", `{"throttle":1,"retryAfter":0}`, 429, "TooManyRequests", ""},
		{"broken", `{"error":1}`, 500, "InternalServerError", ""},
		{"overloaded", `{"unavailable":1}`, 503, "ServiceUnavailable", ""},
		{"retired 404", `{"retired":404}`, 404, "NotFound", ""},
		{"retired 410", `{"retired":410}`, 410, "Gone", ""},
		{"retired 501", `{"retired":501}`, 501, "NotImplemented", ""},
		{"without a licence", `{"noLicense":true}`, 403, "Forbidden", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newTenant(t, Options{})
			n.faults(c.faults)
			r := n.want(c.status, n.get("/teamwork/devices"))
			if r.at("error/code") != c.code || r.header.Get("Retry-After") != c.after {
				t.Errorf("got %s, Retry-After %q", r.text, r.header.Get("Retry-After"))
			}
			inner := responses(t, n.want(200, n.do("POST", "/$batch", batchOf(get("1", "/teamwork/devices")))))["1"]
			if inner.status != c.status || inner.header.Get("Retry-After") != c.after {
				t.Errorf("in a batch: %d %v", inner.status, inner.header)
			}
		})
	}
}

func TestRetiredNamesTheSegment(t *testing.T) {
	n := newTenant(t, Options{})
	n.faults(`{"retired":404}`)
	for _, r := range []result{n.get("/teamwork/devices"), n.do("POST", n.path(0)+"/restart", ""), n.get("/teamwork/elsewhere")} {
		if n.want(404, r).at("error/message") != "Resource not found for the segment 'teamwork'." {
			t.Errorf("got %s", r.text)
		}
	}
}

func TestShareIsAShare(t *testing.T) {
	n := newTenant(t, Options{})
	n.faults(`{"error":0.25}`)
	failed := 0
	for range 1000 {
		if n.get("/teamwork/devices?$top=1").status == 500 {
			failed++
		}
	}
	if failed < 200 || failed > 300 {
		t.Errorf("%d of 1000 failed", failed)
	}
	if report := n.stats.report(); report.Requests != 1000 || report.Inner != 1000 {
		t.Errorf("counted %+v", report)
	}
}

func TestFailureMayComeAfterTheWork(t *testing.T) {
	for _, c := range []struct {
		faults  string
		creates int64
	}{{`{"error":1}`, 0}, {`{"error":1,"afterWork":1}`, 1}, {`{"throttle":1,"afterWork":1}`, 1}} {
		t.Run(c.faults, func(t *testing.T) {
			n := newTenant(t, Options{})
			n.faults(c.faults)
			n.do("POST", n.path(0)+"/restart", "")
			if got := n.stats.report().Creates; got != c.creates {
				t.Errorf("%d were created", got)
			}
		})
	}
}

func TestMalformedAnswersAreEitherHTMLOrBrokenJSON(t *testing.T) {
	n := newTenant(t, Options{})
	n.faults(`{"malformed":1}`)
	seen := map[string]bool{}
	for range 40 {
		r := n.want(200, n.get("/teamwork/devices?$top=1"))
		if json.Valid([]byte(r.text)) {
			t.Fatalf("valid JSON: %s", r.text)
		}
		seen[r.header.Get("Content-Type")] = true
		inner := responses(t, n.want(200, n.do("POST", "/$batch", batchOf(get("1", "/teamwork/devices?$top=1")))))["1"]
		if inner.status != 200 || inner.text == "" {
			t.Fatalf("in a batch: %+v", inner)
		}
	}
	if len(seen) != 2 {
		t.Errorf("seen only %v", seen)
	}
}

func TestLatencyMayBeAdded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for own, want := range map[time.Duration]time.Duration{0: time.Second, time.Minute: time.Minute} {
			n := newTenant(t, Options{Latency: own})
			n.faults(`{"latency":"1s"}`)
			began := time.Now()
			n.get("/teamwork/devices")
			if took := time.Since(began); took != want {
				t.Errorf("answered after %v, want %v", took, want)
			}
		}
	})
}

func TestAnswersTakeTheOtherDocumentedShapes(t *testing.T) {
	for _, c := range []struct {
		faults, path, member string
		want                 string
	}{
		{`{"pascalCase":true}`, "{0}", "deviceType", "TeamsRoom"},
		{`{"pascalCase":true}`, "{0}", "currentUser/userIdentityType", "AadUser"},
		{`{"pascalCase":true}`, "{0}/health", "loginStatus/teamsConnection/connectionStatus", "Connected"},
		{`{"pascalCase":true}`, "/teamwork/devices", "value/1/deviceType", "CollaborationBar"},
		{`{"wrapSingle":true}`, "{0}", "value/deviceType", "teamsRoom"},
		{`{"wrapSingle":true}`, "/teamwork/devices", "value/0/deviceType", "teamsRoom"},
		{`{"namespace":true}`, "{0}", "@odata.type", "#Microsoft.Teams.GraphSvc.teamworkDevice"},
		{`{"namespace":true}`, "{0}/operations", "value/0/@odata.type", "#Microsoft.Teams.GraphSvc.teamworkDeviceOperation"},
		{`{"missingIds":true}`, "/teamwork/devices", "value/0/id", "<nil>"},
	} {
		t.Run(c.faults+" "+c.path+" "+c.member, func(t *testing.T) {
			n := newTenant(t, Options{})
			n.faults(c.faults)
			r := n.want(200, n.get(strings.ReplaceAll(c.path, "{0}", n.path(0))))
			if got := fmt.Sprint(r.at(c.member)); got != c.want {
				t.Errorf("%s is %s, want %s", c.member, got, c.want)
			}
		})
	}
}

func TestTimesOfOperationsMayBeMalformed(t *testing.T) {
	n := newTenant(t, Options{})
	n.faults(`{"malformedTimes":true}`)
	created := n.get(n.path(0) + "/operations").at("value/0/createdDateTime").(string)
	if _, err := time.Parse("2006-01-02T15-04-05.000Z", created); err != nil {
		t.Errorf("createdDateTime is %s", created)
	}
	if device := n.get(n.path(0)).at("createdDateTime").(string); !strings.Contains(device, ":") {
		t.Errorf("a device's time is %s", device)
	}
}

func TestRelativeLinksLeadOnFromTheVersionRoot(t *testing.T) {
	n := newTenant(t, Options{})
	n.faults(`{"relativeLinks":true}`)
	link := n.get("/teamwork/devices?$top=2").at("@odata.nextLink").(string)
	if !strings.HasPrefix(link, "/teamwork/devices?$top=2&") {
		t.Fatalf("link %s", link)
	}
	n.want(200, n.get(link))
}

func TestEmptyPagesStillLeadOn(t *testing.T) {
	n := newTenant(t, Options{Devices: 30})
	n.faults(`{"emptyPages":true}`)
	sizes, seen := []int{}, map[string]bool{}
	for path := "/teamwork/devices?$top=10"; path != ""; {
		r := n.want(200, n.get(path))
		sizes = append(sizes, len(r.values()))
		for _, id := range ids(r) {
			seen[id] = true
		}
		path, _ = r.at("@odata.nextLink").(string)
	}
	if fmt.Sprint(sizes) != "[10 0 10 0 10]" || len(seen) != 30 {
		t.Errorf("pages of %v, %d devices", sizes, len(seen))
	}
}

func TestUnknownWordsAreTheSameEverywhere(t *testing.T) {
	n := newTenant(t, Options{})
	n.faults(`{"unknownWords":true}`)
	unknown := 0
	for _, d := range n.get("/teamwork/devices?$top=50").values() {
		if one := n.get("/teamwork/devices/" + d["id"].(string)); one.at("deviceType") != d["deviceType"] {
			t.Errorf("%v in the list, %v alone", d["deviceType"], one.at("deviceType"))
		}
		if d["deviceType"] == "holographicDisplay" {
			unknown++
		}
	}
	if unknown == 0 || unknown == 50 {
		t.Errorf("%d of 50 are unknown", unknown)
	}
}

func TestDeprecationIsAnnounced(t *testing.T) {
	n := newTenant(t, Options{})
	n.faults(`{"deprecation":true}`)
	inner := responses(t, n.do("POST", "/$batch", batchOf(get("1", "/teamwork/devices"))))["1"]
	for name, h := range map[string]result{"alone": n.get("/teamwork/devices"), "in a batch": inner} {
		if h.header.Get("Deprecation") == "" || h.header.Get("Sunset") == "" || !strings.Contains(h.header.Get("Link"), `rel="deprecation"`) {
			t.Errorf("%s: %v", name, h.header)
		}
	}
}

func TestStatsCountByRoute(t *testing.T) {
	n := newTenant(t, Options{Quiet: true})
	n.get("/teamwork/devices")
	n.get(n.path(0) + "/operations")
	n.get(n.path(1) + "/operations?$top=1")
	n.get("/nowhere")
	n.do("POST", n.path(0)+"/restart", "")
	n.do("POST", n.path(0)+"/restart", "")
	n.do("POST", "/$batch", batchOf(get("1", "/teamwork/devices"), get("2", n.path(0)+"/health")))
	n.do("GET", "/_sandbox/faults", "")
	r := n.want(200, n.do("GET", "/_sandbox/stats", ""))
	want := `{"requests":7,"inner":8,"creates":1,"byRoute":{"GET (unknown)":1,"GET /teamwork/devices":2,` +
		`"GET /teamwork/devices/{id}/health":1,"GET /teamwork/devices/{id}/operations":2,"POST /$batch":1,` +
		`"POST /teamwork/devices/{id}/restart":2}}` + "\n"
	if r.text != want {
		t.Errorf("got %swant %s", r.text, want)
	}
	n.want(204, n.do("DELETE", "/_sandbox/stats", ""))
	if r := n.do("GET", "/_sandbox/stats", ""); r.text != `{"requests":0,"inner":0,"creates":0,"byRoute":{}}`+"\n" {
		t.Errorf("reset: %s", r.text)
	}
	n.want(404, n.do("GET", "/_sandbox/else", ""))
}

func TestSwitchesWorkWhileNothingElseDoes(t *testing.T) {
	n := newTenant(t, Options{Token: "secret", Latency: time.Hour, Rate: 1})
	n.faults(`{"reset":1,"error":1,"throttle":1,"retired":410}`)
	n.want(200, n.do("GET", "/_sandbox/stats", ""))
	n.want(204, n.do("DELETE", "/_sandbox/faults", ""))
}

func TestPagesOfOtherOriginsCannotSwitch(t *testing.T) {
	for _, c := range []struct {
		name, header string
		status       int
	}{
		{"curl", "Accept: */*", 200},
		{"curl with a form", "Content-Type: application/x-www-form-urlencoded", 200},
		{"our own page", "Origin: http://graph.test", 200},
		{"our own page, as a browser says", "Sec-Fetch-Site: same-origin", 200},
		{"another page", "Origin: https://evil.example", 403},
		{"a page without an origin", "Origin: null", 403},
		{"another page, as a browser says", "Sec-Fetch-Site: cross-site", 403},
		{"a neighbour's page", "Sec-Fetch-Site: same-site", 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newTenant(t, Options{})
			n.want(c.status, n.do("POST", "/_sandbox/faults", `{"error":1}`, c.header))
			if took := *n.Server.faults.Load() != (faults{}); took != (c.status == 200) {
				t.Errorf("it took hold: %v", took)
			}
			n.faults(`{"error":1}`)
			for _, path := range []string{"/_sandbox/faults", "/_sandbox/stats"} {
				if r := n.do("DELETE", path, "", c.header); (r.status == 403) != (c.status == 403) {
					t.Errorf("DELETE %s answers %d", path, r.status)
				}
			}
		})
	}
}
