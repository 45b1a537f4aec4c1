package resolvers

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestMutationLivesBesideOneThatFails(t *testing.T) {
	for _, c := range []struct{ name, first, second string }{
		{"the first fails", "bad", "good"},
		{"the second fails", "good", "bad"},
		{"the first panics", "worse", "good"},
		{"the second panics", "good", "worse"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var sent []string
			s := &service{create: func(_ context.Context, req teamwork.CreateOperation) (*teamwork.DeviceOperation, error) {
				sent = append(sent, req.DeviceID)
				switch req.DeviceID {
				case "bad":
					return nil, &teamwork.Error{Kind: teamwork.Unauthenticated, Message: "who are you?"}
				case "worse":
					panic(canary)
				}
				return operation("o1"), nil
			}}
			a := ask(t, s, `mutation($first: ID!, $second: ID!) {
				first: createDeviceOperation(input: {deviceId: $first, operationType: DEVICE_RESTART}) { deviceOperation { operationId } }
				second: createDeviceOperation(input: {deviceId: $second, operationType: DEVICE_RESTART}) { deviceOperation { operationId } }
			}`, "first", c.first, "second", c.second)
			if d := cmp.Diff([]string{c.first, c.second}, sent); d != "" {
				t.Errorf("sent (-want +got)\n%s", d)
			}
			done, failed := "first", "second"
			if c.second == "good" {
				done, failed = failed, done
			}
			if dig(a.Data, done+".deviceOperation.operationId") != "o1" || dig(a.Data, failed) != nil {
				t.Errorf("got %s", a.raw)
			}
			if len(a.Errors) != 1 || !slices.Equal(a.Errors[0].Path, []any{failed}) || strings.Contains(a.raw, "canary") {
				t.Errorf("errors in %s", a.raw)
			}
		})
	}
}

// branches has a field for each kind of branch that a query can have; the one called
// "bad" is at fault.
const branches = `{
	bad: device(by: {deviceId: "bad"}) { id }
	dev: device(by: {deviceId: "d1"}) {
		deviceId
		health { meta { stale } }
		activity { meta { stale } }
		operations { nodes { operationId device { deviceId } } }
	}
	nodes(ids: ["` + "RGV2aWNlOmJhZA" + `", "RGV2aWNlOmQx"]) { id }
}`

// branching is a Service on which the device called "bad" and all healths end in
// fail, and the rest is well.
func branching(fail func() error) *service {
	return &service{
		device: func(_ context.Context, id string) (*teamwork.Device, error) {
			if id == "bad" {
				return nil, fail()
			}
			return device(id), nil
		},
		health: func(context.Context, string) (*teamwork.DeviceHealth, error) { return nil, fail() },
		activity: func(context.Context, string) (*teamwork.DeviceActivity, error) {
			return &teamwork.DeviceActivity{Meta: meta}, nil
		},
		operations: func(context.Context, teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
			of := operation("o2")
			of.DeviceID = "bad"
			return &teamwork.Page[teamwork.DeviceOperation]{Items: []*teamwork.DeviceOperation{operation("o1"), of}, Meta: meta}, nil
		},
	}
}

func TestBranchesLiveBesideThoseThatFail(t *testing.T) {
	fresh := map[string]any{"meta": map[string]any{"stale": false}}
	want := map[string]any{
		"bad": nil,
		"dev": map[string]any{
			"deviceId": "d1", "health": nil, "activity": fresh,
			"operations": map[string]any{"nodes": []any{
				map[string]any{"operationId": "o1", "device": map[string]any{"deviceId": "d1"}},
				map[string]any{"operationId": "o2", "device": nil},
			}},
		},
		"nodes": []any{nil, map[string]any{"id": "RGV2aWNlOmQx"}},
	}
	wantPaths := []string{"bad", "dev health", "dev operations nodes 1 device", "nodes 0"}
	for _, c := range []struct {
		name, code string
		fail       func() error
	}{
		{"fail", "RATE_LIMITED", func() error { return &teamwork.Error{Kind: teamwork.Throttled, Message: "wait", RetryAfter: 1} }},
		{"panic", "INTERNAL_SERVER_ERROR", func() error { panic(canary) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, log := askLogged(t, branching(c.fail), branches)
			if d := cmp.Diff(want, a.Data); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			var paths []string
			for _, e := range a.Errors {
				paths = append(paths, strings.Join(texts(e.Path), " "))
				if e.Extensions["code"] != c.code || e.Message == "" {
					t.Errorf("got %+v", e)
				}
			}
			slices.Sort(paths)
			if d := cmp.Diff(wantPaths, paths); d != "" {
				t.Errorf("paths (-want +got)\n%s", d)
			}
			if strings.Contains(a.raw, "canary") || c.name == "panic" && strings.Count(log, "a resolver panicked") != len(wantPaths) {
				t.Errorf("answered %s\nlogged %s", a.raw, log)
			}
		})
	}
}

func TestAliasesOfAFieldAreAskedForEach(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	s := &service{device: func(_ context.Context, id string) (*teamwork.Device, error) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, id)
		return device(id), nil
	}}
	data := must(t, s, `{ a: device(by: {deviceId: "a"}) { deviceId } b: device(by: {deviceId: "b"}) { deviceId } }`)
	slices.Sort(asked)
	if !slices.Equal(asked, []string{"a", "b"}) || dig(data, "a.deviceId") != "a" || dig(data, "b.deviceId") != "b" {
		t.Errorf("asked for %v, got %v", asked, data)
	}
}
