package resolvers

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const createDocument = `mutation($input: CreateDeviceOperationInput!) {
	createDeviceOperation(input: $input) { deviceOperation { operationId status } userErrors { ...told } replayed }
}` + told

// told is everything that a user error has.
const told = `
fragment told on CreateDeviceOperationError {
	__typename
	... on UserError { message code path }
	... on DeviceNotFoundError { deviceId }
	... on OperationAlreadyQueuedError { existingOperation { operationId } }
	... on PermissionDeniedError { requiredScopes }
	... on ThrottledError { retryAfterSeconds }
	... on UpstreamRejectedError { upstreamCode upstreamRequestId }
	... on UpstreamUnavailableError { unavailableFor: retryAfterSeconds }
	... on OutcomeUnknownError { candidates { operationId } }
}`

func restart(deviceID string) map[string]any {
	return map[string]any{"deviceId": deviceID, "operationType": "DEVICE_RESTART"}
}

// refusals has, for each kind, the error of a create with all its fields; nil for
// what is an error of the field.
var refusals = map[teamwork.Kind]map[string]any{
	teamwork.Internal:        nil,
	teamwork.Unauthenticated: nil,
	teamwork.TooMany:         nil,
	teamwork.Invalid: {"__typename": "InvalidInputError", "code": "INVALID_INPUT",
		"message": "about invalid", "path": []any{"input", "softwareUpdate"}},
	teamwork.Forbidden: {"__typename": "PermissionDeniedError", "code": "PERMISSION_DENIED",
		"message": "about forbidden", "path": nil, "requiredScopes": []any{[]any{"TeamworkDevice.ReadWrite.All"}}},
	teamwork.NotFound: {"__typename": "DeviceNotFoundError", "code": "DEVICE_NOT_FOUND",
		"message": "Microsoft Graph knows no such device", "path": []any{"input", "deviceId"}, "deviceId": "d1"},
	teamwork.Conflict: {"__typename": "OperationAlreadyQueuedError", "code": "OPERATION_ALREADY_QUEUED",
		"message": "about conflict", "path": nil, "existingOperation": nil},
	teamwork.Throttled: {"__typename": "ThrottledError", "code": "THROTTLED",
		"message": "about throttled", "path": nil, "retryAfterSeconds": 2.0},
	teamwork.Rejected: {"__typename": "UpstreamRejectedError", "code": "UPSTREAM_REJECTED",
		"message": "about rejected", "path": nil, "upstreamCode": "tooSoon", "upstreamRequestId": "upstream-1"},
	teamwork.BadResponse: {"__typename": "OutcomeUnknownError", "code": "OUTCOME_UNKNOWN",
		"message": "about bad response", "path": nil, "candidates": []any{}},
	teamwork.Unavailable: {"__typename": "UpstreamUnavailableError", "code": "UPSTREAM_UNAVAILABLE",
		"message": "about unavailable", "path": nil, "unavailableFor": 2.0},
	teamwork.OutcomeUnknown: {"__typename": "OutcomeUnknownError", "code": "OUTCOME_UNKNOWN",
		"message": "about outcome unknown", "path": nil, "candidates": []any{}},
	teamwork.KeyReused: {"__typename": "IdempotencyKeyReusedError", "code": "IDEMPOTENCY_KEY_REUSED",
		"message": "about key reused", "path": []any{"input", "idempotencyKey"}},
}

func TestEveryKindOfErrorOnACreate(t *testing.T) {
	for _, kind := range teamwork.Kinds() {
		t.Run(kind.String(), func(t *testing.T) {
			want, listed := refusals[kind]
			if !listed {
				t.Fatal("nobody said what a create answers")
			}
			err := wrapped(kind)
			var e *teamwork.Error
			errors.As(err, &e)
			e.Upstream.Code = "tooSoon"
			if kind == teamwork.Invalid {
				e.Path = []string{"input", "softwareUpdate"}
			}
			s := failing(err)
			s.operations = nil // a panic: only where something is looked for
			if strings.Contains("conflict bad response outcome unknown", kind.String()) {
				s.operations = failing(missing()).operations
			}
			a := ask(t, s, createDocument, "input", restart(deviceID))
			if strings.Contains(a.raw, "canary") {
				t.Errorf("the cause shows: %s", a.raw)
			}
			if want == nil {
				if dig(a.Data, "createDeviceOperation") != nil || len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != codes[kind] {
					t.Errorf("got %s", a.raw)
				}
				return
			}
			payload := map[string]any{"deviceOperation": nil, "userErrors": []any{want}, "replayed": false}
			if d := cmp.Diff(map[string]any{"createDeviceOperation": payload}, a.Data); d != "" || len(a.Errors) > 0 {
				t.Errorf("%v (-want +got)\n%s", a.Errors, d)
			}
		})
	}
}

