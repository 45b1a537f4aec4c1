package live

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// forgetful loses messages of one replica: their Publish fails, and nothing else does.
type forgetful struct {
	*seat
	fails atomic.Bool
}

func (f *forgetful) Publish(ctx context.Context, channel string, message []byte) error {
	if f.fails.Load() {
		return cluster.ErrDown
	}
	return f.seat.Publish(ctx, channel, message)
}

func TestWhatCouldNotBeToldIsToldLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		store := openStore(t, "")
		from := &forgetful{seat: &seat{Store: store}}
		here, there := replica(t, u, from, Options{}), replica(t, u, &seat{Store: store}, Options{Off: true})
		near, far := many(t, here, as(t, "p"), nil, "d"), many(t, there, as(t, "p"), nil, "d")
		want(t, near, 0, "snapshot a Queued")
		want(t, far, 0, "snapshot a Queued")
		from.fails.Store(true)
		u.move("d", "a", teamwork.StatusFailed) // after which nobody polls
		want(t, near, second, "final a Queued→Failed")
		want(t, far, 3*time.Second, "nothing")
		from.fails.Store(false)
		want(t, far, 2*time.Second, "final a Queued→Failed")
	})
}

// TestWhoBeginsToWatchHearsWhatItsPageDidNotShow: its first page may be an older one, of
// which the others have told the changes already.
func TestWhoBeginsToWatchHearsWhatItsPageDidNotShow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		u.add("d", "b", teamwork.StatusQueued)
		store := openStore(t, "")
		here := replica(t, u, &seat{Store: store}, Options{})
		near := many(t, here, as(t, "p"), nil, "d")
		want(t, near, 0, "snapshot b Queued", "snapshot a Queued")
		old, err := u.Operations(as(t, "p"), teamwork.OperationsRequest{DeviceID: "d"})
		if err != nil {
			t.Fatal(err)
		}
		u.move("d", "a", teamwork.StatusFailed)
		want(t, near, second, "final a Queued→Failed")
		there := replica(t, remembering{u, old}, &seat{Store: store}, Options{})
		far := many(t, there, as(t, "p"), nil, "d")
		want(t, far, 0, "snapshot b Queued", "snapshot a Queued")
		want(t, far, time.Second, "final a Queued→Failed")
	})
}

// remembering is an upstream of which an old page is remembered.
type remembering struct {
	*tenant
	old *teamwork.Page[teamwork.DeviceOperation]
}

func (r remembering) Operations(ctx context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
	if teamwork.NotBeforeFrom(ctx).IsZero() {
		return r.old, nil
	}
	return r.tenant.Operations(ctx, req)
}

// TestReplicaTellsWhatItReadsFromTheFirstMoment: the others say at once that they watch, not
// at the next round.
func TestReplicaTellsWhatItReadsFromTheFirstMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusSuccessful)
		f := newFleet(t, 2, u, Options{})
		watch := many(t, f.replicas[0], as(t, "p"), nil, "d")
		want(t, watch, 0, "snapshot a Successful")
		synctest.Wait()
		time.Sleep(time.Millisecond)
		u.add("d", "b", teamwork.StatusQueued)
		see(t, f.replicas[1], u, as(t, "p"), "d")
		want(t, watch, time.Second, "created b Queued")
	})
}

func TestReplicaThatCameLaterLearnsWhatIsWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusSuccessful)
		store := openStore(t, "")
		here := replica(t, u, store, Options{})
		watch := many(t, here, as(t, "p"), nil, "d")
		want(t, watch, time.Second, "snapshot a Successful", "nothing")
		late := replica(t, u, store, Options{})
		time.Sleep(100 * time.Millisecond)
		u.add("d", "b", teamwork.StatusQueued)
		see(t, late, u, as(t, "p"), "d")
		want(t, watch, time.Second, "created b Queued")
	})
}

// TestWhatIsWatchedIsSaidUntilItIsHeard: a message that was lost when somebody began to watch
// must not keep the others silent until the next round.
func TestWhatIsWatchedIsSaidUntilItIsHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusSuccessful)
		store := openStore(t, "")
		there := replica(t, u, &seat{Store: store}, Options{})
		mute := &forgetful{seat: &seat{Store: store}}
		here := replica(t, u, mute, Options{})
		time.Sleep(sayEvery / 2) // both have said what they watch
		mute.fails.Store(true)
		watch := many(t, here, as(t, "p"), nil, "d")
		want(t, watch, time.Second, "snapshot a Successful", "nothing")
		mute.fails.Store(false)
		time.Sleep(2 * sweepEvery)
		u.add("d", "b", teamwork.StatusQueued)
		see(t, there, u, as(t, "p"), "d")
		want(t, watch, 100*time.Millisecond, "created b Queued")
	})
}

// TestWhatIsWatchedTogetherIsSaidTogether: a message for each device would be one round trip
// of Redis after the other.
func TestWhatIsWatchedTogetherIsSaidTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		devices := make([]string, 300)
		for i := range devices {
			devices[i] = "d" + strconv.Itoa(i)
			u.add(devices[i], "a", teamwork.StatusSuccessful)
		}
		counting := &counted{Store: openStore(t, "")}
		here := replica(t, u, counting, Options{})
		synctest.Wait()
		before := counting.n.Load()
		many(t, here, as(t, "p"), nil, devices...)
		if n := counting.n.Load() - before; n > 2 { // one from whoever joins, one of the round
			t.Errorf("%d messages", n)
		}
	})
}

func TestNothingIsToldOfWhatNobodyWatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		counting := &counted{Store: openStore(t, "")}
		here, there := replica(t, u, counting, Options{}), replica(t, u, counting, Options{})
		watch := many(t, here, as(t, "p"), nil, "d")
		want(t, watch, time.Second, "snapshot a Queued", "nothing")
		u.move("d", "a", teamwork.StatusInProgress)
		before := counting.n.Load()
		see(t, here, u, as(t, "p"), "d") // only this replica watches
		see(t, there, u, as(t, "q"), "d")
		synctest.Wait()
		if n := counting.n.Load() - before; n != 0 {
			t.Errorf("%d messages", n)
		}
		watch.Close()
		time.Sleep(2 * forgetAfter)
		before = counting.n.Load()
		see(t, there, u, as(t, "p"), "d") // nobody watches any more
		synctest.Wait()
		if n := counting.n.Load() - before; n != 0 {
			t.Errorf("%d messages once nobody watches", n)
		}
	})
}

// counted counts messages.
type counted struct {
	cluster.Store
	n atomic.Int64
}

func (c *counted) Publish(ctx context.Context, channel string, message []byte) error {
	c.n.Add(1)
	return c.Store.Publish(ctx, channel, message)
}

// TestOwnMessagesAreKnownByTheirMark: they are heard as often as they are told.
func TestOwnMessagesAreKnownByTheirMark(t *testing.T) {
	w := replica(t, newTenant(), openStore(t, ""), Options{})
	text, err := json.Marshal(message{From: w.name, Partition: "p", Device: "d"})
	if err != nil || !bytes.HasPrefix(text, w.mark) {
		t.Errorf("%s does not begin with %s (%v)", text, w.mark, err)
	}
}
