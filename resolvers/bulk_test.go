package resolvers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const bulkDocument = `mutation($input: CreateDeviceOperationsInput!) {
	createDeviceOperations(input: $input) {
		results { deviceId deviceOperation { operationId } userErrors { ...told } }
		userErrors { ...told }
		replayed
	}
}` + told

// restarts is the input that restarts many devices.
func restarts(deviceIDs ...string) map[string]any {
	return map[string]any{"deviceIds": deviceIDs, "operationType": "DEVICE_RESTART"}
}

// each is a Service of which a create on a device ends as result says.
func each(result func(req teamwork.CreateOperation) teamwork.CreateResult) *service {
	return &service{many: func(_ context.Context, reqs []teamwork.CreateOperation) []teamwork.CreateResult {
		results := make([]teamwork.CreateResult, len(reqs))
		for i, req := range reqs {
			results[i] = result(req)
		}
		return results
	}}
}

// done is the success of a create: the operation is called as its device.
func done(req teamwork.CreateOperation) teamwork.CreateResult {
	return teamwork.CreateResult{Operation: operation("o-" + req.DeviceID)}
}

// bulkOf sends a bulk create that must have no error of the field.
func bulkOf(t *testing.T, s *service, input map[string]any) (results []any, payload map[string]any) {
	t.Helper()
	payload, _ = must(t, s, bulkDocument, "input", input)["createDeviceOperations"].(map[string]any)
	results, ok := payload["results"].([]any)
	if !ok || payload["userErrors"] == nil {
		t.Fatalf("got %v", payload)
	}
	return results, payload
}

func TestBulkCreateHasOneResultForEachID(t *testing.T) {
	var sent [][]teamwork.CreateOperation
	s := each(done)
	many := s.many
	s.many = func(ctx context.Context, reqs []teamwork.CreateOperation) []teamwork.CreateResult {
		sent = append(sent, reqs)
		return many(ctx, reqs)
	}
	input := restarts("d1", teamwork.DeviceGlobalID("d2"), "..", "d3", "d2", operationID, teamwork.DeviceGlobalID("d1"), "")
	input["status"], input["operationType"], input["idempotencyKey"] = "SCHEDULED", "SOFTWARE_UPDATE", "reboot-of-monday"
	input["softwareUpdate"] = map[string]any{"softwareType": "FIRMWARE"}
	results, payload := bulkOf(t, s, input)

	key := "reboot-of-monday"
	var want []teamwork.CreateOperation
	for _, id := range []string{"d1", "d2", "d3"} {
		want = append(want, teamwork.CreateOperation{
			DeviceID: id, OperationType: teamwork.SoftwareUpdate, Status: teamwork.StatusScheduled, IdempotencyKey: &key,
			SoftwareUpdate: &teamwork.SoftwareUpdateRequest{SoftwareType: teamwork.SoftwareTypeFirmware},
		})
	}
	if d := cmp.Diff([][]teamwork.CreateOperation{want}, sent); d != "" {
		t.Errorf("sent (-want +got)\n%s", d)
	}
	var got []string
	for _, r := range results {
		text := fmt.Sprint(dig(r, "deviceId"), " ", dig(r, "deviceOperation.operationId"))
		for _, e := range dig(r, "userErrors").([]any) {
			text += fmt.Sprint(" ", dig(e, "__typename"), " ", dig(e, "path"))
		}
		got = append(got, text)
	}
	wantResults := []string{
		"d1 o-d1", "d2 o-d2", ".. <nil> InvalidInputError [input deviceIds 2]", "d3 o-d3", "d2 o-d2",
		operationID + " <nil> InvalidInputError [input deviceIds 5]", "d1 o-d1", " <nil> InvalidInputError [input deviceIds 7]",
	}
	if d := cmp.Diff(wantResults, got); d != "" {
		t.Errorf("results (-want +got)\n%s", d)
	}
	if d := cmp.Diff([]any{}, payload["userErrors"]); d != "" || payload["replayed"] != false {
		t.Errorf("got %v", payload)
	}
}

func TestBulkCreateOfNothingSendable(t *testing.T) {
	results, payload := bulkOf(t, &service{}, restarts("..", "."))
	if len(results) != 2 || payload["replayed"] != false {
		t.Errorf("got %v", payload)
	}
}

