package resolvers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// gatherer keeps what it was told to expect.
type gatherer struct {
	mu       sync.Mutex
	expected []int
	awaited  int
}

func (g *gatherer) Expect(n int) (over func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.expected = append(g.expected, n)
	g.awaited += n
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.awaited--
	}
}

// fleet is a Service with devices d0 to d2, each with two operations of its own.
func fleet() *service {
	return &service{
		devices: func(context.Context, teamwork.DevicesRequest) (*teamwork.Page[teamwork.Device], error) {
			return &teamwork.Page[teamwork.Device]{Items: []*teamwork.Device{device("d0"), device("d1"), device("d2")}, Meta: meta}, nil
		},
		device: func(_ context.Context, id string) (*teamwork.Device, error) { return device(id), nil },
		activity: func(context.Context, string) (*teamwork.DeviceActivity, error) {
			return &teamwork.DeviceActivity{Meta: meta}, nil
		},
		configuration: func(context.Context, string) (*teamwork.DeviceConfiguration, error) {
			return &teamwork.DeviceConfiguration{Meta: meta}, nil
		},
		health: func(_ context.Context, id string) (*teamwork.DeviceHealth, error) {
			return &teamwork.DeviceHealth{CreatedBy: &teamwork.IdentitySet{User: &teamwork.UserIdentity{ID: &id}}, Meta: meta}, nil
		},
		operations: func(_ context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
			page := &teamwork.Page[teamwork.DeviceOperation]{Meta: meta}
			for _, id := range []string{"a", "b"} {
				op := operation(req.DeviceID + id)
				op.DeviceID = req.DeviceID
				page.Items = append(page.Items, op)
			}
			return page, nil
		},
		operation: func(_ context.Context, key teamwork.DeviceOperationKey) (*teamwork.DeviceOperation, error) {
			op := operation(key.OperationID)
			op.DeviceID = key.DeviceID
			return op, nil
		},
	}
}

var mixedIDs = []string{
	teamwork.DeviceGlobalID("d0"),
	teamwork.OperationGlobalID(teamwork.DeviceOperationKey{DeviceID: "d1", OperationID: "o1"}),
	teamwork.DeviceGlobalID("d2"),
	teamwork.DeviceGlobalID("d2"),
}

func TestSiblingsAreReadTogether(t *testing.T) {
	for _, c := range []struct {
		name, document string
		want           []int
		unplanned      []int // if gqlgen, which sees the siblings of one list only, differs
	}{
		{"one object", `{ device(by: {deviceId: "d1"}) { health { createdBy { user { id } } } } }`, []int{1}, nil},
		{"a list", `{ devices { nodes { health { createdBy { user { id } } } } } }`, []int{3}, nil},
		{"every field of a list", `{ devices { nodes { health { createdBy { user { id } } } activity { meta { stale } } configuration { meta { stale } }
			operations { nodes { id } } latestOperation { id } } } }`, []int{3, 3, 3, 3, 3}, nil},
		{"aliases", `{ devices { nodes { a: health { createdBy { user { id } } } b: health { createdBy { user { id } } } } } }`, []int{3, 3}, nil},
		{"fragments that ask for the same", `{ devices { nodes { ...a ... on Node { ... on Device { health { createdBy { user { id } } } } } } } }
			fragment a on Device { health { meta { stale } } }`, []int{3}, nil},
		{"left out", `query($yes: Boolean = true) { devices { nodes { health @skip(if: $yes) { meta { stale } } activity @include(if: $yes) { meta { stale } } } } }`, []int{3}, nil},
		{"lists in a list", `{ devices { nodes { operations { nodes { device { deviceId } } } } } }`, []int{3, 6}, []int{3, 2, 2, 2}},
		{"an object in each item", `{ devices { edges { node { health { createdBy { user { id } } } } } } }`, []int{3}, []int{1, 1, 1}},
		{"nodes and edges", `{ devices { nodes { health { createdBy { user { id } } } } edges { node { health { createdBy { user { id } } } } } } }`, []int{3, 3}, []int{3, 1, 1, 1}},
		{"an object below a list's field", `{ deviceOperations(deviceId: "d1") { nodes { device { health { createdBy { user { id } } } } } } }`, []int{2, 2}, []int{2, 1, 1}},
		{"an interface", `query($ids: [ID!]!) { nodes(ids: $ids) { ... on Device { health { createdBy { user { id } } } } ... on DeviceOperation { device { deviceId } } } }`, []int{4, 3, 1}, nil},
		{"an interface of one", `query($ids: [ID!]!) { node(id: "` + deviceID + `") { ... on Device { health { createdBy { user { id } } } } } nodes(ids: $ids) { id } }`, []int{4, 1}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var g gatherer
			a, _ := askIn(teamwork.WithGatherer(t.Context(), &g), t, fleet(), nil, c.document, "ids", mixedIDs)
			if len(a.Errors) > 0 {
				t.Fatalf("errors in %s", a.raw)
			}
			if unplanned && c.unplanned != nil {
				c.want = c.unplanned
			}
			slices.Sort(g.expected)
			slices.Sort(c.want)
			if !slices.Equal(g.expected, c.want) || g.awaited != 0 {
				t.Errorf("expected %v and %d are awaited still, want %v", g.expected, g.awaited, c.want)
			}
		})
	}
}

