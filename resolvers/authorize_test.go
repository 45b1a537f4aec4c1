package resolvers

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/graph"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const (
	readScope  = "TeamworkDevice.Read.All"
	writeScope = "TeamworkDevice.ReadWrite.All"
)

// handlerFor is the machine for a caller with the given scopes.
func handlerFor(s *service, unplanned bool, scopes ...string) http.Handler {
	return graph.NewHandler(graph.Options{
		Resolvers: resolverOf(s), Refuse: Refuse, Unplanned: unplanned,
		Granted: func(context.Context) graph.Granted { return &teamwork.Caller{Scopes: scopes} },
	})
}

func askAs(t *testing.T, handler http.Handler, document string) answer {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": document})
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, req)
	a := answer{raw: w.Body.String()}
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestFieldsAskForTheScopesOfTheContract(t *testing.T) {
	const create = `mutation { createDeviceOperation(input: {deviceId: "d1", operationType: DEVICE_RESTART}) { deviceOperation { id } userErrors { __typename ... on PermissionDeniedError { requiredScopes } } } }`
	node := `{ node(id: "` + mixedIDs[0] + `") { id } }`
	for _, c := range []struct {
		name, document, root string
		scopes               []string
		allowed              bool
	}{
		{"a device, with nothing", `{ device(by: {deviceId: "d1"}) { id } }`, "device", nil, false},
		{"a device, by another scope", `{ device(by: {deviceId: "d1"}) { id } }`, "device", []string{"User.Read", strings.ToLower(readScope)}, false},
		{"a device, to read", `{ device(by: {deviceId: "d1"}) { id } }`, "device", []string{readScope}, true},
		{"a device, to write", `{ device(by: {deviceId: "d1"}) { id } }`, "device", []string{writeScope}, true},
		{"devices, with nothing", `{ devices { pageInfo { hasNextPage } } }`, "devices", nil, false},
		{"by a fragment", `{ ...q } fragment q on Query { ... on Query { devices { nodes { id } } } }`, "devices", nil, false},
		{"by an alias", `{ upstreamStatus: deviceOperations(deviceId: "d1") { nodes { id } } }`, "upstreamStatus", nil, false},
		{"by an interface", node, "node", nil, false},
		{"by an interface, to read", node, "node", []string{readScope}, true},
		{"what is free", `{ __typename }`, "__typename", nil, true},
		{"the schema", `{ __schema { queryType { name } } }`, "__schema", nil, true},
		{"a create, to write", create, "createDeviceOperation", []string{writeScope}, true},
	} {
		for _, way := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				s := fleet()
				s.create = func(context.Context, teamwork.CreateOperation) (*teamwork.DeviceOperation, error) {
					return operation("o1"), nil
				}
				if !c.allowed {
					s = &service{} // that panics
				}
				a := askAs(t, handlerFor(s, way, c.scopes...), c.document)
				if c.allowed {
					if len(a.Errors) > 0 || a.Data[c.root] == nil {
						t.Errorf("answered %s", a.raw)
					}
					return
				}
				if len(a.Errors) != 1 || a.Data[c.root] != nil || a.Errors[0].Extensions["code"] != "FORBIDDEN" {
					t.Fatalf("answered %s", a.raw)
				}
				want := []any{[]any{readScope}, []any{writeScope}}
				if d := cmp.Diff(want, a.Errors[0].Extensions["requiredScopes"]); d != "" || !strings.Contains(a.Errors[0].Message, readScope) {
					t.Errorf("%s\n%s", a.raw, d)
				}
			})
		}
	}
}

func TestCreateWithoutItsScopeIsPermissionDenied(t *testing.T) {
	for _, document := range []string{
		`mutation { a: createDeviceOperation(input: {deviceId: "d1", operationType: DEVICE_RESTART}) { deviceOperation { id } userErrors { __typename ... on PermissionDeniedError { code requiredScopes } } } }`,
		`mutation { a: createDeviceOperations(input: {deviceIds: ["d1", "d2"], operationType: DEVICE_RESTART}) { results { deviceId } userErrors { __typename ... on PermissionDeniedError { code requiredScopes } } } }`,
	} {
		a := askAs(t, handlerFor(&service{}, false, readScope), document)
		errs, _ := dig(a.Data, "a.userErrors").([]any)
		want := []any{map[string]any{"__typename": "PermissionDeniedError", "code": "PERMISSION_DENIED", "requiredScopes": []any{[]any{writeScope}}}}
		if d := cmp.Diff(want, errs); d != "" || len(a.Errors) > 0 {
			t.Errorf("%s\n%s", a.raw, d)
		}
	}
}

// TestNoDocumentSeesWhatItsCallerMayNot asks invented documents for a caller with nothing:
// no read and no write is made, whatever way leads to it. For one who may read, no write.
func TestNoDocumentSeesWhatItsCallerMayNot(t *testing.T) {
	refused := 0
	for i := range 600 {
		body := newInventor(rand.New(rand.NewPCG(uint64(i), 2))).request(t)
		invented := inventedService(uint64(i))
		for _, way := range []bool{false, true} {
			nothing := outcomeOf(t, handlerFor(&service{status: invented.status}, way), body)
			for _, text := range nothing.Errors {
				if strings.Contains(text, "FORBIDDEN") {
					refused++
				} else if strings.Contains(text, "INTERNAL") && !strings.Contains(text, "upstreamStatus") {
					t.Fatalf("%s\nreached the service: %s", body, text)
				}
			}
			invented.create = func(context.Context, teamwork.CreateOperation) (*teamwork.DeviceOperation, error) {
				t.Errorf("created by %s", body)
				return nil, missing()
			}
			_ = outcomeOf(t, handlerFor(invented, way, readScope), body)
		}
	}
	if refused < 100 {
		t.Errorf("only %d refusals: that shows little", refused)
	}
}

// TestRefusedCreateIsToldOnce: as data, and not as an error of what it has not created, too.
func TestRefusedCreateIsToldOnce(t *testing.T) {
	const create = `mutation { createDeviceOperation(input: {deviceId: "d1", operationType: DEVICE_RESTART}) { deviceOperation { id } userErrors { __typename } } }`
	for _, unplanned := range []bool{false, true} {
		a := askAs(t, handlerFor(&service{}, unplanned), create)
		if want := `{"data":{"createDeviceOperation":{"deviceOperation":null,"userErrors":[{"__typename":"PermissionDeniedError"}]}}}`; strings.TrimSpace(a.raw) != want {
			t.Errorf("unplanned %v: %s", unplanned, a.raw)
		}
	}
}