func TestForeignErrorOfACreateIsMasked(t *testing.T) {
	a := ask(t, failing(errors.New(canary)), createDocument, "input", restart("d1"))
	if dig(a.Data, "createDeviceOperation") != nil || len(a.Errors) != 1 || a.Errors[0].Message != "internal error" || strings.Contains(a.raw, "canary") {
		t.Errorf("got %s", a.raw)
	}
}

func TestRefusalsWithoutDetails(t *testing.T) {
	for _, c := range []struct {
		name, field string
		err         *teamwork.Error
		want        any
	}{
		{"throttled for who knows how long", "retryAfterSeconds", &teamwork.Error{Kind: teamwork.Throttled}, 1.0},
		{"throttled for a moment", "retryAfterSeconds", &teamwork.Error{Kind: teamwork.Throttled, RetryAfter: time.Millisecond}, 1.0},
		{"unavailable for who knows how long", "unavailableFor", &teamwork.Error{Kind: teamwork.Unavailable}, nil},
		{"rejected by ourselves", "upstreamCode", &teamwork.Error{Kind: teamwork.Rejected}, nil},
		{"rejected without a code", "upstreamCode", &teamwork.Error{Kind: teamwork.Rejected, Upstream: &teamwork.UpstreamAnswer{RequestID: "r"}}, nil},
		{"rejected without a request id", "upstreamRequestId", &teamwork.Error{Kind: teamwork.Rejected, Upstream: &teamwork.UpstreamAnswer{Code: "c"}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, given := onlyUserError(t, failing(c.err))[c.field]
			if !given || got != c.want {
				t.Errorf("%s is %v, want %v", c.field, got, c.want)
			}
		})
	}
}

// onlyUserError creates a restart of d1 that has to end in one user error.
func onlyUserError(t *testing.T, s *service) map[string]any {
	t.Helper()
	list, _ := dig(must(t, s, createDocument, "input", restart("d1")), "createDeviceOperation.userErrors").([]any)
	if len(list) != 1 {
		t.Fatalf("%d user errors, want 1", len(list))
	}
	return list[0].(map[string]any)
}

