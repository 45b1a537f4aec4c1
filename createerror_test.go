package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

// createOn sends one create and returns its only user error, with its typename.
func createOn(f *front, input map[string]any) map[string]any {
	f.t.Helper()
	payload := dig(f.t, f.must(createDocument, map[string]any{"input": input}), "createDeviceOperation")
	if op := dig(f.t, payload, "deviceOperation"); op != nil {
		f.t.Fatalf("an operation came back: %v", op)
	}
	list := dig(f.t, payload, "userErrors").([]any)
	if len(list) != 1 {
		f.t.Fatalf("%d user errors, want 1", len(list))
	}
	return list[0].(map[string]any)
}

func TestCreateAnswersUpstreamsRefusalsAsData(t *testing.T) {
	f, _, root := recorded(t)
	ids := deviceIDs(f, 2)
	for _, c := range []struct {
		name, faults string
		typename     string
		code         string
	}{
		{"unavailable", `{"unavailable":1}`, "UpstreamUnavailableError", "UPSTREAM_UNAVAILABLE"},
		{"retired", `{"retired":410}`, "UpstreamUnavailableError", "UPSTREAM_UNAVAILABLE"},
		{"retired by segment", `{"retired":404}`, "UpstreamUnavailableError", "UPSTREAM_UNAVAILABLE"},
		{"failed over it", `{"error":1}`, "OutcomeUnknownError", "OUTCOME_UNKNOWN"},
		{"reset", `{"reset":1}`, "OutcomeUnknownError", "OUTCOME_UNKNOWN"},
		{"unreadable", `{"malformed":1}`, "OutcomeUnknownError", "OUTCOME_UNKNOWN"},
		{"throttled", `{"throttle":1,"retryAfter":7}`, "ThrottledError", "THROTTLED"}, // last: nothing is sent for seven seconds
	} {
		t.Run(c.name, func(t *testing.T) {
			faults(t, root, c.faults)
			defer faults(t, root, "")
			before := statsOf(t, root).ByRoute["POST /teamwork/devices/{id}/operations"]
			got := createOn(f, map[string]any{"deviceId": ids[0], "operationType": "REMOTE_LOGIN"})
			if got["__typename"] != c.typename || got["code"] != c.code {
				t.Errorf("got %v, want %s %s", got, c.typename, c.code)
			}
			if c.typename == "ThrottledError" && got["retryAfterSeconds"] != 7.0 {
				t.Errorf("retryAfterSeconds %v, want 7", got["retryAfterSeconds"])
			}
			if sent := statsOf(t, root).ByRoute["POST /teamwork/devices/{id}/operations"] - before; sent > 1 {
				t.Errorf("the create was sent %d times", sent)
			}
		})
	}
}

func TestCreateFindsTheOperationInTheWay(t *testing.T) {
	f, _, _ := recorded(t)
	id := deviceIDs(f, 1)[0]
	restart := map[string]any{"deviceId": id, "operationType": "DEVICE_RESTART"}
	first := dig(t, f.must(createDocument, map[string]any{"input": restart}), "createDeviceOperation", "deviceOperation", "operationId")
	got := createOn(f, restart)
	if got["__typename"] != "OperationAlreadyQueuedError" || dig(t, got, "existingOperation", "operationId") != first {
		t.Errorf("got %v, want the operation %v in the way", got, first)
	}
}

// losing is a front over an upstream that does what is posted, and answers as if it had
// failed.
func losing(t *testing.T) *front {
	t.Helper()
	box := sandbox.New(sandbox.Options{Quiet: true, Pace: time.Hour})
	f, _ := serveOver(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/operations") {
			box.ServeHTTP(w, r)
			return
		}
		done := httptest.NewRecorder()
		box.ServeHTTP(done, r)
		if done.Code != http.StatusCreated {
			t.Errorf("the create got %d", done.Code)
		}
		http.Error(w, "{}", http.StatusInternalServerError)
	}))
	return f
}

func TestLostCreateShowsWhatAppearedSince(t *testing.T) {
	f := losing(t)
	id := deviceIDs(f, 1)[0]
	got := createOn(f, map[string]any{"deviceId": id, "operationType": "DEVICE_RESTART"})
	if got["__typename"] != "OutcomeUnknownError" || len(got["candidates"].([]any)) != 1 {
		t.Errorf("got %v, want one candidate", got)
	}
}

func TestCreateOnAMissingDevice(t *testing.T) {
	f, _, _ := recorded(t)
	got := createOn(f, map[string]any{"deviceId": "no-such-device", "operationType": "DEVICE_RESTART"})
	if got["__typename"] != "DeviceNotFoundError" || got["deviceId"] != "no-such-device" {
		t.Errorf("got %v", got)
	}
}

func TestOneMutationLivesBesideAnother(t *testing.T) {
	f, _, _ := recorded(t)
	ids := deviceIDs(f, 1)
	data := f.must(`mutation($id: ID!) {
		bad: createDeviceOperation(input: {deviceId: "..", operationType: DEVICE_RESTART}) { deviceOperation { id } userErrors { __typename } }
		good: createDeviceOperation(input: {deviceId: $id, operationType: DEVICE_RESTART}) { deviceOperation { status } userErrors { __typename } }
		worse: createDeviceOperation(input: {deviceId: $id, operationType: UNKNOWN_FUTURE_VALUE}) { deviceOperation { id } userErrors { __typename } }
	}`, map[string]any{"id": ids[0]})
	if dig(t, data, "good", "deviceOperation", "status") != "QUEUED" {
		t.Errorf("the good one got %v", data["good"])
	}
	for _, name := range []string{"bad", "worse"} {
		if got := dig(t, data, name, "userErrors", 0, "__typename"); got != "InvalidInputError" {
			t.Errorf("%s got %v", name, got)
		}
	}
}

