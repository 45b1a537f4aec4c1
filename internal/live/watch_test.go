package live

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// second is longer than a poll may take when something moved lately, with its jitter.
const second = 3 * time.Second

func TestOperationIsToldFromItsStateToItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		w := replica(t, u, openStore(t, ""), Options{})
		watch := one(t, w, as(t, "p"), "d", "a")
		want(t, watch, 0, "snapshot a Queued")
		for _, step := range []struct {
			status teamwork.DeviceOperationStatus
			line   string
		}{
			{teamwork.StatusScheduled, "changed a Queued→Scheduled"},
			{teamwork.StatusInProgress, "changed a Scheduled→InProgress"},
			{teamwork.StatusSuccessful, "final a InProgress→Successful"},
		} {
			u.move("d", "a", step.status)
			want(t, watch, second, step.line)
		}
		want(t, watch, second, "end", "end")
	})
}

func TestFinalOperationIsASnapshotAndTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusFailed)
		watch := one(t, replica(t, u, openStore(t, ""), Options{}), as(t, "p"), "d", "a")
		want(t, watch, 0, "snapshot a Failed", "end")
	})
}

func TestMissingOperationIsNotFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		w := replica(t, u, openStore(t, ""), Options{})
		for _, key := range []teamwork.DeviceOperationKey{{DeviceID: "d", OperationID: "x"}, {DeviceID: "x", OperationID: "a"}} {
			if _, err := w.WatchOperation(as(t, "p"), key); teamwork.KindOf(err) != teamwork.NotFound {
				t.Errorf("%v: got %v", key, err)
			}
		}
		if _, err := w.WatchOperations(as(t, "p"), []string{"d", "x"}, nil); teamwork.KindOf(err) != teamwork.NotFound {
			t.Errorf("got %v", err)
		}
		if watches, devices, _ := w.Counts(); watches != 0 || devices != 0 {
			t.Errorf("%d watches of %d devices are left", watches, devices)
		}
	})
}

func TestDevicesAreToldOfAllThatMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "old", teamwork.StatusSuccessful)
		u.add("d", "a", teamwork.StatusInProgress)
		u.add("d", "done", teamwork.StatusFailed)
		u.add("e", "idle", teamwork.StatusSuccessful)
		w := replica(t, u, openStore(t, ""), Options{})
		watch := many(t, w, as(t, "p"), nil, "d", "e")
		want(t, watch, 0, "snapshot done Failed", "snapshot a InProgress", "snapshot idle Successful")
		time.Sleep(time.Second)
		u.add("d", "b", teamwork.StatusQueued)
		want(t, watch, second, "created b Queued")
		u.move("d", "a", teamwork.StatusSuccessful)
		u.move("d", "b", teamwork.StatusInProgress)
		got := []string{within(t, watch, second), within(t, watch, second)}
		if got[0] != "final a InProgress→Successful" || got[1] != "changed b Queued→InProgress" {
			t.Errorf("got %q", got)
		}
		time.Sleep(time.Second)
		u.add("d", "quick", teamwork.StatusCancelled)
		want(t, watch, second, "final quick Cancelled")
		want(t, watch, time.Minute, "nothing")
	})
}

func TestFilterDecidesWhatIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		yes := true
		u := newTenant()
		u.add("d", "older", teamwork.StatusSuccessful)
		u.add("d", "a", teamwork.StatusQueued)
		w := replica(t, u, openStore(t, ""), Options{})
		all := many(t, w, as(t, "p"), nil, "d")
		finals := many(t, w, as(t, "p"), &teamwork.DeviceOperationFilter{IsFinal: &yes}, "d")
		want(t, finals, 0, "snapshot older Successful")
		want(t, all, 0, "snapshot a Queued")
		u.move("d", "a", teamwork.StatusInProgress)
		want(t, all, second, "changed a Queued→InProgress")
		u.move("d", "a", teamwork.StatusFailed)
		want(t, all, second, "final a InProgress→Failed")
		want(t, finals, second, "final a Failed", "nothing")
	})
}

func TestCreateShowsBeforeAnyPoll(t *testing.T) {
	for name, off := range map[string]bool{"polling": false, "watching only": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := newTenant()
				u.add("d", "", "")
				store := openStore(t, "")
				here, there := replica(t, u, store, Options{Off: off}), replica(t, u, store, Options{Off: off})
				ctx := as(t, "p")
				near, far, others := many(t, here, ctx, nil, "d"), many(t, there, ctx, nil, "d"), many(t, there, as(t, "q"), nil, "d")
				if _, err := here.CreateOperation(ctx, teamwork.CreateOperation{DeviceID: "d"}); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				want(t, near, 0, "created c0 Queued")
				want(t, far, 0, "created c0 Queued")
				want(t, one(t, there, ctx, "d", "c0"), 0, "snapshot c0 Queued")
				want(t, others, 0, "nothing")
			})
		})
	}
}

// partial is an upstream that can't read one device's page.
type partial struct {
	*tenant
	device string
	fails  *bool
}

func (p partial) Operations(ctx context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
	if *p.fails && req.DeviceID == p.device {
		return nil, &teamwork.Error{Kind: teamwork.Throttled, RetryAfter: 10 * time.Second}
	}
	return p.tenant.Operations(ctx, req)
}

func TestDeviceThatCantBeReadHasItsSnapshotLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u, fails := newTenant(), true
		u.add("d", "old", teamwork.StatusSuccessful)
		u.add("d", "a", teamwork.StatusInProgress)
		u.add("e", "b", teamwork.StatusSuccessful)
		w := replica(t, partial{u, "d", &fails}, openStore(t, ""), Options{})
		ctx := as(t, "p")
		watch := many(t, w, ctx, nil, "d", "e")
		want(t, watch, time.Second, "snapshot b Successful", "nothing")
		if _, err := w.CreateOperation(ctx, teamwork.CreateOperation{DeviceID: "d"}); err != nil {
			t.Fatal(err)
		}
		want(t, watch, time.Second, "created c2 Queued", "nothing")
		fails = false
		want(t, watch, 20*time.Second, "snapshot a InProgress", "nothing")
		fails = true
		if _, err := replica(t, partial{u, "d", &fails}, openStore(t, ""), Options{}).WatchOperations(ctx, []string{"d"}, nil); teamwork.KindOf(err) != teamwork.Throttled {
			t.Errorf("with nothing to show: %v", err)
		}
	})
}

func TestIdleDeviceThatCouldNotBeReadIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u, fails := newTenant(), true
		u.add("d", "a", teamwork.StatusSuccessful)
		u.add("e", "b", teamwork.StatusSuccessful)
		watch := many(t, replica(t, partial{u, "d", &fails}, openStore(t, ""), Options{}), as(t, "p"), nil, "d", "e")
		want(t, watch, time.Second, "snapshot b Successful", "nothing")
		fails = false
		want(t, watch, 20*time.Second, "snapshot a Successful", "nothing")
	})
}
