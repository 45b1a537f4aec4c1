package cache

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// bubble runs f with a clock that moves only when everybody sleeps, and with a
// Service that keeps in memory.
func bubble(t *testing.T, opts Options, f func(t *testing.T, ctx context.Context, u *upstream, s *Service)) {
	synctest.Test(t, func(t *testing.T) {
		store, err := cluster.Open("", cluster.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		u := &upstream{now: time.Now}
		opts.Store = store
		s := New(u, opts)
		defer s.Close()
		f(t, as(t.Context(), "p"), u, s)
	})
}

func sleeping(d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func TestManyReadersMakeOneFlight(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, ctx context.Context, u *upstream, s *Service) {
		u.before = sleeping(time.Second)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if d, err := s.Device(ctx, "d1"); err != nil || !strings.Contains(*d.Notes, "answer 1") {
					t.Errorf("got %v, %v", d, err)
				}
			})
		}
		wg.Wait()
		if u.count() != 1 {
			t.Errorf("upstream was asked %d times", u.count())
		}
	})
}

func TestReaderWhoLeavesDoesNotEndTheFlight(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, ctx context.Context, u *upstream, s *Service) {
		u.before = sleeping(time.Second)
		first, leave := context.WithTimeout(ctx, 100*time.Millisecond)
		defer leave()
		var wg sync.WaitGroup
		wg.Go(func() {
			begin := time.Now()
			if _, err := s.Device(first, "d1"); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 100*time.Millisecond {
				t.Errorf("who left got %v after %v", err, time.Since(begin))
			}
		})
		time.Sleep(50 * time.Millisecond)
		wg.Go(func() {
			if _, err := s.Device(ctx, "d1"); err != nil {
				t.Errorf("who stayed got %v", err)
			}
		})
		wg.Wait()
		if u.count() != 1 {
			t.Errorf("upstream was asked %d times", u.count())
		}
	})
}

func TestReaderWhoLeftAsksNobody(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, ctx context.Context, u *upstream, s *Service) {
		gone, leave := context.WithCancel(ctx)
		leave()
		if _, err := s.Device(gone, "d1"); !errors.Is(err, context.Canceled) || u.count() != 0 {
			t.Errorf("%v after %d calls", err, u.count())
		}
	})
}

func TestFlightHasADeadlineOfItsOwn(t *testing.T) {
	bubble(t, Options{LoadTimeout: 3 * time.Second}, func(t *testing.T, ctx context.Context, u *upstream, s *Service) {
		u.before = sleeping(time.Hour)
		begin := time.Now()
		_, err := s.Device(ctx, "d1")
		if teamwork.KindOf(err) != teamwork.Unavailable || time.Since(begin) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
}

func TestCloseEndsFlights(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, ctx context.Context, u *upstream, s *Service) {
		u.before = sleeping(time.Hour)
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := s.Device(ctx, "d1"); err == nil {
				t.Error("who answered?")
			}
		})
		synctest.Wait()
		begin := time.Now()
		s.Close()
		wg.Wait()
		if time.Since(begin) != 0 {
			t.Errorf("took %v", time.Since(begin))
		}
		if _, err := s.Device(ctx, "d2"); teamwork.KindOf(err) != teamwork.Unavailable {
			t.Errorf("after Close: %v", err)
		}
	})
}

func TestPanicInAFlightIsAnError(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, ctx context.Context, u *upstream, s *Service) {
		u.before = func(context.Context) error { panic("oh") }
		if _, err := s.Device(ctx, "d1"); teamwork.KindOf(err) != teamwork.Internal || !strings.Contains(err.Error(), "oh") {
			t.Errorf("got %v", err)
		}
		u.before = nil
		if _, err := s.Device(ctx, "d1"); err != nil {
			t.Errorf("then %v", err)
		}
	})
}

func TestEveryReaderIsWarned(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, ctx context.Context, u *upstream, s *Service) {
		u.warnings = []teamwork.Warning{{Code: "MALFORMED_TIME", Message: "a time is none", Path: []any{"items", 3, "createdDateTime"}}}
		u.before = sleeping(time.Second)
		warned := func(how string) {
			trail := new(teamwork.Trail)
			if _, err := s.Operations(teamwork.WithTrail(ctx, trail), teamwork.OperationsRequest{DeviceID: "d1", Top: 2}); err != nil {
				t.Error(err)
			}
			if d := cmp.Diff(u.warnings, trail.Warnings()); d != "" {
				t.Errorf("%s (-want +got)\n%s", how, d)
			}
		}
		var wg sync.WaitGroup
		wg.Go(func() { warned("the first reader") })
		wg.Go(func() { warned("who joined") })
		wg.Wait()
		s.Wait()
		warned("who found it remembered")
		if u.count() != 1 {
			t.Errorf("upstream was asked %d times", u.count())
		}
		if _, err := s.Device(ctx, "d1"); err != nil {
			t.Errorf("without a trail: %v", err)
		}
	})
}

// slow is a Store that takes its time to keep.
type slow struct {
	cluster.Store
	d time.Duration
}

func (s slow) Pen(ctx context.Context, key, term string, ttl time.Duration) (cluster.Pen, error) {
	p, err := s.Store.Pen(ctx, key, term, ttl)
	return ink(p, err, func(set func() (bool, error)) (bool, error) { time.Sleep(s.d); return set() })
}

func TestKeepingDoesNotHoldUpReaders(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, ctx context.Context, u *upstream, s *Service) {
		s.Wait() // it greets
		s.store = slow{s.store, 100 * time.Millisecond}
		begin := time.Now()
		for i := range 10 * maxWork {
			if _, err := s.Device(ctx, fmt.Sprint("d", i)); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("readers waited %v", took)
		}
		s.Wait()
		if took := time.Since(begin); took != 100*time.Millisecond {
			t.Errorf("more was kept at a time than is allowed, or less: took %v", took)
		}
	})
}

func TestOwnMemoryForgetsInTime(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, ctx context.Context, u *upstream, s *Service) {
		u.status = "InProgress"
		ask := func() string {
			say, _, _ := readNamed("Operation")(ctx, s)
			s.Wait()
			return say
		}
		first := ask()
		time.Sleep(movingOperationLife - time.Millisecond)
		if ask() != first {
			t.Error("not kept")
		}
		time.Sleep(time.Millisecond)
		if ask() != first { // and refreshes behind
			t.Error("not served while it is refreshed")
		}
		if ask() == first {
			t.Error("kept for too long")
		}
	})
}
