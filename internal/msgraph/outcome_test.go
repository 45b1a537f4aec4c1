package msgraph

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestAnswersThatSayNothingOfACreateLeaveItUnknown(t *testing.T) {
	for status, want := range map[int]teamwork.Kind{
		408: teamwork.OutcomeUnknown, 500: teamwork.OutcomeUnknown, 502: teamwork.OutcomeUnknown, 504: teamwork.OutcomeUnknown,
		507: teamwork.OutcomeUnknown, 509: teamwork.OutcomeUnknown, 520: teamwork.OutcomeUnknown, 302: teamwork.OutcomeUnknown,
		501: teamwork.Unavailable, 503: teamwork.Unavailable, 410: teamwork.Unavailable, 429: teamwork.Throttled,
	} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			client, s := scripted(t, Options{}, step{status: status, body: `{"error":{"code":"x","message":"y"}}`})
			_, err := client.CreateOperation(t.Context(), teamwork.CreateOperation{
				DeviceID: "d", OperationType: teamwork.ConfigUpdate, Status: teamwork.StatusQueued})
			wantKind(t, err, want)
			if len(s.sent) != 1 {
				t.Errorf("sent %d times", len(s.sent))
			}
		})
	}
}

func TestCreateWithoutTimeIsNotSent(t *testing.T) {
	client, s := scripted(t, Options{}, step{body: fine})
	ctx, cancel := context.WithTimeout(t.Context(), leastTime-time.Second)
	defer cancel()
	_, err := client.CreateOperation(ctx, teamwork.CreateOperation{
		DeviceID: "d", OperationType: teamwork.ConfigUpdate, Status: teamwork.StatusQueued})
	wantKind(t, err, teamwork.Unavailable)
	if len(s.sent) != 0 {
		t.Errorf("sent %d times", len(s.sent))
	}
}

// TestShortTimeoutLeavesTimeForACreate: what it must have is never all that there is.
func TestShortTimeoutLeavesTimeForACreate(t *testing.T) {
	for _, timeout := range []time.Duration{time.Second, 3 * time.Second, 12 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			client, b := boxed(t, Options{Timeout: timeout})
			b.answer = makes
			within := func(left time.Duration) (one, many error) {
				ctx, cancel := context.WithTimeout(t.Context(), left)
				defer cancel()
				_, one = client.CreateOperation(ctx, restarts(1)[0])
				return one, client.CreateOperations(ctx, restarts(2))[1].Err
			}
			least := min(timeout/3, leastTime)
			if one, many := within(least + time.Millisecond); one != nil || many != nil {
				t.Errorf("%v: %v, %v", timeout, one, many)
			}
			one, many := within(least - 1)
			for _, err := range []error{one, many} {
				if e := wantKind(t, err, teamwork.Unavailable); !e.Unsent {
					t.Errorf("%v: %+v", timeout, e)
				}
			}
		})
	}
}