func TestCreateReachesUpstreamAsItWasGiven(t *testing.T) {
	name, version := "Ada", "1.2.3"
	s := &service{create: func(_ context.Context, req teamwork.CreateOperation) (*teamwork.DeviceOperation, error) {
		want := teamwork.CreateOperation{
			DeviceID: "d1", OperationType: teamwork.SoftwareUpdate, Status: teamwork.StatusQueued,
			SoftwareUpdate:  &teamwork.SoftwareUpdateRequest{SoftwareType: teamwork.SoftwareTypeTeamsClient, SoftwareVersion: &version},
			CreatedBy:       &teamwork.IdentitySetInput{User: &teamwork.Identity{DisplayName: &name}},
			CreatedDateTime: teamwork.ParseDateTime("2026-01-31T09:30:00Z"),
		}
		if d := cmp.Diff(want, req); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
		return operation("o1"), nil
	}}
	data := must(t, s, createDocument, "input", map[string]any{
		"deviceId": deviceID, "operationType": "SOFTWARE_UPDATE", "createdDateTime": "2026-01-31T10:30:00+01:00",
		"softwareUpdate": map[string]any{"softwareType": "TEAMS_CLIENT", "softwareVersion": version},
		"createdBy":      map[string]any{"user": map[string]any{"displayName": name}},
	})
	want := map[string]any{"deviceOperation": map[string]any{"operationId": "o1", "status": "QUEUED"}, "userErrors": []any{}, "replayed": false}
	if d := cmp.Diff(map[string]any{"createDeviceOperation": want}, data); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestBadInputOfACreateIsNeverSent(t *testing.T) {
	for _, c := range []struct {
		name  string
		input map[string]any // beside a restart of d1
		path  []any
	}{
		{"an operation's id", map[string]any{"deviceId": operationID}, []any{"input", "deviceId"}},
		{"a dot segment", map[string]any{"deviceId": ".."}, []any{"input", "deviceId"}},
		{"no id", map[string]any{"deviceId": ""}, []any{"input", "deviceId"}},
		{"a long id", map[string]any{"deviceId": strings.Repeat("a", 257)}, []any{"input", "deviceId"}},
		{"the sentinel", map[string]any{"operationType": "UNKNOWN_FUTURE_VALUE"}, []any{"input", "operationType"}},
		{"the sentinel as status", map[string]any{"status": "UNKNOWN_FUTURE_VALUE"}, []any{"input", "status"}},
		{"no time", map[string]any{"startedDateTime": "soon"}, []any{"input", "startedDateTime"}},
		{"the sentinel as software", map[string]any{"softwareUpdate": map[string]any{"softwareType": "UNKNOWN_FUTURE_VALUE"}},
			[]any{"input", "softwareUpdate", "softwareType"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			input := restart("d1")
			for name, value := range c.input {
				input[name] = value
			}
			data := must(t, &service{}, createDocument, "input", input)
			list, _ := dig(data, "createDeviceOperation.userErrors").([]any)
			if len(list) != 1 || dig(list[0], "__typename") != "InvalidInputError" || dig(list[0], "code") != "INVALID_INPUT" {
				t.Fatalf("got %v", list)
			}
			if d := cmp.Diff(any(c.path), dig(list[0], "path")); d != "" {
				t.Errorf("path (-want +got)\n%s", d)
			}
		})
	}
}

func TestOnlyCreatesAreRefusedAsData(t *testing.T) {
	err := teamwork.InvalidInput([]string{"input", "deviceId"}, "no")
	if got := Refuse("deleteDeviceOperation", err); got != nil {
		t.Errorf("got %v", got)
	}
	refused := []teamwork.CreateDeviceOperationError{
		&teamwork.InvalidInputError{Problem: teamwork.Problem{Message: "no", Path: []string{"input", "deviceId"}}},
	}
	for mutation, want := range map[string]any{
		"createDeviceOperation":  &teamwork.CreateOperationPayload{UserErrors: refused},
		"createDeviceOperations": &teamwork.CreateOperationsPayload{UserErrors: refused},
	} {
		if d := cmp.Diff(want, Refuse(mutation, err)); d != "" {
			t.Errorf("%s (-want +got)\n%s", mutation, d)
		}
	}
}

func TestWhatWasNotSentIsSaidToBeSo(t *testing.T) {
	for _, c := range []struct {
		kind    teamwork.Kind
		unsent  bool
		message string
		want    string
	}{
		{teamwork.Throttled, true, "wait", "wait: nothing was sent"},
		{teamwork.Unavailable, true, "out of order", "out of order: nothing was sent"},
		{teamwork.Unavailable, true, "nothing was sent, for lack of time", "nothing was sent, for lack of time"},
		{teamwork.Throttled, false, "wait", "wait"},
		{teamwork.Unavailable, false, "out of order", "out of order"},
	} {
		got := onlyUserError(t, failing(&teamwork.Error{Kind: c.kind, Unsent: c.unsent, Message: c.message}))
		if got["message"] != c.want {
			t.Errorf("%s, unsent %t: %q, want %q", c.kind, c.unsent, got["message"], c.want)
		}
	}
}

func TestReplayedCreateSaysSo(t *testing.T) {
	var keys []string
	s := &service{many: func(_ context.Context, reqs []teamwork.CreateOperation) []teamwork.CreateResult {
		keys = append(keys, *reqs[0].IdempotencyKey)
		return []teamwork.CreateResult{{Operation: operation("o1"), Replayed: true}}
	}}
	input := restart("d1")
	input["idempotencyKey"] = "reboot-of-monday"
	data := must(t, s, createDocument, "input", input)
	if dig(data, "createDeviceOperation.replayed") != true || dig(data, "createDeviceOperation.deviceOperation.operationId") != "o1" {
		t.Errorf("got %v", data)
	}
	if d := cmp.Diff([]string{"reboot-of-monday"}, keys); d != "" {
		t.Errorf("keys (-want +got)\n%s", d)
	}
	for _, key := range []string{"1234567", strings.Repeat("k", 129), ""} {
		input["idempotencyKey"] = key
		list, _ := dig(must(t, &service{}, createDocument, "input", input), "createDeviceOperation.userErrors").([]any)
		if len(list) != 1 || dig(list[0], "__typename") != "InvalidInputError" || !cmp.Equal(dig(list[0], "path"), any([]any{"input", "idempotencyKey"})) {
			t.Errorf("a key of %d: %v", len(key), list)
		}
	}
}
