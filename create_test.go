package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

const createDocument = `mutation($input: CreateDeviceOperationInput!) {
  createDeviceOperation(input: $input) {
    deviceOperation {
      id operationId deviceId operationType operationTypeRaw status statusRaw isFinal
      error { code message }
      startedDateTime completedDateTime createdDateTime lastActionDateTime
      createdBy { application { id displayName } device { id displayName } user { id displayName } }
      lastActionBy { application { id } device { id } user { id displayName } }
    }
    userErrors {
      __typename
      ... on UserError { message code path }
      ... on DeviceNotFoundError { deviceId }
      ... on OperationAlreadyQueuedError { existingOperation { operationId status } }
      ... on PermissionDeniedError { requiredScopes }
      ... on ThrottledError { retryAfterSeconds }
      ... on UpstreamRejectedError { upstreamCode upstreamRequestId }
      ... on UpstreamUnavailableError { unavailableFor: retryAfterSeconds }
      ... on OutcomeUnknownError { candidates { operationId } }
    }
  }
}`

// recorder keeps what is posted on its way to a sandbox, and the status of the answer.
type recorder struct {
	next http.Handler
	mu   sync.Mutex
	last map[string]any
	path string
	code int
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodPost || strings.HasPrefix(req.URL.Path, "/_sandbox") {
		r.next.ServeHTTP(w, req)
		return
	}
	body, _ := io.ReadAll(req.Body)
	req.Body = io.NopCloser(strings.NewReader(string(body)))
	answered := httptest.NewRecorder()
	r.next.ServeHTTP(answered, req)
	r.mu.Lock()
	r.last, r.path, r.code = nil, req.URL.EscapedPath(), answered.Code
	_ = json.Unmarshal(body, &r.last)
	r.mu.Unlock()
	for name, values := range answered.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answered.Code)
	_, _ = w.Write(answered.Body.Bytes())
}

func (r *recorder) posted() (body map[string]any, path string, code int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last, r.path, r.code
}

// recorded serves a sandbox behind a recorder, and a front over it.
func recorded(t *testing.T, environ ...string) (*front, *recorder, string) {
	t.Helper()
	r := &recorder{next: sandbox.New(sandbox.Options{Quiet: true, Pace: time.Hour})}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	root := server.URL + "/beta"
	return serve(t, overSocket(root, environ...)...), r, root
}

// deviceIDs returns the ids of the first n devices.
func deviceIDs(f *front, n int) []string {
	f.t.Helper()
	data := f.must(`query($n: Int!) { devices(first: $n) { nodes { deviceId } } }`, map[string]any{"n": n})
	var ids []string
	for _, node := range dig(f.t, data, "devices", "nodes").([]any) {
		ids = append(ids, dig(f.t, node, "deviceId").(string))
	}
	return ids
}

func TestCreateCarriesNineProperties(t *testing.T) {
	f, upstream, _ := recorded(t)
	deviceID := deviceIDs(f, 1)[0]
	who := map[string]any{
		"application": map[string]any{"id": "app-1", "displayName": "Dashboard"},
		"device":      map[string]any{"id": "dev-1", "displayName": "Room"},
		"user":        map[string]any{"id": "user-1", "displayName": "Zoë"},
	}
	given := map[string]any{
		"status": "Failed", "operationType": "configUpdate",
		"error":              map[string]any{"code": "E1", "message": "did not apply"},
		"startedDateTime":    "2026-01-31T09:31:00Z",
		"completedDateTime":  "2026-01-31T09:32:00.5Z",
		"createdDateTime":    "2026-01-31T09:30:00Z",
		"createdBy":          who,
		"lastActionDateTime": "2026-01-31T09:32:01Z",
		"lastActionBy":       who,
	}
	input := map[string]any{"deviceId": deviceID}
	for name, value := range given {
		input[name] = value
	}
	input["status"], input["operationType"] = "FAILED", "CONFIG_UPDATE"
	payload := dig(t, f.must(createDocument, map[string]any{"input": input}), "createDeviceOperation")
	body, path, code := upstream.posted()
	if want := "/beta/teamwork/devices/" + deviceID + "/operations"; path != want || code != http.StatusCreated {
		t.Errorf("upstream answered %d on %s, want 201 on %s", code, path, want)
	}
	if body["@odata.type"] != "#microsoft.graph.teamworkDeviceOperation" {
		t.Errorf("@odata.type is %v", body["@odata.type"])
	}
	delete(body, "@odata.type")
	if diff := cmp.Diff(given, body); diff != "" {
		t.Errorf("upstream got (-want +got)\n%s", diff)
	}
	op := dig(t, payload, "deviceOperation").(map[string]any)
	for name, want := range given {
		switch name {
		case "status", "operationType":
			name, want = name+"Raw", given[name]
		case "lastActionBy":
			want = map[string]any{"application": map[string]any{"id": "app-1"}, "device": map[string]any{"id": "dev-1"},
				"user": map[string]any{"id": "user-1", "displayName": "Zoë"}}
		}
		if diff := cmp.Diff(want, op[name]); diff != "" {
			t.Errorf("%s came back (-want +got)\n%s", name, diff)
		}
	}
	again := f.must(`query($id: ID!) { node(id: $id) { ... on DeviceOperation { createdDateTime isFinal error { code } } } }`, map[string]any{"id": op["id"]})
	if dig(t, again, "node", "createdDateTime") != given["createdDateTime"] || dig(t, again, "node", "isFinal") != true {
		t.Errorf("read again it is %v", again)
	}
}

