package live

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// TestListenersShareTheirEvents: so that one of them writes it for all. Who is told another
// thing has another event, and who reads late changes nobody's.
func TestListenersShareTheirEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u, yes := newTenant(), true
		u.add("d", "a", teamwork.StatusQueued)
		w := replica(t, u, openStore(t, ""), Options{})
		ctx := as(t, "p")
		first, second := one(t, w, ctx, "d", "a"), many(t, w, ctx, nil, "d")
		late, finals := one(t, w, ctx, "d", "a"), many(t, w, ctx, &teamwork.DeviceOperationFilter{IsFinal: &yes}, "d")
		next := func(watch teamwork.Watch) *teamwork.DeviceOperationEvent {
			event, err := watch.Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return event
		}
		for _, status := range []teamwork.DeviceOperationStatus{"", teamwork.StatusInProgress, teamwork.StatusFailed} {
			if status != "" {
				u.move("d", "a", status)
			}
			if status == teamwork.StatusInProgress {
				next(late) // its snapshot, and nothing since
			}
			if a, b := next(first), next(second); a != b {
				t.Errorf("two listeners have two events: %v", say(a, nil))
			}
		}
		if a := next(finals); a.PreviousStatus != nil {
			t.Errorf("who saw nothing before is told %s", say(a, nil))
		}
		want(t, late, time.Second, "final a Queued→Failed", "end")
	})
}