// TestReadsKnowWhetherTheyAreAlone: siblings are, since they are announced, until something else is
// asked for at the same time.
func TestReadsKnowWhetherTheyAreAlone(t *testing.T) {
	for document, want := range map[string][]bool{
		`{ devices { nodes { health { createdBy { user { id } } } } } }`:                                                                          {true, true, true},
		`{ devices { nodes { deviceId } edges { node { health { createdBy { user { id } } } } } } }`:                                              {true, true, true},
		`{ devices { nodes { a: health { createdBy { user { id } } } b: health { createdBy { user { id } } } } } }`:                               {false, false, false, false, false, false},
		`{ devices { nodes { health { createdBy { user { id } } } } } device(by: {deviceId: "d1"}) { deviceId } }`:                                {false, false, false},
		`{ devices { nodes { health { createdBy { user { id } } } operations { nodes { device { health { createdBy { user { id } } } } } } } } }`: slices.Repeat([]bool{false}, 9),
	} {
		s, mu := fleet(), sync.Mutex{}
		var alone []bool
		read := s.health
		s.health = func(ctx context.Context, id string) (*teamwork.DeviceHealth, error) {
			mu.Lock()
			defer mu.Unlock()
			alone = append(alone, teamwork.IsAlone(ctx))
			return read(ctx, id)
		}
		must(t, s, document)
		if unplanned { // gqlgen says it of none
			clear(want)
		}
		if !slices.Equal(alone, want) {
			t.Errorf("%s: alone: %v, want %v", document, alone, want)
		}
	}
}

