package resolvers

import (
	"context"
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// missing is NotFound as it arrives from below, wrapped.
func missing() error {
	return fmt.Errorf("device %q: %w", "d1", &teamwork.Error{Kind: teamwork.NotFound, Message: "no such thing"})
}

var (
	deviceID    = teamwork.DeviceGlobalID("d1")
	operationID = teamwork.OperationGlobalID(teamwork.DeviceOperationKey{DeviceID: "d1", OperationID: "o1"})
)

// reads has a document for each field that costs a call; below says where the field
// is in the answer.
var reads = []struct{ name, document, below string }{
	{"device", `{ device(by: {deviceId: "d1"}) { id } }`, "device"},
	{"device by id", `{ device(by: {id: "` + deviceID + `"}) { id } }`, "device"},
	{"devices", `{ devices { nodes { id } } }`, "devices"},
	{"deviceOperation", `{ deviceOperation(by: {key: {deviceId: "d1", operationId: "o1"}}) { id } }`, "deviceOperation"},
	{"deviceOperation by id", `{ deviceOperation(by: {id: "` + operationID + `"}) { id } }`, "deviceOperation"},
	{"deviceOperations", `{ deviceOperations(deviceId: "d1") { nodes { id } } }`, "deviceOperations"},
	{"node of a device", `{ node(id: "` + deviceID + `") { id } }`, "node"},
	{"node of an operation", `{ node(id: "` + operationID + `") { id } }`, "node"},
	{"Device.activity", `{ device(by: {deviceId: "d1"}) { activity { meta { stale } } } }`, "device.activity"},
	{"Device.configuration", `{ device(by: {deviceId: "d1"}) { configuration { meta { stale } } } }`, "device.configuration"},
	{"Device.health", `{ device(by: {deviceId: "d1"}) { health { meta { stale } } } }`, "device.health"},
	{"Device.operations", `{ device(by: {deviceId: "d1"}) { operations { nodes { id } } } }`, "device.operations"},
	{"Device.latestOperation", `{ device(by: {deviceId: "d1"}) { latestOperation { id } } }`, "device.latestOperation"},
	{"DeviceOperation.device", `{ deviceOperation(by: {key: {deviceId: "d1", operationId: "o1"}}) { device { id } } }`, "deviceOperation.device"},
}

// failingAt is failing, but for what the read at below hangs on.
func failingAt(below string, err error) *service {
	s := failing(err)
	switch below {
	case "device.activity", "device.configuration", "device.health", "device.operations", "device.latestOperation":
		s.device = func(_ context.Context, id string) (*teamwork.Device, error) { return device(id), nil }
	case "deviceOperation.device":
		s.operation = func(_ context.Context, key teamwork.DeviceOperationKey) (*teamwork.DeviceOperation, error) {
			return operation(key.OperationID), nil
		}
	}
	return s
}

func TestMissingThingIsNull(t *testing.T) {
	for _, c := range reads {
		t.Run(c.name, func(t *testing.T) {
			data := must(t, failingAt(c.below, missing()), c.document)
			if got := dig(data, c.below); got != nil {
				t.Errorf("%s is %v", c.below, got)
			}
		})
	}
}

func TestMissingThingIsNilWithoutAnError(t *testing.T) {
	r, ctx := resolverOf(failing(missing())), t.Context()
	text := "d1"
	devs, ops := []*teamwork.Device{device("d1"), device("d2")}, []*teamwork.DeviceOperation{operation("o1")}
	for name, result := range map[string]func() (any, error){
		"Device": func() (any, error) { return r.Query().Device(ctx, teamwork.DeviceLookup{DeviceID: &text}) },
		"DeviceOperation": func() (any, error) {
			return r.Query().DeviceOperation(ctx, teamwork.DeviceOperationLookup{ID: &operationID})
		},
		"DeviceOperations":       func() (any, error) { return r.Query().DeviceOperations(ctx, "d1", 20, nil, nil) },
		"Device.Activity":        func() (any, error) { return r.Device().Activity(ctx, devs) },
		"Device.Configuration":   func() (any, error) { return r.Device().Configuration(ctx, devs) },
		"Device.Health":          func() (any, error) { return r.Device().Health(ctx, devs) },
		"Device.Operations":      func() (any, error) { return r.Device().Operations(ctx, devs, 20, nil, nil) },
		"Device.LatestOperation": func() (any, error) { return r.Device().LatestOperation(ctx, devs, nil) },
		"DeviceOperation.Device": func() (any, error) { return r.DeviceOperation().Device(ctx, ops) },
	} {
		got, err := result()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		values := reflect.ValueOf(got)
		if values.Kind() != reflect.Slice {
			values = reflect.ValueOf([]any{got})
		}
		for i := range values.Len() {
			if one := values.Index(i); !one.IsNil() && !one.Elem().IsNil() {
				t.Errorf("%s is %v", name, got)
			}
		}
	}
}

func TestMissingNodeIsAPlainNil(t *testing.T) {
	for _, err := range []error{missing(), &teamwork.Error{Kind: teamwork.Unavailable}} {
		r := resolverOf(failing(err))
		for _, id := range []string{deviceID, operationID, "of nothing"} {
			node, got := r.Query().Node(t.Context(), id)
			if node != nil {
				t.Errorf("%s is a %T that is no node, with %v", id, node, got)
			}
		}
	}
	nodes, err := resolverOf(failing(missing())).Query().Nodes(t.Context(), []string{deviceID, operationID})
	if d := cmp.Diff([]teamwork.Node{nil, nil}, nodes); d != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, d)
	}
}