func TestEveryKindOfErrorInABulk(t *testing.T) {
	for _, kind := range teamwork.Kinds() {
		t.Run(kind.String(), func(t *testing.T) {
			want := map[string]any{}
			for name, value := range refusals[kind] {
				want[name] = value
			}
			err := wrapped(kind)
			var e *teamwork.Error
			errors.As(err, &e)
			e.Upstream.Code = "tooSoon"
			switch kind {
			case teamwork.Invalid:
				e.Path, want["path"] = []string{"input", "deviceId"}, []any{"input", "deviceIds", "1"}
			case teamwork.NotFound:
				want["path"] = []any{"input", "deviceIds", "1"}
			case teamwork.Unauthenticated:
				want = map[string]any{"__typename": "PermissionDeniedError", "code": "PERMISSION_DENIED",
					"message": "about unauthenticated", "path": nil, "requiredScopes": []any{[]any{"TeamworkDevice.ReadWrite.All"}}}
			case teamwork.Internal, teamwork.TooMany:
				want = map[string]any{"__typename": "OutcomeUnknownError", "code": "OUTCOME_UNKNOWN",
					"message": "internal error: the operation may exist", "path": nil, "candidates": []any{}}
			}
			s := each(func(req teamwork.CreateOperation) teamwork.CreateResult {
				if req.DeviceID == "d1" {
					return teamwork.CreateResult{Err: err}
				}
				return done(req)
			})
			s.operations = failing(missing()).operations
			a, log := askLogged(t, s, bulkDocument, "input", restarts("d0", "d1", "d2"))
			if len(a.Errors) > 0 || strings.Contains(a.raw, "canary") {
				t.Fatalf("got %s", a.raw)
			}
			var results []any
			for _, id := range []string{"d0", "d1", "d2"} {
				results = append(results, map[string]any{"deviceId": id, "deviceOperation": map[string]any{"operationId": "o-" + id}, "userErrors": []any{}})
			}
			results[1] = map[string]any{"deviceId": "d1", "deviceOperation": nil, "userErrors": []any{want}}
			if d := cmp.Diff(results, dig(a.Data, "createDeviceOperations.results")); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			if kind == teamwork.Internal && !strings.Contains(log, canary) {
				t.Errorf("the cause is not in the log: %s", log)
			}
		})
	}
}

func TestForeignErrorInABulkIsMaskedAndLogged(t *testing.T) {
	s := each(func(req teamwork.CreateOperation) teamwork.CreateResult {
		if req.DeviceID == "d1" {
			return teamwork.CreateResult{Err: errors.New(canary)}
		}
		return done(req)
	})
	s.operations = failing(missing()).operations
	a, log := askLogged(t, s, bulkDocument, "input", restarts("d0", "d1"))
	if strings.Contains(a.raw, "canary") || !strings.Contains(log, canary) || !strings.Contains(a.raw, "o-d0") {
		t.Errorf("answered %s\nlogged %s", a.raw, log)
	}
}

func TestBulkThatNobodyCanActOnIsAnErrorOfTheField(t *testing.T) {
	for _, kind := range []teamwork.Kind{teamwork.Unauthenticated, teamwork.Internal} {
		s := each(func(teamwork.CreateOperation) teamwork.CreateResult { return teamwork.CreateResult{Err: wrapped(kind)} })
		a := ask(t, s, bulkDocument, "input", restarts("d0", "d1"))
		if dig(a.Data, "createDeviceOperations") != nil || len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != codes[kind] {
			t.Errorf("%s: %s", kind, a.raw)
		}
	}
}

func TestWhatIsWrongForAllIsSaidOnce(t *testing.T) {
	tooMany := make([]string, teamwork.MaxBulk+1)
	for i := range tooMany {
		tooMany[i] = fmt.Sprint("d", i)
	}
	refusing := each(func(teamwork.CreateOperation) teamwork.CreateResult {
		return teamwork.CreateResult{Err: fmt.Errorf("create: %w", teamwork.InvalidInput([]string{"input", "softwareUpdate"}, "no place for it"))}
	})
	for _, c := range []struct {
		name  string
		s     *service
		input map[string]any // beside restarts of d1 and d2
		path  []any
	}{
		{"the sentinel", &service{}, map[string]any{"operationType": "UNKNOWN_FUTURE_VALUE"}, []any{"input", "operationType"}},
		{"no devices", &service{}, map[string]any{"deviceIds": []string{}}, []any{"input", "deviceIds"}},
		{"too many devices", &service{}, map[string]any{"deviceIds": tooMany}, []any{"input", "deviceIds"}},
		{"a short key", &service{}, map[string]any{"idempotencyKey": "1"}, []any{"input", "idempotencyKey"}},
		{"what the route can't carry", refusing, nil, []any{"input", "softwareUpdate"}},
		{"the same, beside an id that is none", refusing, map[string]any{"deviceIds": []string{"..", "d1"}}, []any{"input", "softwareUpdate"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			input := restarts("d1", "d2")
			for name, value := range c.input {
				input[name] = value
			}
			results, payload := bulkOf(t, c.s, input)
			list, _ := payload["userErrors"].([]any)
			if len(results) > 0 || len(list) != 1 || dig(list[0], "__typename") != "InvalidInputError" || payload["replayed"] != false {
				t.Fatalf("got %v", payload)
			}
			if d := cmp.Diff(any(c.path), dig(list[0], "path")); d != "" {
				t.Errorf("path (-want +got)\n%s", d)
			}
		})
	}
}