func TestEachSiblingGetsItsOwn(t *testing.T) {
	data := must(t, fleet(), `query($ids: [ID!]!, $two: Int!) {
		devices { nodes { deviceId x: health { createdBy { user { id } } } operations(first: $two) { nodes { operationId device { deviceId } } } latestOperation { operationId } } }
		nodes(ids: $ids) { ... on Device { x: health { createdBy { user { id } } } } ... on DeviceOperation { x: device { deviceId } } }
	}`, "ids", mixedIDs, "two", 2)
	by := func(id string) map[string]any {
		return map[string]any{"createdBy": map[string]any{"user": map[string]any{"id": id}}}
	}
	of := func(id string) map[string]any { return map[string]any{"deviceId": id} }
	var devices []any
	for _, id := range []string{"d0", "d1", "d2"} {
		devices = append(devices, map[string]any{
			"deviceId": id, "x": by(id), "latestOperation": map[string]any{"operationId": id + "a"},
			"operations": map[string]any{"nodes": []any{
				map[string]any{"operationId": id + "a", "device": of(id)}, map[string]any{"operationId": id + "b", "device": of(id)},
			}},
		})
	}
	d2 := map[string]any{"x": by("d2")}
	want := map[string]any{
		"devices": map[string]any{"nodes": devices},
		"nodes":   []any{map[string]any{"x": by("d0")}, map[string]any{"x": of("d1")}, d2, d2},
	}
	if d := cmp.Diff(want, data); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

// failures is a fleet of which d0's health is not there, d1's is throttled and d2's
// panics.
func failures() *service {
	s := fleet()
	s.health = func(_ context.Context, id string) (*teamwork.DeviceHealth, error) {
		switch id {
		case "d0":
			return nil, missing()
		case "d1":
			return nil, wrapped(teamwork.Throttled)
		}
		panic(canary)
	}
	return s
}

func TestEachSiblingFailsByItself(t *testing.T) {
	ids := []string{mixedIDs[1], teamwork.DeviceGlobalID("d1"), mixedIDs[0], mixedIDs[2]}
	a, log := askLogged(t, failures(), `query($ids: [ID!]!) {
		devices {
			nodes { ill: health { createdBy { user { id } } } activity { meta { stale } } }
			edges { node { ...health } }
		}
		some: nodes(ids: $ids) { ...health id }
	}
	fragment health on Device {
		health { createdBy { user { id } } }
	}`, "ids", ids)
	var got []string
	for _, e := range a.Errors {
		got = append(got, fmt.Sprint(strings.Join(texts(e.Path), " "), " ", e.Extensions["code"], " ", e.Extensions["retryAfterSeconds"], " ", e.Locations))
	}
	slices.Sort(got)
	const line3, line8 = "[map[column:12 line:3]]", "[map[column:3 line:9]]"
	want := []string{
		"devices edges 1 node health RATE_LIMITED 2 " + line8,
		"devices edges 2 node health INTERNAL_SERVER_ERROR <nil> " + line8,
		"devices nodes 1 ill RATE_LIMITED 2 " + line3,
		"devices nodes 2 ill INTERNAL_SERVER_ERROR <nil> " + line3,
		"some 1 health RATE_LIMITED 2 " + line8,
		"some 3 health INTERNAL_SERVER_ERROR <nil> " + line8,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("errors (-want +got)\n%s", d)
	}
	for i := range 3 {
		node, _ := dig(a.Data, "devices.nodes").([]any)[i].(map[string]any)
		if node["activity"] == nil || node["ill"] != nil {
			t.Errorf("device %d is %v", i, node)
		}
	}
	if n := strings.Count(log, "a resolver panicked"); n != 3 || strings.Contains(a.raw, "canary") {
		t.Errorf("%d panics are logged, want 3, in %s\nanswered %s", n, log, a.raw)
	}
}

func TestWrongArgumentOfAListIsEachSiblingsError(t *testing.T) {
	s := fleet()
	s.operations = nil // a panic
	for _, c := range []struct{ arguments, argument string }{
		{`after: "of another query"`, "after"},
		{`first: 101`, "first"},
		{`filter: {createdAfter: "soon"}`, "filter createdAfter"},
	} {
		a := ask(t, s, `{ devices { nodes { operations(`+c.arguments+`) { nodes { id } } } } }`)
		if len(a.Errors) != 3 {
			t.Fatalf("got %s", a.raw)
		}
		for _, e := range a.Errors {
			if argument, _ := e.Extensions["argument"].([]any); strings.Join(texts(argument), " ") != c.argument || e.Extensions["code"] != "BAD_USER_INPUT" || len(e.Path) != 4 {
				t.Errorf("%s: got %+v", c.arguments, e)
			}
		}
	}
}

func TestWarningsOfSiblingsHaveTheirOwnPath(t *testing.T) {
	s := fleet()
	list := s.operations
	s.operations = func(ctx context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
		page, err := list(ctx, req)
		if req.DeviceID == "d1" {
			page.Items[1].CreatedDateTime = teamwork.ParseDateTime("2021-06-19T12-01-03.45Z")
		}
		return page, err
	}
	a := ask(t, s, `{ devices { nodes { ops: operations { nodes { when: createdDateTime } } } } }`)
	var got [][]any
	for _, w := range a.Extensions.Warnings {
		got = append(got, w.Path)
	}
	if d := cmp.Diff([][]any{{"devices", "nodes", 1.0, "ops", "nodes", 1.0, "when"}}, got); d != "" || len(a.Errors) > 0 {
		t.Errorf("%s\nwarnings (-want +got)\n%s", a.raw, d)
	}
}
