package msgraph

import (
	"context"
	"strconv"
	"testing"
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