func TestBulkIsReplayedOnlyIfAllOfItIs(t *testing.T) {
	s := each(func(req teamwork.CreateOperation) teamwork.CreateResult {
		result := done(req)
		result.Replayed = req.DeviceID != "new"
		return result
	})
	for want, ids := range map[bool][]string{true: {"a", "b", "a"}, false: {"a", "new"}} {
		if _, payload := bulkOf(t, s, restarts(ids...)); payload["replayed"] != want {
			t.Errorf("%v: replayed is %v", ids, payload["replayed"])
		}
	}
}

func TestBulkLooksForAllDoubtsTogether(t *testing.T) {
	now := time.Now()
	s := each(func(req teamwork.CreateOperation) teamwork.CreateResult {
		switch req.DeviceID[:1] {
		case "c":
			return teamwork.CreateResult{Err: &teamwork.Error{Kind: teamwork.Conflict, Message: "busy"}}
		case "l":
			return teamwork.CreateResult{Err: &teamwork.Error{Kind: teamwork.OutcomeUnknown, Message: "lost"}}
		}
		return done(req)
	})
	var looks atomic.Int32
	s.operations = func(ctx context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
		looks.Add(1)
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > afterwards {
			t.Errorf("the look may take until %v", deadline)
		}
		op := was("of-"+req.DeviceID, "deviceRestart", "Queued", now)
		return &teamwork.Page[teamwork.DeviceOperation]{Items: []*teamwork.DeviceOperation{op}, Meta: meta}, nil
	}
	var g gatherer
	a, _ := askIn(teamwork.WithGatherer(t.Context(), &g), t, s, nil, bulkDocument, "input", restarts("c1", "ok", "l1", "l2", "c1"))
	var got []string
	for _, r := range dig(a.Data, "createDeviceOperations.results").([]any) {
		for _, e := range dig(r, "userErrors").([]any) {
			got = append(got, fmt.Sprint(dig(e, "code"), " ", dig(e, "existingOperation.operationId"), " ", dig(e, "candidates")))
		}
	}
	want := []string{
		"OPERATION_ALREADY_QUEUED of-c1 <nil>", "OUTCOME_UNKNOWN <nil> [map[operationId:of-l1]]",
		"OUTCOME_UNKNOWN <nil> [map[operationId:of-l2]]", "OPERATION_ALREADY_QUEUED of-c1 <nil>",
	}
	if d := cmp.Diff(want, got); d != "" || len(a.Errors) > 0 {
		t.Errorf("%s (-want +got)\n%s", a.raw, d)
	}
	if n := looks.Load(); n != 3 || !slices.Equal(g.expected, []int{3}) {
		t.Errorf("%d looks, expected %v, want three together", n, g.expected)
	}
}

// TestCreatesOfOneDocumentLiveBesideEachOther: a mutation that came to nothing hides
// nothing of one that did something.
func TestCreatesOfOneDocumentLiveBesideEachOther(t *testing.T) {
	s := each(func(req teamwork.CreateOperation) teamwork.CreateResult {
		if req.DeviceID == "d2" {
			return teamwork.CreateResult{Err: wrapped(teamwork.Forbidden)}
		}
		return done(req)
	})
	data := must(t, s, `mutation {
		first: createDeviceOperation(input: {deviceId: "d1", operationType: DEVICE_RESTART}) { deviceOperation { operationId } userErrors { __typename } }
		second: createDeviceOperation(input: {deviceId: "d2", operationType: DEVICE_RESTART}) { deviceOperation { operationId } userErrors { __typename } }
		third: createDeviceOperations(input: {deviceIds: "d3", operationType: DEVICE_RESTART}) { results { deviceOperation { operationId } } userErrors { __typename } }
	}`)
	none := []any{}
	want := map[string]any{
		"first":  map[string]any{"deviceOperation": map[string]any{"operationId": "o-d1"}, "userErrors": none},
		"second": map[string]any{"deviceOperation": nil, "userErrors": []any{map[string]any{"__typename": "PermissionDeniedError"}}},
		"third":  map[string]any{"results": []any{map[string]any{"deviceOperation": map[string]any{"operationId": "o-d3"}}}, "userErrors": none},
	}
	if d := cmp.Diff(want, data); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