func TestCreateNeedsOnlyDeviceAndType(t *testing.T) {
	f, upstream, _ := recorded(t)
	input := map[string]any{"deviceId": deviceIDs(f, 1)[0], "operationType": "DEVICE_RESTART"}
	payload := dig(t, f.must(createDocument, map[string]any{"input": input}), "createDeviceOperation")
	if got := dig(t, payload, "deviceOperation", "status"); got != "QUEUED" {
		t.Errorf("status %v, want QUEUED", got)
	}
	body, _, _ := upstream.posted()
	want := map[string]any{"@odata.type": "#microsoft.graph.teamworkDeviceOperation", "status": "Queued", "operationType": "deviceRestart"}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("upstream got (-want +got)\n%s", diff)
	}
}

func TestCreateSpellsWordsAsUpstreamDoes(t *testing.T) {
	f, upstream, _ := recorded(t)
	ids := deviceIDs(f, 13)
	check := func(i int, operationType, status, wantType, wantStatus string) {
		t.Helper()
		input := map[string]any{"deviceId": ids[i], "operationType": operationType, "status": status}
		op := dig(t, f.must(createDocument, map[string]any{"input": input}), "createDeviceOperation", "deviceOperation").(map[string]any)
		body, _, _ := upstream.posted()
		if body["operationType"] != wantType || body["status"] != wantStatus {
			t.Errorf("%s, %s went as %v, %v", operationType, status, body["operationType"], body["status"])
		}
		if op["operationType"] != operationType || op["status"] != status || op["operationTypeRaw"] != wantType || op["statusRaw"] != wantStatus {
			t.Errorf("%s, %s came back as %v", operationType, status, op)
		}
	}
	for i, word := range [][2]string{
		{"DEVICE_RESTART", "deviceRestart"}, {"CONFIG_UPDATE", "configUpdate"}, {"DEVICE_DIAGNOSTICS", "deviceDiagnostics"},
		{"SOFTWARE_UPDATE", "softwareUpdate"}, {"DEVICE_MANAGEMENT_AGENT_CONFIG_UPDATE", "deviceManagementAgentConfigUpdate"},
		{"REMOTE_LOGIN", "remoteLogin"}, {"REMOTE_LOGOUT", "remoteLogout"},
	} {
		check(i, word[0], "QUEUED", word[1], "Queued")
	}
	for i, word := range [][2]string{
		{"QUEUED", "Queued"}, {"SCHEDULED", "Scheduled"}, {"IN_PROGRESS", "InProgress"},
		{"SUCCESSFUL", "Successful"}, {"CANCELLED", "Cancelled"}, {"FAILED", "Failed"},
	} {
		check(7+i, "REMOTE_LOGIN", word[0], "remoteLogin", word[1])
	}
}

func TestNewWordsOfUpstreamComeBackAsTheSentinel(t *testing.T) {
	root := upstream(t, sandbox.Options{})
	faults(t, root, `{"unknownWords":true}`)
	f := serve(t, overSocket(root)...)
	data := f.must(`{ devices(first: 50) { nodes { deviceType deviceTypeRaw operations { nodes { operationType operationTypeRaw status statusRaw } } } } }`)
	seen := map[string]bool{}
	for _, device := range dig(t, data, "devices", "nodes").([]any) {
		if dig(t, device, "deviceType") == "UNKNOWN_FUTURE_VALUE" {
			seen["deviceType "+dig(t, device, "deviceTypeRaw").(string)] = true
		}
		for _, op := range dig(t, device, "operations", "nodes").([]any) {
			for _, name := range []string{"operationType", "status"} {
				if dig(t, op, name) == "UNKNOWN_FUTURE_VALUE" {
					seen[name+" "+dig(t, op, name+"Raw").(string)] = true
				}
			}
		}
	}
	for _, name := range []string{"deviceType", "operationType", "status"} {
		found := false
		for word := range seen {
			found = found || (strings.HasPrefix(word, name+" ") && !strings.HasSuffix(strings.ToLower(word), "unknownfuturevalue"))
		}
		if !found {
			t.Errorf("no new word of %s with its raw spelling in %v", name, seen)
		}
	}
}
