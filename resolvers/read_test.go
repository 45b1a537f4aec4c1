package resolvers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// canary stands for what a client must not see.
const canary = "canary-7f3a at 10.0.0.1"

// codes has the code of each kind as an error; NotFound is none of a read.
var codes = map[teamwork.Kind]string{
	teamwork.Internal:        "INTERNAL_SERVER_ERROR",
	teamwork.Invalid:         "BAD_USER_INPUT",
	teamwork.Unauthenticated: "UNAUTHENTICATED",
	teamwork.Forbidden:       "FORBIDDEN",
	teamwork.Conflict:        "CONFLICT",
	teamwork.Throttled:       "RATE_LIMITED",
	teamwork.Rejected:        "UPSTREAM_REJECTED",
	teamwork.BadResponse:     "UPSTREAM_BAD_RESPONSE",
	teamwork.Unavailable:     "UPSTREAM_UNAVAILABLE",
	teamwork.OutcomeUnknown:  "INTERNAL_SERVER_ERROR",
	teamwork.TooMany:         "TOO_MANY_SUBSCRIPTIONS",
	teamwork.KeyReused:       "INTERNAL_SERVER_ERROR",
}

// wrapped returns an error of a kind as it arrives from below.
func wrapped(kind teamwork.Kind) error {
	message := "about " + kind.String()
	if kind == teamwork.Internal {
		message = "" // there is nothing that a caller may see
	}
	return fmt.Errorf("reading %s: %w", canary, &teamwork.Error{
		Kind: kind, Op: canary, Message: message, RetryAfter: 1200 * time.Millisecond,
		Upstream: &teamwork.UpstreamAnswer{Status: 599, Code: canary, RequestID: "upstream-1"},
		Err:      errors.New(canary),
	})
}

func TestEveryKindOfErrorOnEveryRead(t *testing.T) {
	for _, kind := range teamwork.Kinds() {
		code, listed := codes[kind]
		if kind == teamwork.NotFound {
			continue // null, see TestMissingThingIsNull
		}
		if !listed {
			t.Errorf("nobody said what the code of %q is", kind)
		}
		for _, c := range reads {
			t.Run(kind.String()+"/"+c.name, func(t *testing.T) {
				a, log := askLogged(t, failingAt(c.below, wrapped(kind)), c.document)
				if got := dig(a.Data, c.below); got != nil || len(a.Errors) != 1 {
					t.Fatalf("got %s", a.raw)
				}
				want := map[string]any{"code": code, "requestId": "request-1", "retryAfterSeconds": 2.0, "upstreamRequestId": "upstream-1"}
				if d := cmp.Diff(want, a.Errors[0].Extensions); d != "" {
					t.Errorf("extensions (-want +got)\n%s", d)
				}
				if d := cmp.Diff(strings.Split(c.below, "."), texts(a.Errors[0].Path)); d != "" {
					t.Errorf("path (-want +got)\n%s", d)
				}
				message := "about " + kind.String()
				if kind == teamwork.Internal {
					message = "internal error"
				}
				if got := a.Errors[0].Message; got != message {
					t.Errorf("message %q", got)
				}
				if strings.Contains(a.raw, "canary") {
					t.Errorf("the cause shows: %s", a.raw)
				}
				if kind == teamwork.Internal && !strings.Contains(log, canary) {
					t.Errorf("the cause is not in the log: %s", log)
				}
			})
		}
	}
}

func texts(path []any) []string {
	list := make([]string, len(path))
	for i, step := range path {
		list[i] = fmt.Sprint(step)
	}
	return list
}

func TestForeignErrorIsMasked(t *testing.T) {
	for _, c := range reads {
		t.Run(c.name, func(t *testing.T) {
			a, log := askLogged(t, failingAt(c.below, fmt.Errorf("dial: %w", errors.New(canary))), c.document)
			if len(a.Errors) != 1 || a.Errors[0].Message != "internal error" || a.Errors[0].Extensions["code"] != "INTERNAL_SERVER_ERROR" {
				t.Errorf("got %s", a.raw)
			}
			if strings.Contains(a.raw, "canary") || !strings.Contains(log, canary) {
				t.Errorf("answered %s\nlogged %s", a.raw, log)
			}
		})
	}
}

func TestRetryAfterIsRoundedUp(t *testing.T) {
	for wait, want := range map[time.Duration]any{
		0: nil, time.Nanosecond: 1.0, 999 * time.Millisecond: 1.0, time.Second: 1.0, 1001 * time.Millisecond: 2.0, 90 * time.Second: 90.0,
	} {
		a := ask(t, failing(&teamwork.Error{Kind: teamwork.Throttled, Message: "wait", RetryAfter: wait}), reads[0].document)
		if got := a.Errors[0].Extensions["retryAfterSeconds"]; got != want {
			t.Errorf("%v is %v seconds, want %v", wait, got, want)
		}
	}
}

