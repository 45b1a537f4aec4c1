package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

// TestLeaseWhoseTakingFailedDoesNotStay freezes Redis while a lease is taken. It gets
// the command nevertheless, and does it when it thaws.
func TestLeaseWhoseTakingFailedDoesNotStay(t *testing.T) {
	t.Parallel()
	for name, frozen := range map[string]time.Duration{"for a moment": 0, "until the breaker opened": 600 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := redistest.Start(t)
			s, other := open(t, r.URL(), Options{}), open(t, r.URL(), Options{})
			patiently(t, func() error { // there is a connection
				_, err := s.Get(t.Context(), "k")
				return err
			})
			r.Pause()
			if l, err := s.Lease(t.Context(), "l", time.Minute); err == nil || l != nil {
				t.Fatalf("got %v, %v of a frozen Redis", l, err)
			}
			time.Sleep(frozen)
			r.Resume()
			begin := time.Now()
			for !strings.Contains(r.Do("INFO", "commandstats"), "cmdstat_set:calls=1,") {
				if time.Sleep(time.Millisecond); time.Since(begin) > 10*time.Second {
					t.Fatal("the command never came")
				}
			}
			for {
				if l, err := other.Lease(t.Context(), "l", time.Minute); err == nil && l != nil {
					break
				}
				if time.Sleep(10 * time.Millisecond); time.Since(begin) > 15*time.Second {
					t.Fatal("nobody has it, and it is still taken")
				}
			}
			t.Logf("free again after %v", time.Since(begin))
		})
	}
}

func TestUndoingEnds(t *testing.T) {
	for _, c := range []struct {
		name  string
		works func(call int) bool
		calls int
		took  time.Duration
	}{
		{"when it worked twice", func(int) bool { return true }, 2, undoEvery},
		{"when it worked twice at last", func(call int) bool { return call == 3 || call > 5 }, 6, 5 * undoEvery},
		{"when it never works", func(int) bool { return false }, 10, 10 * undoEvery},
		{"when it worked once", func(call int) bool { return call == 1 }, 10, 10 * undoEvery},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u, calls, begin := newUndoing(), 0, time.Now()
				defer u.close()
				u.start(10*undoEvery-time.Millisecond, func(context.Context) error {
					if calls++; c.works(calls) {
						return nil
					}
					return errors.New("not yet")
				})
				u.running.Wait()
				if took := time.Since(begin).Round(undoEvery); calls != c.calls || took != c.took {
					t.Errorf("%d calls in %v, want %d in %v", calls, took, c.calls, c.took)
				}
			})
		})
	}
}

func TestUndoingIsBoundedAndClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUndoing()
		var calls atomic.Int64
		fails := func(context.Context) error {
			calls.Add(1)
			return errors.New("down")
		}
		for range undosAtOnce + 10 {
			u.start(time.Hour, fails)
		}
		synctest.Wait()
		if calls.Load() != undosAtOnce {
			t.Errorf("%d at once", calls.Load())
		}
		begin := time.Now()
		u.close()
		u.start(time.Hour, fails)
		if time.Since(begin) != 0 || u.now != 0 {
			t.Errorf("closed after %v, and %d go on", time.Since(begin), u.now)
		}
	})
}

// TestRefusedLeasesAreNotUndone: nothing was taken.
func TestRefusedLeasesAreNotUndone(t *testing.T) {
	r := redistest.Start(t)
	s := open(t, r.URL(), Options{}).(*shared)
	r.Do("CONFIG", "SET", "min-replicas-to-write", "1")
	late := 0
	patiently(t, func() error {
		_, err := s.Lease(t.Context(), "l", time.Minute)
		if isRefusal(err) {
			return nil
		}
		late++
		return fmt.Errorf("not refused: %w", err)
	})
	r.Kill()
	for range failures {
		_, _ = s.Get(t.Context(), "k")
	}
	if _, err := s.Lease(t.Context(), "l", time.Minute); !errors.Is(err, ErrDown) {
		t.Fatalf("got %v", err)
	}
	s.undoing.mu.Lock()
	defer s.undoing.mu.Unlock()
	if s.undoing.now > late {
		t.Errorf("%d are undone", s.undoing.now)
	}
}
