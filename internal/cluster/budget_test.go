package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

// takes is one of the habits that every Store has, whichever replica asks.
func takes(t *testing.T, replicas ...Store) {
	ctx := t.Context()
	for i, c := range []struct {
		span, most time.Duration
		want       time.Duration // less what passed meanwhile
	}{
		{6 * time.Minute, 0, 0},                               // of the slack
		{4 * time.Minute, 0, 0},                               // the rest of it
		{time.Minute, 0, time.Minute},                         // not taken
		{time.Minute, 30 * time.Second, time.Minute},          // nor this
		{time.Minute, time.Minute, time.Minute},               // taken
		{2 * time.Minute, time.Hour, 3 * time.Minute},         // behind it
		{time.Hour, 2 * time.Hour, time.Hour + 3*time.Minute}, // more than the slack
		{0, 0, time.Hour + 3*time.Minute},                     // a look
	} {
		wait, err := replicas[i%len(replicas)].Take(ctx, "{take}", c.span, 10*time.Minute, c.most)
		if err != nil || wait > c.want || wait < c.want-20*time.Second {
			t.Errorf("take %d: wait %v, %v, want %v", i, wait, err, c.want)
		}
	}
	if wait, err := replicas[0].Take(ctx, "{take}other", time.Second, time.Second, 0); wait != 0 || err != nil {
		t.Errorf("another key: %v, %v", wait, err)
	}
}

// TestReplicasShareABudget: however many take at the same time, no more is given than
// there is. Takes that Redis did not answer in time don't count.
func TestReplicasShareABudget(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	var failed, given atomic.Int32
	options := Options{Observe: func(_ string, err error, _ time.Duration) {
		if err != nil {
			failed.Add(1)
		}
	}}
	replicas := []Store{open(t, r.URL(), options), open(t, r.URL(), options)}
	for round := range 50 {
		failed.Store(0)
		given.Store(0)
		var wait sync.WaitGroup
		for i := range 20 {
			wait.Go(func() {
				if w, err := replicas[i%2].Take(t.Context(), fmt.Sprint("k", round), time.Hour, 5*time.Hour, 0); err == nil && w == 0 {
					given.Add(1)
				}
			})
		}
		wait.Wait()
		if failed.Load() == 0 {
			break
		}
	}
	if failed.Load() > 0 || given.Load() != 5 {
		t.Errorf("%d were given, of 5; %d failed", given.Load(), failed.Load())
	}
}

func TestBudgetIsEarnedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "", Options{})
		take := func(most time.Duration) time.Duration {
			wait, err := s.Take(t.Context(), "k", time.Second, 2*time.Second, most)
			if err != nil {
				t.Fatal(err)
			}
			return wait
		}
		var got []time.Duration
		for _, pause := range []time.Duration{0, 0, 0, time.Second, 0, time.Minute, 0, 0} {
			time.Sleep(pause)
			got = append(got, take(0))
		}
		// Two are saved up; one a second is earned; a minute earns no more than two.
		if want := "[0s 0s 1s 0s 1s 0s 0s 1s]"; fmt.Sprint(got) != want {
			t.Errorf("waits %v, want %s", got, want)
		}
		_ = s.Close() // its goroutines must end in here
	})
}

// TestTakeGoesByTheServersClock also shows that nothing stays behind in Redis.
func TestTakeGoesByTheServersClock(t *testing.T) {
	t.Parallel()
	r := miniredis.RunT(t)
	now := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	r.SetTime(now)
	s := open(t, "redis://"+r.Addr(), Options{Patience: ample})
	take := func() time.Duration {
		t.Helper()
		wait, err := s.Take(t.Context(), "k", time.Second, 2*time.Second, 0)
		if err != nil {
			t.Fatal(err)
		}
		return wait
	}
	if waits := []time.Duration{take(), take(), take()}; fmt.Sprint(waits) != "[0s 0s 1s]" {
		t.Errorf("waits %v", waits)
	}
	if ttl := r.TTL("k"); ttl < 2*time.Second || ttl > 2*time.Second+10*time.Millisecond {
		t.Errorf("kept for %v", ttl)
	}
	r.SetTime(now.Add(time.Second))
	if waits := []time.Duration{take(), take()}; fmt.Sprint(waits) != "[0s 1s]" {
		t.Errorf("a second later: waits %v", waits)
	}
}

func TestTakeGoesOnAloneWithoutRedis(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	replicas := []Store{open(t, r.URL(), Options{}), open(t, r.URL(), Options{})}
	if _, err := replicas[0].Take(t.Context(), "k", time.Hour, time.Hour, 0); err != nil {
		t.Fatal(err)
	}
	r.Kill()
	// The first has taken an hour of its two already.
	for i, want := range []string{"[true <nil> false <nil> false <nil>]", "[true <nil> true <nil> false <nil>]"} {
		var got []string
		for range 3 {
			lasts(t, func() {
				wait, err := replicas[i].Take(t.Context(), "k", time.Hour, 2*time.Hour, 0)
				got = append(got, fmt.Sprint(wait == 0, " ", err))
			})
		}
		if fmt.Sprint(got) != want {
			t.Errorf("replica %d: got %v, want %s", i, got, want)
		}
	}
	r.Restart()
	recovers(t, "take", 5*time.Second, func() error {
		if wait, _ := replicas[0].Take(t.Context(), "k", time.Hour, 2*time.Hour, 0); wait != 0 {
			return errors.New("still alone")
		}
		return nil
	})
}

func TestTakeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	s := open(t, r.URL(), Options{Patience: ample})
	r.Pause()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := s.Take(ctx, "k", time.Second, time.Second, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestBudgetsDoNotPileUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b budgets
		for i := range 100 * fewBudgets {
			b.take(fmt.Sprint(i), time.Millisecond, time.Second, 0)
			time.Sleep(time.Microsecond)
		}
		if len(b.due) > 3*fewBudgets {
			t.Errorf("%d are kept, of which a thousand say something", len(b.due))
		}
	})
}
