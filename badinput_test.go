package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

// badInputs are requests that must end in a typed error which names the argument;
// what each is told stands in testdata/badinput.golden.
var badInputs = []struct {
	name      string
	query     string
	variables string
}{
	{"oneOf with none, literal", `{ device(by: {}) { id } }`, ``},
	{"oneOf with two, literal", `{ device(by: {deviceId: "x", id: "y"}) { id } }`, ``},
	{"oneOf with none, variable", `query($by: DeviceLookup!) { device(by: $by) { id } }`, `{"by": {}}`},
	{"oneOf with two, variable", `query($by: DeviceLookup!) { device(by: $by) { id } }`, `{"by": {"deviceId": "x", "id": "y"}}`},
	{"oneOf with null, variable", `query($by: DeviceLookup!) { device(by: $by) { id } }`, `{"by": {"deviceId": null}}`},
	{"oneOf with a variable inside", `query($id: String!, $other: ID!) { device(by: {deviceId: $id, id: $other}) { id } }`, `{"id": "x", "other": "y"}`},
	{"oneOf filter with two, variable", `query($f: DeviceFilter) { devices(filter: $f) { nodes { id } } }`, `{"f": {"deviceType": "SIP", "currentUserId": "u"}}`},
	{"operation lookup with two, variable", `query($by: DeviceOperationLookup!) { deviceOperation(by: $by) { id } }`, `{"by": {"id": "x", "key": {"deviceId": "a", "operationId": "b"}}}`},
	{"first is 0", `{ devices(first: 0) { nodes { id } } }`, ``},
	{"first is -1", `{ devices(first: -1) { nodes { id } } }`, ``},
	{"first is 101", `{ devices(first: 101) { nodes { id } } }`, ``},
	{"first is 101, variable", `query($n: Int!) { devices(first: $n) { nodes { id } } }`, `{"n": 101}`},
	{"first is a text", `{ devices(first: "x") { nodes { id } } }`, ``},
	{"first of a device's operations", `query($n: Int!) { deviceOperations(deviceId: "a", first: $n) { nodes { id } } }`, `{"n": 0}`},
	{"first is null, by a nullable variable", `query($n: Int) { devices(first: $n) { nodes { id } } }`, `{"n": null}`},
	{"first is a fraction", `query($n: Int!) { devices(first: $n) { nodes { id } } }`, `{"n": 1.5}`},
	{"a cursor that is none", `{ devices(after: "abc") { nodes { id } } }`, ``},
	{"an unknown node id", `{ node(id: "abc") { id } }`, ``},
	{"an unknown node among others", `{ nodes(ids: ["abc", "def"]) { id } }`, ``},
	{"too many nodes", `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, `{"ids": [` + strings.TrimSuffix(strings.Repeat(`"x",`, 101), ",") + `]}`},
	{"an operation's id for a device", `{ device(by: {id: "RGV2aWNlT3BlcmF0aW9uOjE6YWI"}) { id } }`, ``},
	{"an operation's id for a device, in a list", `{ deviceOperations(deviceId: "RGV2aWNlT3BlcmF0aW9uOjE6YWI") { nodes { id } } }`, ``},
	{"a device's id for an operation", `{ deviceOperation(by: {id: "RGV2aWNlOmE"}) { id } }`, ``},
	{"a dot segment", `{ device(by: {deviceId: ".."}) { id } }`, ``},
	{"an empty id", `{ device(by: {deviceId: ""}) { id } }`, ``},
	{"an id with NUL", `{ device(by: {deviceId: "a\u0000b"}) { id } }`, ``},
	{"an id with a line break", `{ device(by: {deviceId: "a\r\nX-Evil: 1"}) { id } }`, ``},
	{"an id of 10 kB", `query($id: String!) { device(by: {deviceId: $id}) { id } }`, `{"id": "` + strings.Repeat("x", 10<<10) + `"}`},
	{"an empty operation id", `{ deviceOperation(by: {key: {deviceId: "a", operationId: ""}}) { id } }`, ``},
	{"the sentinel in a filter", `{ devices(filter: {deviceType: UNKNOWN_FUTURE_VALUE}) { nodes { id } } }`, ``},
	{"the sentinel in a list", `query($t: [DeviceOperationType!]) { deviceOperations(deviceId: "a", filter: {operationTypes: $t}) { nodes { id } } }`, `{"t": ["REMOTE_LOGIN", "UNKNOWN_FUTURE_VALUE"]}`},
	{"the sentinel as a single item", `{ deviceOperations(deviceId: "a", filter: {statuses: UNKNOWN_FUTURE_VALUE}) { nodes { id } } }`, ``},
	{"a date that is none", `{ deviceOperations(deviceId: "a", filter: {createdAfter: "yesterday"}) { nodes { id } } }`, ``},
	{"an empty date", `{ deviceOperations(deviceId: "a", filter: {createdAfter: ""}) { nodes { id } } }`, ``},
	{"the date that stands for none", `{ deviceOperations(deviceId: "a", filter: {createdAfter: "0001-01-01T00:00:00Z"}) { nodes { id } } }`, ``},
	{"a date without a zone", `{ deviceOperations(deviceId: "a", filter: {createdBefore: "2026-01-31T09:30:00"}) { nodes { id } } }`, ``},
	{"a date as a number", `query($d: DateTime) { deviceOperations(deviceId: "a", filter: {createdBefore: $d}) { nodes { id } } }`, `{"d": 1769851800}`},
	{"an unknown enum word", `query($t: DeviceType) { devices(filter: {deviceType: $t}) { nodes { id } } }`, `{"t": "TOASTER"}`},
	{"create: the sentinel", create(`operationType: UNKNOWN_FUTURE_VALUE`), ``},
	{"create: the sentinel as status", create(`operationType: DEVICE_RESTART, status: UNKNOWN_FUTURE_VALUE`), ``},
	{"create: a date that is none", create(`operationType: DEVICE_RESTART, startedDateTime: "31.01.2026"`), ``},
	{"create: an empty date", create(`operationType: DEVICE_RESTART, startedDateTime: ""`), ``},
	{"create: no status, by a nullable variable", `mutation($s: DeviceOperationStatus) { createDeviceOperation(input: {deviceId: "a", operationType: DEVICE_RESTART, status: $s}) { deviceOperation { id } userErrors { __typename ... on UserError { message code path } } } }`, `{"s": null}`},
	{"create: a version too long", create(`operationType: SOFTWARE_UPDATE, softwareUpdate: {softwareType: FIRMWARE, softwareVersion: "` + strings.Repeat("9", 65) + `"}`), ``},
	{"create: the sentinel below", create(`operationType: SOFTWARE_UPDATE, softwareUpdate: {softwareType: UNKNOWN_FUTURE_VALUE}`), ``},
	{"create: an empty device id", `mutation { createDeviceOperation(input: {deviceId: "", operationType: DEVICE_RESTART}) { deviceOperation { id } userErrors { __typename ... on UserError { message code path } } } }`, ``},
	{"create: an operation's id", `mutation { createDeviceOperation(input: {deviceId: "RGV2aWNlT3BlcmF0aW9uOjE6YWI", operationType: DEVICE_RESTART}) { deviceOperation { id } userErrors { __typename ... on UserError { message code path } } } }`, ``},
	{"create: a short key", create(`operationType: DEVICE_RESTART, idempotencyKey: "1234567"`), ``},
	{"create: a long key", create(`operationType: DEVICE_RESTART, idempotencyKey: "` + strings.Repeat("k", 129) + `"`), ``},
	{"bulk: no devices", createMany(`deviceIds: [], operationType: DEVICE_RESTART`), ``},
	{"bulk: too many devices", createMany(`deviceIds: [` + strings.Repeat(`"a" `, 201) + `], operationType: DEVICE_RESTART`), ``},
	{"bulk: the sentinel", createMany(`deviceIds: ["a"], operationType: UNKNOWN_FUTURE_VALUE`), ``},
	{"bulk: an empty key", createMany(`deviceIds: ["a"], operationType: DEVICE_RESTART, idempotencyKey: ""`), ``},
	{"bulk: what the collection can't take", createMany(`deviceIds: ["a", "b"], operationType: SOFTWARE_UPDATE, softwareUpdate: {softwareType: FIRMWARE}`), ``},
	{"bulk: an id that is none", createMany(`deviceIds: [".."], operationType: DEVICE_RESTART`), ``},
}

// createMany writes a create on many devices.
func createMany(input string) string {
	const problem = `userErrors { __typename ... on UserError { message code path } }`
	return `mutation { createDeviceOperations(input: {` + input + `}) { results { ` + problem + ` } ` + problem + ` } }`
}

// create writes a create on a device that need not be.
func create(rest string) string {
	return `mutation { createDeviceOperation(input: {deviceId: "a", ` + rest + `}) { deviceOperation { id } userErrors { __typename ... on UserError { message code path } } } }`
}

const badInputGolden = "badinput.golden"

// TestBadInputIsToldWhichArgument sends nothing upstream. UPDATE_GOLDEN=1 renews the
// golden file: read the difference.
func TestBadInputIsToldWhichArgument(t *testing.T) {
	root := upstream(t, sandbox.Options{})
	f := serve(t, overSocket(root)...)
	var told bytes.Buffer
	for _, c := range badInputs {
		var variables map[string]any
		if c.variables != "" {
			if err := json.Unmarshal([]byte(c.variables), &variables); err != nil {
				t.Fatal(err)
			}
		}
		a := f.ask(c.query, variables)
		told.WriteString("# " + c.name + "\n" + refusalOf(t, a) + "\n\n")
	}
	if n := statsOf(t, root).Requests; n != 0 {
		t.Errorf("%d requests went upstream", n)
	}
	golden := filepath.Join("testdata", badInputGolden)
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, told.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), told.String()); diff != "" {
		t.Errorf("what is told changed (-golden +now)\n%s", diff)
	}
}

// refusalOf writes what a refused request was told, and checks that it is a typed
// refusal which names an argument.
func refusalOf(t *testing.T, a answer) string {
	t.Helper()
	if payload, ok := a.Data["createDeviceOperation"].(map[string]any); ok {
		problem := dig(t, payload, "userErrors", 0).(map[string]any)
		if payload["deviceOperation"] != nil || problem["__typename"] != "InvalidInputError" || problem["path"] == nil {
			t.Errorf("not a typed refusal: %s", a.raw)
		}
		return encoded(t, problem)
	}
	if payload, ok := a.Data["createDeviceOperations"].(map[string]any); ok {
		if results := payload["results"].([]any); len(results) > 0 {
			payload = results[0].(map[string]any)
		}
		problem := dig(t, payload, "userErrors", 0).(map[string]any)
		if problem["__typename"] != "InvalidInputError" || problem["path"] == nil {
			t.Errorf("not a typed refusal: %s", a.raw)
		}
		return encoded(t, problem)
	}
	if len(a.Errors) == 0 {
		t.Fatalf("no error: %s", a.raw)
	}
	for _, e := range a.Errors {
		code := e.Extensions["code"]
		if code != "BAD_USER_INPUT" && code != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("code %v: %s", code, a.raw)
		}
		if e.Extensions["argument"] == nil {
			t.Errorf("no argument is named: %s", a.raw)
		}
		delete(e.Extensions, "requestId")
	}
	return encoded(t, a.Errors)
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

func TestIdsAreDataWhateverTheyHold(t *testing.T) {
	root := upstream(t, sandbox.Options{})
	f := serve(t, overSocket(root, "CACHE=off")...)
	for _, id := range []string{"../../users", "%2e%2e", "%2e%2e%2f", "a?$filter=x", "a#b", `a'b"c`, "a/b", `a\b`, "📺", "a b", "a;b", "devices('x')", "a%00b"} {
		data := f.must(`query($id: String!) { device(by: {deviceId: $id}) { id } operation: deviceOperation(by: {key: {deviceId: $id, operationId: $id}}) { id } }`, map[string]any{"id": id})
		if data["device"] != nil || data["operation"] != nil {
			t.Errorf("%q is something: %v", id, data)
		}
	}
	routes := statsOf(t, root).ByRoute
	delete(routes, "POST /$batch") // the two of a document may go together
	if routes["GET /teamwork/devices/{id}"] != 13 || routes["GET /teamwork/devices/{id}/operations/{id}"] != 13 || len(routes) != 2 {
		t.Errorf("upstream saw %v, want 13 of each route", routes)
	}
}
