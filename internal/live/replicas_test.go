package live

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// fleet is some replicas over one upstream and one store.
type fleet struct {
	*tenant
	seats    []*seat
	ways     []*mortal
	replicas []*Watcher
}

func newFleet(t *testing.T, n int, u *tenant, opts Options) *fleet {
	t.Helper()
	store := openStore(t, "")
	f := &fleet{tenant: u}
	for range n {
		s := &seat{Store: store}
		m := &mortal{tenant: u, seat: s}
		f.seats, f.ways = append(f.seats, s), append(f.ways, m)
		f.replicas = append(f.replicas, replica(t, m, s, opts))
	}
	synctest.Wait() // until they know that they hear
	return f
}

// everyone watches a device on each replica.
func (f *fleet) everyone(t *testing.T, device string) (all []teamwork.Watch) {
	t.Helper()
	for _, w := range f.replicas {
		all = append(all, many(t, w, as(t, "p"), nil, device))
	}
	return all
}

// holder returns which replica polls, -1 if none does.
func (f *fleet) holder() (which int) {
	which = -1
	for i, w := range f.replicas {
		if _, _, polled := w.Counts(); polled > 0 && !f.seats[i].is(&f.seats[i].dead) {
			which = i
		}
	}
	return which
}

func TestOneOfAllReplicasPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		f := newFleet(t, 3, u, Options{})
		watches := f.everyone(t, "d")
		for _, watch := range watches {
			want(t, watch, 0, "snapshot a Queued")
		}
		before, _ := u.count()
		time.Sleep(29 * time.Second)
		if pages, _ := u.count(); pages-before < 12 || pages-before > 17 {
			t.Errorf("%d pages in 29 s, want those of one", pages-before)
		}
		u.move("d", "a", teamwork.StatusInProgress)
		for _, watch := range watches {
			want(t, watch, second, "changed a Queued→InProgress")
		}
		u.move("d", "a", teamwork.StatusFailed)
		for _, watch := range watches {
			want(t, watch, second, "final a InProgress→Failed", "nothing")
		}
		if f.holder() >= 0 {
			t.Error("the lease is kept though nothing is under way")
		}
	})
}

func TestAnotherTakesOverWhenTheHolderDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		f := newFleet(t, 3, u, Options{})
		watches := f.everyone(t, "d")
		for _, watch := range watches {
			want(t, watch, 0, "snapshot a Queued")
		}
		time.Sleep(20 * time.Second)
		dead := f.holder()
		f.seats[dead].set(&f.seats[dead].dead, true)
		before, _ := u.count()
		u.move("d", "a", teamwork.StatusSuccessful)
		for i, watch := range watches {
			if i != dead {
				want(t, watch, 5*time.Second, "final a Queued→Successful")
			}
		}
		if pages, _ := u.count(); pages == before {
			t.Error("nobody polled")
		}
	})
}

func TestLastWatchGivesTheLeaseToWhoStillListens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		f := newFleet(t, 2, u, Options{})
		watches := f.everyone(t, "d")
		time.Sleep(10 * time.Second)
		holder := f.holder()
		watches[holder].Close()
		want(t, watches[1-holder], 0, "snapshot a Queued")
		want(t, watches[1-holder], 2*time.Second, "nothing")
		if f.holder() != 1-holder {
			t.Error("nobody polls for the other")
		}
		watches[1-holder].Close()
		synctest.Wait()
		before, _ := u.count()
		time.Sleep(time.Minute)
		if pages, _ := u.count(); pages != before {
			t.Errorf("%d pages for nobody", pages-before)
		}
	})
}

func TestWithoutRedisEachReplicaPollsAndLaterOneDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		f := newFleet(t, 2, u, Options{})
		watches := f.everyone(t, "d")
		for _, watch := range watches {
			want(t, watch, 0, "snapshot a Queued")
		}
		time.Sleep(5 * time.Second)
		for _, s := range f.seats {
			s.set(&s.down, true)
		}
		u.move("d", "a", teamwork.StatusScheduled)
		for _, watch := range watches {
			want(t, watch, 5*time.Second, "changed a Queued→Scheduled")
		}
		asked := [2]int{f.ways[0].asked(), f.ways[1].asked()}
		time.Sleep(10 * time.Second)
		for i, way := range f.ways {
			if way.asked()-asked[i] < 3 {
				t.Errorf("replica %d read %d pages by itself in 10 s", i, way.asked()-asked[i])
			}
		}
		for _, s := range f.seats {
			s.set(&s.down, false)
		}
		time.Sleep(5 * time.Second)
		asked = [2]int{f.ways[0].asked(), f.ways[1].asked()}
		time.Sleep(10 * time.Second)
		if a, b := f.ways[0].asked()-asked[0], f.ways[1].asked()-asked[1]; a > 0 && b > 0 || a+b == 0 {
			t.Errorf("healed, the replicas read %d and %d pages", a, b)
		}
		u.move("d", "a", teamwork.StatusSuccessful)
		for _, watch := range watches {
			want(t, watch, 5*time.Second, "final a Scheduled→Successful")
		}
	})
}

func TestCreateWithoutRedisIsToldOnceItIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "", "")
		f := newFleet(t, 2, u, Options{})
		watches := f.everyone(t, "d")
		for _, s := range f.seats {
			s.set(&s.down, true)
		}
		if _, err := f.replicas[0].CreateOperation(as(t, "p"), teamwork.CreateOperation{DeviceID: "d"}); err != nil {
			t.Fatal(err)
		}
		want(t, watches[0], 0, "created c0 Queued")
		want(t, watches[1], 20*time.Second, "nothing")
		for _, s := range f.seats {
			s.set(&s.down, false)
		}
		want(t, watches[1], 3*time.Second, "created c0 Queued")
	})
}

func TestEndThatADeafReplicaMissedIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		u.add("d", "b", teamwork.StatusQueued)
		f := newFleet(t, 2, u, Options{})
		watches := f.everyone(t, "d")
		for _, watch := range watches {
			want(t, watch, 0, "snapshot b Queued", "snapshot a Queued")
		}
		time.Sleep(10 * time.Second)
		deaf := 1 - f.holder()
		f.seats[deaf].set(&f.seats[deaf].deaf, true)
		u.move("d", "a", teamwork.StatusSuccessful)
		want(t, watches[1-deaf], second, "final a Queued→Successful")
		want(t, watches[deaf], 10*time.Second, "nothing")
		f.seats[deaf].set(&f.seats[deaf].deaf, false)
		want(t, watches[deaf], second, "final a Queued→Successful")
	})
}

// TestEndThatNobodyKnowsWasMissedIsFoundOut: a message may be lost without a trace.
func TestEndThatNobodyKnowsWasMissedIsFoundOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		u.add("d", "b", teamwork.StatusQueued)
		f := newFleet(t, 2, u, Options{})
		watches := f.everyone(t, "d")
		for _, watch := range watches {
			want(t, watch, 0, "snapshot b Queued", "snapshot a Queued")
		}
		time.Sleep(10 * time.Second)
		deaf := f.seats[1-f.holder()]
		deaf.mu.Lock()
		deaf.deaf = true // and it is told nothing
		deaf.mu.Unlock()
		u.move("d", "a", teamwork.StatusSuccessful)
		time.Sleep(second)
		deaf.mu.Lock()
		deaf.deaf = false
		deaf.mu.Unlock()
		for _, watch := range watches {
			want(t, watch, 10*time.Second, "final a Queued→Successful")
		}
	})
}

// TestOthersReadsAreSeen: on an idle device nobody polls, and what somebody reads on a
// replica where nobody listens is told all the same.
func TestOthersReadsAreSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusSuccessful)
		f := newFleet(t, 2, u, Options{})
		watch := many(t, f.replicas[0], as(t, "p"), nil, "d")
		want(t, watch, time.Minute, "snapshot a Successful", "nothing")
		u.add("d", "b", teamwork.StatusQueued)
		see(t, f.replicas[1], u, as(t, "q"), "d")
		want(t, watch, time.Second, "nothing")
		see(t, f.replicas[1], u, as(t, "p"), "d")
		want(t, watch, time.Second, "created b Queued")
		u.move("d", "b", teamwork.StatusSuccessful)
		want(t, watch, second, "final b Queued→Successful")
	})
}

func TestCreateWithoutAnAnswerIsLookedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "", "")
		f := newFleet(t, 2, u, Options{})
		watches := f.everyone(t, "d")
		time.Sleep(time.Minute)
		u.set(func() { u.err = &teamwork.Error{Kind: teamwork.OutcomeUnknown} })
		_, _ = f.replicas[0].CreateOperation(as(t, "p"), teamwork.CreateOperation{DeviceID: "d"})
		u.set(func() { u.err = nil })
		u.add("d", "done", teamwork.StatusQueued)
		for _, watch := range watches {
			want(t, watch, 5*time.Second, "created done Queued")
		}
	})
}