func TestReadsTurnTheirWordsIntoUpstreams(t *testing.T) {
	var got []any
	noted := func(v any) error {
		got = append(got, v)
		return missing()
	}
	s := &service{
		devices: func(_ context.Context, req teamwork.DevicesRequest) (*teamwork.Page[teamwork.Device], error) {
			return nil, noted(req)
		},
		device: func(_ context.Context, id string) (*teamwork.Device, error) { return nil, noted(id) },
		operations: func(_ context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
			return nil, noted(req)
		},
		operation: func(_ context.Context, key teamwork.DeviceOperationKey) (*teamwork.DeviceOperation, error) {
			return nil, noted(key)
		},
	}
	room, key := teamwork.DeviceTypeTeamsRoom, teamwork.DeviceOperationKey{DeviceID: "d1", OperationID: "o1"}
	for _, c := range []struct {
		document string
		want     any
	}{
		{`{ devices { meta { stale } } }`, teamwork.DevicesRequest{Top: 20}},
		{`{ devices(first: 100, filter: {deviceType: TEAMS_ROOM}) { meta { stale } } }`, teamwork.DevicesRequest{Top: 50, Filter: &teamwork.DeviceFilter{DeviceType: &room}}},
		{`{ device(by: {deviceId: "d1"}) { id } }`, "d1"},
		{`{ device(by: {id: "` + deviceID + `"}) { id } }`, "d1"},
		{`{ deviceOperations(deviceId: "d1", first: 3) { meta { stale } } }`, teamwork.OperationsRequest{DeviceID: "d1", Top: 5}},
		{`{ deviceOperations(deviceId: "` + deviceID + `", first: 21) { meta { stale } } }`, teamwork.OperationsRequest{DeviceID: "d1", Top: 50}},
		{`{ deviceOperation(by: {id: "` + operationID + `"}) { id } }`, key},
		{`{ deviceOperation(by: {key: {deviceId: "d1", operationId: "o1"}}) { id } }`, key},
		{`{ node(id: "` + operationID + `") { id } }`, key},
	} {
		got = nil
		must(t, s, c.document)
		if d := cmp.Diff([]any{c.want}, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", c.document, d)
		}
	}
}

func TestBadInputOfAReadIsNamed(t *testing.T) {
	for _, c := range []struct {
		document string
		argument []any
	}{
		{`{ device(by: {id: "d1"}) { id } }`, []any{"by", "id"}},
		{`{ device(by: {deviceId: ".."}) { id } }`, []any{"by", "deviceId"}},
		{`{ deviceOperation(by: {id: "` + deviceID + `"}) { id } }`, []any{"by", "id"}},
		{`{ deviceOperations(deviceId: "` + operationID + `") { meta { stale } } }`, []any{"deviceId"}},
		{`{ deviceOperations(deviceId: "d1", filter: {createdAfter: "yesterday"}) { meta { stale } } }`, []any{"filter", "createdAfter"}},
		{`{ deviceOperations(deviceId: "d1", after: "x") { meta { stale } } }`, []any{"after"}},
		{`{ devices(after: "") { meta { stale } } }`, []any{"after"}},
		{`{ node(id: "d1") { id } }`, []any{"id"}},
	} {
		a := ask(t, &service{}, c.document)
		if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "BAD_USER_INPUT" {
			t.Errorf("%s: got %s", c.document, a.raw)
			continue
		}
		if d := cmp.Diff(any(c.argument), a.Errors[0].Extensions["argument"]); d != "" {
			t.Errorf("%s (-want +got)\n%s", c.document, d)
		}
	}
}

func TestUpstreamStatusCostsNoCall(t *testing.T) {
	code := "TooManyRequests"
	s := &service{status: func(context.Context) *teamwork.UpstreamStatus {
		return &teamwork.UpstreamStatus{LastErrorCode: &code, SunsetAt: teamwork.ParseDateTime("2026-01-31T09:30:00Z")}
	}}
	data := must(t, s, `{ upstreamStatus { lastSuccessAt lastErrorCode deprecatedSince sunsetAt } }`)
	want := map[string]any{"lastSuccessAt": nil, "lastErrorCode": code, "deprecatedSince": nil, "sunsetAt": "2026-01-31T09:30:00Z"}
	if d := cmp.Diff(map[string]any{"upstreamStatus": want}, data); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestLatestOperationIsTheOneCreatedLast(t *testing.T) {
	created := func(id, typ, at string) *teamwork.DeviceOperation {
		op := operation(id)
		op.OperationTypeRaw, op.CreatedDateTime = typ, teamwork.ParseDateTime(at)
		return op
	}
	page := []*teamwork.DeviceOperation{
		created("no time", "deviceRestart", "2026-06-19T12-01-03.45Z"),
		created("old", "deviceRestart", "2026-01-01T00:00:00Z"),
		created("newest", "RemoteLogin", "2026-01-03T00:00:00Z"),
		created("newest too", "RemoteLogin", "2026-01-03T01:00:00+01:00"),
		created("newer", "deviceRestart", "2026-01-02T00:00:00Z"),
		created("new word", "teleport", "2026-01-02T12:00:00Z"),
	}
	for _, c := range []struct {
		name, types string
		page        []*teamwork.DeviceOperation
		want        any
	}{
		{"of all", "", page, "newest"},
		{"of no types in particular", "(operationTypes: [])", page, "newest"},
		{"of one type", "(operationTypes: [DEVICE_RESTART])", page, "newer"},
		{"of two types", "(operationTypes: [CONFIG_UPDATE, DEVICE_RESTART])", page, "newer"},
		{"of a type that is not there", "(operationTypes: CONFIG_UPDATE)", page, nil},
		{"where no time is known", "", page[:1], "no time"},
		{"where some time is not known", "", page[:2], "old"},
		{"of none", "", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := failingAt("device.latestOperation", nil)
			s.operations = func(_ context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
				if d := cmp.Diff(teamwork.OperationsRequest{DeviceID: "d1", Top: teamwork.DefaultPage}, req); d != "" {
					t.Errorf("asked (-want +got)\n%s", d)
				}
				return &teamwork.Page[teamwork.DeviceOperation]{Items: c.page, Next: "more", Meta: meta}, nil
			}
			data := must(t, s, `{ device(by: {deviceId: "d1"}) { latestOperation`+c.types+` { operationId } } }`)
			if got := dig(data, "device.latestOperation.operationId"); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