func TestListOfNothingIsEmpty(t *testing.T) {
	s := &service{
		devices: func(context.Context, teamwork.DevicesRequest) (*teamwork.Page[teamwork.Device], error) {
			return &teamwork.Page[teamwork.Device]{Meta: meta}, nil
		},
		operations: func(context.Context, teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
			return &teamwork.Page[teamwork.DeviceOperation]{Meta: meta}, nil
		},
	}
	const list = `{ edges { cursor } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor } meta { stale } }`
	want := map[string]any{
		"edges": []any{}, "nodes": []any{}, "meta": map[string]any{"stale": false},
		"pageInfo": map[string]any{"hasNextPage": false, "hasPreviousPage": false, "startCursor": nil},
	}
	data := must(t, s, `{ devices `+list+` deviceOperations(deviceId: "d1") `+list+` }`)
	if d := cmp.Diff(map[string]any{"devices": want, "deviceOperations": want}, data); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestNodesAreThereBesideMissingAndFailingOnes(t *testing.T) {
	s := &service{
		device: func(_ context.Context, id string) (*teamwork.Device, error) {
			switch id {
			case "gone":
				return nil, missing()
			case "down":
				return nil, &teamwork.Error{Kind: teamwork.Unavailable, Message: "down"}
			}
			return device(id), nil
		},
		operation: func(_ context.Context, key teamwork.DeviceOperationKey) (*teamwork.DeviceOperation, error) {
			return operation(key.OperationID), nil
		},
	}
	a := ask(t, s, `query($ids: [ID!]!) { some: nodes(ids: $ids) { __typename id } device(by: {deviceId: "d1"}) { deviceId } }`,
		"ids", []string{deviceID, teamwork.DeviceGlobalID("gone"), "nonsense", operationID, teamwork.DeviceGlobalID("down"), deviceID})
	dev := map[string]any{"__typename": "Device", "id": deviceID}
	want := map[string]any{
		"some":   []any{dev, nil, nil, map[string]any{"__typename": "DeviceOperation", "id": operationID}, nil, dev},
		"device": map[string]any{"deviceId": "d1"},
	}
	if d := cmp.Diff(want, a.Data); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	place := []map[string]any{{"line": 1.0, "column": 23.0}}
	wantErrors := []problem{
		{"ids.2 is not the global id of anything here", []any{"some", 2.0}, place,
			map[string]any{"code": "BAD_USER_INPUT", "requestId": "request-1", "argument": []any{"ids", "2"}}},
		{"down", []any{"some", 4.0}, place, map[string]any{"code": "UPSTREAM_UNAVAILABLE", "requestId": "request-1"}},
	}
	if d := cmp.Diff(wantErrors, a.Errors); d != "" {
		t.Errorf("errors (-want +got)\n%s", d)
	}
}

func TestNoNodesAreAnEmptyList(t *testing.T) {
	data := must(t, &service{}, `{ nodes(ids: []) { id } }`)
	if d := cmp.Diff(map[string]any{"nodes": []any{}}, data); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
