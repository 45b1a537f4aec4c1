package live

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// gaps returns the times between the pages that were read since the n-th.
func (u *tenant) gaps(n int) (all []time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := max(1, n); i < len(u.at); i++ {
		all = append(all, u.at[i].Sub(u.at[i-1]))
	}
	return all
}

func TestPollsEagerlyAtFirstAndLazilyLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		w := replica(t, u, openStore(t, ""), Options{})
		_ = one(t, w, as(t, "p"), "d", "a")
		time.Sleep(30 * time.Second)
		first, _ := u.count()
		if first < 13 || first > 18 {
			t.Errorf("%d pages in the first 30 s", first)
		}
		for _, gap := range u.gaps(1) {
			if gap < 1500*time.Millisecond || gap > 2500*time.Millisecond {
				t.Errorf("read again after %v", gap)
			}
		}
		time.Sleep(5 * time.Minute)
		later, _ := u.count()
		time.Sleep(5 * time.Minute)
		for _, gap := range u.gaps(later + 1) {
			if gap < 13*time.Second || gap > 17*time.Second {
				t.Errorf("after minutes, read again after %v", gap)
			}
		}
		u.move("d", "a", teamwork.StatusInProgress)
		time.Sleep(20 * time.Second)
		before, _ := u.count()
		time.Sleep(10 * time.Second)
		if after, _ := u.count(); after-before < 4 {
			t.Errorf("%d pages in 10 s after a change", after-before)
		}
		u.move("d", "a", teamwork.StatusFailed)
		time.Sleep(10 * time.Second)
		before, _ = u.count()
		time.Sleep(time.Hour)
		if after, _ := u.count(); after != before {
			t.Errorf("%d pages though nothing is under way", after-before)
		}
	})
}

func TestIdleDevicesAreReadOnlyIfAsked(t *testing.T) {
	for _, c := range []struct {
		name        string
		opts        Options
		least, most int
	}{
		{"by default", Options{}, 0, 0},
		{"every minute", Options{Idle: time.Minute}, 55, 65},
		{"off", Options{Off: true}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := newTenant()
				u.add("d", "a", teamwork.StatusSuccessful)
				w := replica(t, u, openStore(t, ""), c.opts)
				watch := many(t, w, as(t, "p"), nil, "d")
				want(t, watch, 0, "snapshot a Successful")
				time.Sleep(time.Hour)
				if pages, lone := u.count(); pages-1 < c.least || pages-1 > c.most || lone > 0 {
					t.Errorf("%d pages and %d operations in an hour, want %d to %d", pages-1, lone, c.least, c.most)
				}
				u.add("d", "b", teamwork.StatusQueued)
				line := "nothing"
				if c.opts.Idle > 0 {
					line = "created b Queued"
				}
				want(t, watch, 2*time.Minute, line)
			})
		})
	}
}

func TestOffPollsNothingThoughSomethingIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		w := replica(t, u, openStore(t, ""), Options{Off: true})
		watch := one(t, w, as(t, "p"), "d", "a")
		want(t, watch, time.Hour, "snapshot a Queued", "nothing")
		if pages, _ := u.count(); pages != 1 {
			t.Errorf("%d pages", pages)
		}
		u.move("d", "a", teamwork.StatusSuccessful)
		page, err := u.Operations(as(t, "p"), teamwork.OperationsRequest{DeviceID: "d"})
		if err != nil {
			t.Fatal(err)
		}
		w.Observe(as(t, "p"), "d", page.Items, true) // another reader's
		want(t, watch, 0, "final a Queued→Successful", "end")
	})
}

func TestThrottlingIsWaitedOutAndNothingIsLost(t *testing.T) {
	for name, throttle := range map[string]func(*tenant){
		"by an answer": func(u *tenant) {
			u.err = &teamwork.Error{Kind: teamwork.Throttled, RetryAfter: 30 * time.Second}
		},
		"known before": func(u *tenant) { u.until = time.Now().Add(30 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := newTenant()
				u.add("d", "a", teamwork.StatusQueued)
				u.add("d", "b", teamwork.StatusQueued)
				w := replica(t, u, openStore(t, ""), Options{})
				watch := many(t, w, as(t, "p"), nil, "d")
				want(t, watch, 0, "snapshot b Queued", "snapshot a Queued")
				u.set(func() { throttle(u) })
				time.Sleep(5 * time.Second)
				before, _ := u.count()
				u.move("d", "a", teamwork.StatusFailed)
				u.move("d", "b", teamwork.StatusSuccessful)
				time.Sleep(24 * time.Second)
				if pages, _ := u.count(); pages != before {
					t.Errorf("%d pages were read meanwhile", pages-before)
				}
				u.set(func() { u.err, u.until = nil, time.Time{} })
				want(t, watch, 20*time.Second, "final a Queued→Failed", "final b Queued→Successful")
			})
		})
	}
}

func TestErrorsAreBackedOffFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		w := replica(t, u, openStore(t, ""), Options{})
		watch := one(t, w, as(t, "p"), "d", "a")
		want(t, watch, 0, "snapshot a Queued")
		u.set(func() { u.err = &teamwork.Error{Kind: teamwork.Unavailable} })
		time.Sleep(10 * time.Minute)
		if pages, _ := u.count(); pages > 20 {
			t.Errorf("%d pages in ten minutes of outage", pages)
		}
		u.move("d", "a", teamwork.StatusSuccessful)
		u.set(func() { u.err = nil })
		want(t, watch, 2*time.Minute, "final a Queued→Successful", "end")
	})
}
