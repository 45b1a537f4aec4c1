package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/auth/oidctest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// auditTail returns what was written to an audit since, and how much there is. What differs
// each time is checked to be there, and taken out.
func auditTail(t *testing.T, path string, since int) (lines []map[string]any, size int) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text[since:])) {
		var one map[string]any
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		done := one["event"] == "create.done"
		for name, must := range map[string]bool{"time": true, "requestId": true, "operationId": done && one["outcome"] == "created", "upstreamRequestId": done && (one["outcome"] == "created" && one["replayed"] != true || one["outcome"] == "conflict" || one["outcome"] == "not found")} {
			if value, _ := one[name].(string); (value != "") != must {
				t.Errorf("%s is %q in %s", name, value, line)
			}
			delete(one, name)
		}
		lines = append(lines, one)
	}
	return lines, len(text)
}

// TestEveryMutationIsAudited has no scopes in it: TestDelegatedFromTheTokenToTheWire has.
func TestEveryMutationIsAudited(t *testing.T) {
	o := oidctest.Start(t)
	path := filepath.Join(t.TempDir(), "audit")
	f := serve(t, verifying(o, "AUDIT_LOG="+path, "COST_LIMIT=300", "COST_BUDGET=300", "LOG_LEVEL=debug")...)
	token := func(oid string) http.Header {
		return http.Header{"Authorization": {"Bearer " + o.Token(t, oidctest.Claims{"oid": oid, "azp": "app-" + oid})}}
	}
	writer, spender := token("writer"), token("spender")
	listed := f.post(strings.NewReader(`{"query":"{ devices(first: 5) { nodes { deviceId } } }"}`), writer)
	device := dig(t, listed.Data, "devices", "nodes", 3, "deviceId").(string)
	create := func(input string) string {
		return `mutation { createDeviceOperation(input: {` + input + `}) { deviceOperation { id } userErrors { __typename } } }`
	}
	many := func(input string) string {
		return `mutation { createDeviceOperations(input: {` + input + `}) { results { userErrors { __typename } } userErrors { __typename } } }`
	}
	done := func(of map[string]any, outcome string, more ...string) []map[string]any {
		asked, done := map[string]any{"event": "create.asked"}, map[string]any{"event": "create.done", "outcome": outcome}
		for name, value := range of {
			asked[name], done[name] = value, value
		}
		for _, name := range more {
			done[name] = true
		}
		return []map[string]any{asked, done}
	}
	by := func(oid, deviceID, operation, key string) map[string]any {
		line := map[string]any{"oid": oid, "app": "app-" + oid, "tid": oidctest.Tenant, "deviceId": deviceID, "operationType": operation}
		if key != "" {
			line["idempotencyKey"] = key
		}
		return line
	}
	size := 0
	for _, c := range []struct {
		name   string
		who    http.Header
		query  string
		answer string
		want   []map[string]any
	}{
		{"a key that is too short", writer, create(`deviceId: "` + teamwork.DeviceGlobalID(device) + `", operationType: DEVICE_RESTART, idempotencyKey: "key"`), `"InvalidInputError"`,
			done(by("writer", device, "deviceRestart", "key"), "invalid")},
		{"an id that is none", writer, create(`deviceId: "..", operationType: DEVICE_RESTART`), `"InvalidInputError"`, done(by("writer", "..", "deviceRestart", ""), "invalid")},
		{"one that can be done", writer, create(`deviceId: "` + device + `", operationType: DEVICE_RESTART, idempotencyKey: "key-0001"`), `"userErrors":[]`,
			done(by("writer", device, "deviceRestart", "key-0001"), "created")},
		{"the same again", writer, create(`deviceId: "` + device + `", operationType: DEVICE_RESTART, idempotencyKey: "key-0001"`), `"userErrors":[]`,
			done(by("writer", device, "deviceRestart", "key-0001"), "created", "replayed")},
		{"what is under way", writer, create(`deviceId: "` + device + `", operationType: DEVICE_RESTART`), `"OperationAlreadyQueuedError"`,
			done(by("writer", device, "deviceRestart", ""), "conflict")},
		{"no device", writer, create(`deviceId: "none", operationType: DEVICE_RESTART`), `"DeviceNotFoundError"`, done(by("writer", "none", "deviceRestart", ""), "not found")},
		{"what costs too much", spender, many(`deviceIds: [` + strings.Repeat(`"a" `, 101) + `], operationType: REMOTE_LOGIN`), `"COST_LIMIT_EXCEEDED"`, nil},
		{"what can't be paid", spender, create(`deviceId: "` + device + `", operationType: DEVICE_RESTART`), `"COST_BUDGET_EXCEEDED"`, done(by("spender", device, "deviceRestart", ""), "cost budget")},
	} {
		t.Run(c.name, func(t *testing.T) {
			for c.answer == `"COST_BUDGET_EXCEEDED"` && f.post(strings.NewReader(firstDevice), c.who).status == http.StatusOK {
			}
			body, err := json.Marshal(map[string]any{"query": c.query})
			if err != nil {
				t.Fatal(err)
			}
			if a := f.post(strings.NewReader(string(body)), c.who); !strings.Contains(a.raw, c.answer) {
				t.Errorf("answered %s", a.raw)
			}
			var lines []map[string]any
			if lines, size = auditTail(t, path, size); c.want == nil {
				if len(lines) != 2*101 || lines[201]["outcome"] != "cost limit" || lines[201]["oid"] != "spender" {
					t.Errorf("%d lines, the last is %v", len(lines), lines[len(lines)-1])
				}
				return
			}
			if d := cmp.Diff(c.want, lines); d != "" {
				t.Errorf("the audit (-want +got)\n%s", d)
			}
		})
	}
}

// TestNothingIsDoneWithoutItsLine writes to a full disk.
func TestNothingIsDoneWithoutItsLine(t *testing.T) {
	f := serve(t, "AUDIT_LOG=/dev/full")
	device := deviceIDs(f, 1)[0]
	payload := dig(t, f.must(createDocument, map[string]any{"input": map[string]any{"deviceId": device, "operationType": "DEVICE_RESTART"}}), "createDeviceOperation")
	problem := dig(t, payload, "userErrors", 0).(map[string]any)
	if problem["__typename"] != "UpstreamUnavailableError" || !strings.Contains(problem["message"].(string), "audit log could not be written") {
		t.Errorf("answered %v", payload)
	}
	if n := statsOf(t, f.url).Creates; n != 0 {
		t.Errorf("%d were created", n)
	}
}
