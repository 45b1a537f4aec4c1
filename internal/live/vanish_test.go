package live

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestOperationThatIsNotOnThePageIsReadByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		w := replica(t, u, openStore(t, ""), Options{})
		watch := one(t, w, as(t, "p"), "d", "a")
		all := many(t, w, as(t, "p"), nil, "d")
		want(t, watch, 0, "snapshot a Queued")
		want(t, all, 0, "snapshot a Queued")
		u.set(func() { u.pageTop = 1 })
		u.add("d", "b", teamwork.StatusQueued)
		want(t, all, second, "created b Queued")
		u.move("d", "a", teamwork.StatusFailed)
		want(t, watch, second, "final a Queued→Failed", "end")
		want(t, all, second, "final a Queued→Failed")
		_, before := u.count()
		time.Sleep(time.Minute)
		if _, lone := u.count(); lone != before {
			t.Errorf("%d reads of what is final", lone-before)
		}
	})
}

func TestOldOperationIsFoundThoughNoPageShowsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "old", teamwork.StatusInProgress)
		u.add("d", "new", teamwork.StatusSuccessful)
		u.set(func() { u.pageTop = 1 })
		w := replica(t, u, openStore(t, ""), Options{})
		all := many(t, w, as(t, "p"), nil, "d")
		want(t, all, 0, "snapshot new Successful")
		watch := one(t, w, as(t, "p"), "d", "old")
		want(t, watch, 0, "snapshot old InProgress")
		want(t, all, 0, "snapshot old InProgress") // late, since nobody knew
		u.move("d", "old", teamwork.StatusSuccessful)
		want(t, watch, 20*time.Second, "final old InProgress→Successful", "end")
	})
}

func TestWhatUpstreamShowsLateIsNotGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "", "")
		w := replica(t, u, openStore(t, ""), Options{})
		ctx := as(t, "p")
		op, err := w.CreateOperation(ctx, teamwork.CreateOperation{DeviceID: "d"})
		if err != nil {
			t.Fatal(err)
		}
		shown := u.ops["d"]
		u.set(func() { u.ops["d"] = nil })
		watch := one(t, w, ctx, "d", op.OperationID)
		want(t, watch, 20*time.Second, "snapshot c0 Queued", "nothing")
		u.set(func() { u.ops["d"] = shown })
		u.move("d", "c0", teamwork.StatusInProgress)
		want(t, watch, second, "changed c0 Queued→InProgress")
		u.set(func() { u.ops["d"] = nil })
		want(t, watch, time.Minute, "not found")
	})
}

func TestDeviceThatIsGoneEndsTheWatchesOfItsOperations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusInProgress)
		w := replica(t, u, openStore(t, ""), Options{})
		watch, all := one(t, w, as(t, "p"), "d", "a"), many(t, w, as(t, "p"), nil, "d")
		want(t, all, 0, "snapshot a InProgress")
		want(t, watch, 40*time.Second, "snapshot a InProgress", "nothing")
		u.set(func() { delete(u.ops, "d") })
		want(t, watch, time.Minute, "not found")
		before, _ := u.count()
		want(t, all, time.Hour, "nothing")
		if pages, _ := u.count(); pages > before+1 {
			t.Errorf("%d pages of a device that is gone", pages-before)
		}
	})
}

func TestUnknownWordsAreStates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		w := replica(t, u, openStore(t, ""), Options{})
		watch := one(t, w, as(t, "p"), "d", "a")
		want(t, watch, 0, "snapshot a Queued")
		for _, step := range []struct {
			word teamwork.DeviceOperationStatus
			line string
		}{
			{"verifying", "changed a Queued→UnknownFutureValue"},
			{"queued", "nothing"},    // back: that is none
			{"verifying", "nothing"}, // again
			{"INPROGRESS", "changed a UnknownFutureValue→InProgress"},
			{"inProgress", "nothing"}, // the same, spelled otherwise
			{"succeeded", "final a InProgress→Successful"},
		} {
			u.move("d", "a", step.word)
			want(t, watch, 20*time.Second, step.line)
		}
	})
}
