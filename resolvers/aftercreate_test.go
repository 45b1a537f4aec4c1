package resolvers

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// lost is a Service whose create ends in kind, and whose operations are listed.
func lost(kind teamwork.Kind, list ...*teamwork.DeviceOperation) *service {
	s := failing(&teamwork.Error{Kind: kind, Message: "no"})
	s.operations = func(context.Context, teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
		return &teamwork.Page[teamwork.DeviceOperation]{Items: list, Next: "more", Meta: meta}, nil
	}
	return s
}

// was returns an operation on d1 as upstream lists it.
func was(id, typ, status string, created time.Time) *teamwork.DeviceOperation {
	op := operation(id)
	op.OperationTypeRaw, op.StatusRaw, op.CreatedDateTime = typ, status, teamwork.At(created)
	return op
}

func TestConflictShowsTheOperationInTheWay(t *testing.T) {
	now := time.Now()
	const restart, login = "DeviceRestart", "remoteLogin"
	for _, c := range []struct {
		name string
		list []*teamwork.DeviceOperation
		want any
	}{
		{"the one", []*teamwork.DeviceOperation{was("it", restart, "Queued", now)}, "it"},
		{"not one of another type", []*teamwork.DeviceOperation{was("a", login, "Queued", now), was("it", restart, "InProgress", now)}, "it"},
		{"not a final one", []*teamwork.DeviceOperation{was("a", restart, "Succeeded", now), was("it", restart, "Scheduled", now)}, "it"},
		{"the newest", []*teamwork.DeviceOperation{was("it", restart, "Queued", now), was("a", restart, "Queued", now.Add(-time.Hour))}, "it"},
		{"the newest, whatever the order", []*teamwork.DeviceOperation{was("a", restart, "Queued", now.Add(-time.Hour)), was("it", restart, "Queued", now)}, "it"},
		{"one without a time", []*teamwork.DeviceOperation{was("it", restart, "Queued", time.Time{})}, "it"},
		{"none", nil, nil},
		{"none under way", []*teamwork.DeviceOperation{was("a", restart, "Failed", now), was("b", login, "Queued", now)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := slices.Clone(c.list)
			got := onlyUserError(t, lost(teamwork.Conflict, c.list...))
			if got["__typename"] != "OperationAlreadyQueuedError" || dig(got, "existingOperation.operationId") != c.want {
				t.Errorf("got %v, want %v in the way", got, c.want)
			}
			if d := cmp.Diff(before, c.list); d != "" {
				t.Errorf("the page, which others may hold, was changed\n%s", d)
			}
		})
	}
}

func TestConflictWithoutALookIsStillAConflict(t *testing.T) {
	for _, err := range []error{missing(), wrapped(teamwork.Throttled), errors.New(canary), context.Canceled} {
		s := lost(teamwork.Conflict)
		s.operations = failing(err).operations
		got := onlyUserError(t, s)
		if got["__typename"] != "OperationAlreadyQueuedError" || got["existingOperation"] != nil {
			t.Errorf("%v: got %v", err, got)
		}
	}
}

func TestLostCreateHasItsCandidates(t *testing.T) {
	const restart = "deviceRestart"
	now := time.Now()
	list := []*teamwork.DeviceOperation{
		was("ahead", restart, "Queued", now.Add(time.Hour)), // upstream's clock may be
		was("now", "DeviceRestart", "InProgress", now.Add(time.Second)),
		was("done already", restart, "Succeeded", now.Add(time.Second)),
		was("another type", "remoteLogin", "Queued", now.Add(time.Second)),
		was("behind", restart, "Queued", now.Add(-teamwork.ClockSkew+2*time.Second)),
		was("before", restart, "Queued", now.Add(-teamwork.ClockSkew-time.Second)),
		was("no time", restart, "Queued", time.Time{}),
		was("long ago", restart, "Queued", now.Add(-time.Hour)),
	}
	want := []any{"ahead", "now", "done already", "behind"}
	for _, kind := range []teamwork.Kind{teamwork.OutcomeUnknown, teamwork.BadResponse} {
		got := onlyUserError(t, lost(kind, list...))
		candidates, _ := got["candidates"].([]any)
		ids := []any{}
		for _, c := range candidates {
			ids = append(ids, dig(c, "operationId"))
		}
		if d := cmp.Diff(want, ids); d != "" || got["__typename"] != "OutcomeUnknownError" {
			t.Errorf("%s: %v (-want +got)\n%s", kind, got, d)
		}
	}
}

func TestLostCreateWithoutALookHasAnEmptyList(t *testing.T) {
	for _, err := range []error{missing(), wrapped(teamwork.Unavailable), errors.New(canary)} {
		s := lost(teamwork.OutcomeUnknown)
		s.operations = failing(err).operations
		if d := cmp.Diff(any([]any{}), onlyUserError(t, s)["candidates"]); d != "" {
			t.Errorf("%v (-want +got)\n%s", err, d)
		}
	}
}

// TestLookOutlivesTheClientsTime: creates are lost when time runs out.
func TestLookOutlivesTheClientsTime(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	s := lost(teamwork.OutcomeUnknown)
	s.create = func(context.Context, teamwork.CreateOperation) (*teamwork.DeviceOperation, error) {
		leave()
		return nil, &teamwork.Error{Kind: teamwork.OutcomeUnknown}
	}
	looked := false
	s.operations = func(ctx context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
		looked = true
		if d := cmp.Diff(teamwork.OperationsRequest{DeviceID: "d1", Top: teamwork.DefaultPage}, req); d != "" {
			t.Errorf("asked (-want +got)\n%s", d)
		}
		if err := ctx.Err(); err != nil {
			t.Errorf("the look ended with the client: %v", err)
		}
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > afterwards {
			t.Errorf("the look may take until %v", deadline)
		}
		return nil, missing()
	}
	input := teamwork.CreateOperation{DeviceID: "d1", OperationType: teamwork.DeviceRestart, Status: teamwork.StatusQueued}
	payload, err := resolverOf(s).Mutation().CreateDeviceOperation(ctx, input)
	if err != nil || len(payload.UserErrors) != 1 || !looked {
		t.Errorf("got %+v, %v; looked %t", payload, err, looked)
	}
}

// TestReplayedDoubtIsLookedUpSinceItWasSent: what an earlier request lost came to be
// then, not now.
func TestReplayedDoubtIsLookedUpSinceItWasSent(t *testing.T) {
	const restart = "deviceRestart"
	hourAgo := time.Now().Add(-time.Hour)
	s := lost(teamwork.OutcomeUnknown, was("since", restart, "Queued", hourAgo.Add(time.Second)), was("before", restart, "Queued", hourAgo.Add(-time.Minute)))
	s.many = func(context.Context, []teamwork.CreateOperation) []teamwork.CreateResult {
		return []teamwork.CreateResult{{Err: &teamwork.Error{Kind: teamwork.OutcomeUnknown, Message: "no"}, Replayed: true, SentAt: hourAgo}}
	}
	got := onlyUserError(t, s)
	if d := cmp.Diff(any([]any{map[string]any{"operationId": "since"}}), got["candidates"]); d != "" {
		t.Errorf("candidates (-want +got)\n%s", d)
	}
}

func TestPanicOfTheLookTakesNothingAway(t *testing.T) {
	s := lost(teamwork.OutcomeUnknown)
	s.operations = func(context.Context, teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
		panic(canary)
	}
	if got := onlyUserError(t, s); got["__typename"] != "OutcomeUnknownError" || !cmp.Equal(got["candidates"], any([]any{})) {
		t.Errorf("got %v", got)
	}
}