func TestCreateThroughActions(t *testing.T) {
	f, upstream, _ := recorded(t, "GRAPH_CREATE_ROUTE=actions")
	ids := deviceIDs(f, 3)
	for i, c := range []struct{ operationType, action string }{
		{"DEVICE_RESTART", "restart"}, {"DEVICE_DIAGNOSTICS", "runDiagnostics"}, {"SOFTWARE_UPDATE", "updateSoftware"},
	} {
		input := map[string]any{"deviceId": ids[i], "operationType": c.operationType}
		if c.operationType == "SOFTWARE_UPDATE" {
			input["softwareUpdate"] = map[string]any{"softwareType": "TEAMS_CLIENT"}
		}
		op := dig(t, f.must(createDocument, map[string]any{"input": input}), "createDeviceOperation", "deviceOperation").(map[string]any)
		if op["operationType"] != c.operationType || op["status"] != "QUEUED" || op["createdDateTime"] == nil {
			t.Errorf("%s came back as %v", c.operationType, op)
		}
		if _, path, code := upstream.posted(); path != "/beta/teamwork/devices/"+ids[i]+"/"+c.action || code != http.StatusAccepted {
			t.Errorf("%s went to %s, answered %d", c.operationType, path, code)
		}
	}
	if got := createOn(f, map[string]any{"deviceId": ids[0], "operationType": "REMOTE_LOGIN"}); got["__typename"] != "UpstreamRejectedError" {
		t.Errorf("a type without an action got %v", got)
	}
	got := createOn(f, map[string]any{"deviceId": ids[0], "operationType": "DEVICE_RESTART", "createdBy": map[string]any{"user": map[string]any{"id": "u"}}})
	if got["__typename"] != "InvalidInputError" || dig(t, got, "path", 1) != "createdBy" {
		t.Errorf("createdBy on an action got %v", got)
	}
}

func TestAcceptedActionSurvivesAnUnreadableOperation(t *testing.T) {
	box := sandbox.New(sandbox.Options{Quiet: true})
	f, root := serveOver(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && len(r.URL.Path) > len("/beta/teamwork/devices/7aaf2f10-dc4f-b43d-bbd9-9af1a767eca8/operations/") {
			http.Error(w, "{}", http.StatusNotFound)
			return
		}
		box.ServeHTTP(w, r)
	}), "GRAPH_CREATE_ROUTE=actions")
	id := deviceIDs(f, 1)[0]
	a := f.ask(createDocument, map[string]any{"input": map[string]any{"deviceId": id, "operationType": "DEVICE_RESTART"}})
	op := dig(t, a.Data, "createDeviceOperation", "deviceOperation").(map[string]any)
	if op["status"] != "QUEUED" || op["operationId"] == "" || op["deviceId"] != id || op["createdDateTime"] != nil {
		t.Errorf("came back as %v", op)
	}
	if len(a.Extensions.Warnings) != 1 || a.Extensions.Warnings[0].Code != "UNCONFIRMED" {
		t.Errorf("warnings %v, want UNCONFIRMED", a.Extensions.Warnings)
	}
	if statsOf(t, root).Creates != 1 {
		t.Error("the restart did not reach upstream once")
	}
}

func TestSoftwareUpdateIsRefusedOnTheCollection(t *testing.T) {
	f, _, root := recorded(t)
	id := deviceIDs(f, 1)[0]
	got := createOn(f, map[string]any{"deviceId": id, "operationType": "SOFTWARE_UPDATE", "softwareUpdate": map[string]any{"softwareType": "FIRMWARE"}})
	if got["__typename"] != "InvalidInputError" || dig(t, got, "path", 1) != "softwareUpdate" {
		t.Errorf("got %v", got)
	}
	if statsOf(t, root).Creates != 0 {
		t.Error("something was created")
	}
}

func TestLostCreateIsFoundByTheTimeItWasGiven(t *testing.T) {
	f := losing(t)
	id := deviceIDs(f, 1)[0]
	got := createOn(f, map[string]any{"deviceId": id, "operationType": "REMOTE_LOGIN", "createdDateTime": "2020-01-01T00:00:00Z"})
	if got["__typename"] != "OutcomeUnknownError" || len(got["candidates"].([]any)) != 1 {
		t.Errorf("got %v, want one candidate", got)
	}
}

func TestLostCreateIsLogged(t *testing.T) {
	f, _, root := recorded(t, "LOG_LEVEL=warn")
	id := deviceIDs(f, 1)[0]
	faults(t, root, `{"reset":1}`)
	defer faults(t, root, "")
	createOn(f, map[string]any{"deviceId": id, "operationType": "REMOTE_LOGIN"})
	for _, want := range []string{"level=ERROR", "outcome unknown", "client-request-id", "requestId="} {
		if !strings.Contains(f.log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, f.log)
		}
	}
}
