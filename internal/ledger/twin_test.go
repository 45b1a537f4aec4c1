package ledger

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestTwinsWaitForOneOutcome(t *testing.T) {
	for _, c := range outcomes {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := newUpstream()
				u.set(fails(c.work, c.err))
				u.before = func(teamwork.CreateOperation) { time.Sleep(10 * time.Second) } // longer than a lease
				shelf := newShelf()
				replicas := []*Service{replica(t, u, &seat{shelf: shelf}), replica(t, u, &seat{shelf: shelf})}
				first := teamwork.CreateResult{}
				var all sync.WaitGroup
				all.Go(func() { first = create(t.Context(), replicas[0], restart("d", "key-0001")) })
				time.Sleep(time.Millisecond)
				told := make([]teamwork.CreateResult, 20)
				for i := range told {
					all.Go(func() { told[i] = create(t.Context(), replicas[i%2], restart("d", "key-0001")) })
				}
				all.Wait()
				if got := said(first); got != c.first {
					t.Errorf("the first got %q, want %q", got, c.first)
				}
				want := c.first + ", replayed"
				switch c.first {
				case "internal":
					want = "outcome unknown, replayed" // what went wrong here is nobody else's affair
				case "internal, unsent":
					want = "unavailable, unsent, replayed"
				}
				for _, r := range told {
					if got := said(r); got != want {
						t.Errorf("a twin got %q, want %q", got, want)
					}
				}
				if sent, _ := u.count("d"); sent != 1 {
					t.Errorf("%d sent", sent)
				}
			})
		})
	}
}

func TestTwinWithAnotherInputDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		u.before = func(teamwork.CreateOperation) { time.Sleep(10 * time.Second) }
		s := replica(t, u, nil)
		var all sync.WaitGroup
		all.Go(func() { _ = create(t.Context(), s, restart("d", "key-0001")) })
		time.Sleep(time.Millisecond)
		req, began := restart("d", "key-0001"), time.Now()
		req.OperationType = teamwork.RemoteLogin
		if got := said(create(t.Context(), s, req)); got != "key reused, unsent" || time.Since(began) > 0 {
			t.Errorf("got %q after %s", got, time.Since(began))
		}
		all.Wait()
	})
}

func TestTwinWaitsNoLongerThanItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		u.before = func(teamwork.CreateOperation) { time.Sleep(time.Minute) }
		s := replica(t, u, nil)
		var all sync.WaitGroup
		all.Go(func() { _ = create(t.Context(), s, restart("d", "key-0001")) })
		time.Sleep(time.Millisecond)
		for want, end := range map[string]func() (context.Context, context.CancelFunc){
			"outcome unknown": func() (context.Context, context.CancelFunc) {
				return context.WithTimeout(t.Context(), 10*time.Second)
			},
			"internal": func() (context.Context, context.CancelFunc) { // cancelled: nobody's error
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(10*time.Second, cancel)
				return ctx, cancel
			},
		} {
			began := time.Now()
			ctx, cancel := end()
			if got := said(create(ctx, s, restart("d", "key-0001"))); got != want || time.Since(began) != 10*time.Second {
				t.Errorf("got %q after %s, want %q", got, time.Since(began), want)
			}
			cancel()
		}
		all.Wait()
	})
}

func TestCallerWhoLeavesIsToldWhenItAsksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		s := replica(t, u, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		u.before = func(teamwork.CreateOperation) { cancel(); time.Sleep(time.Second) }
		_ = create(ctx, s, restart("d", "key-0001"))
		if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "op1, replayed" {
			t.Errorf("got %q", got)
		}
		gone := said(create(ctx, s, restart("d", "key-0002")))
		if sent, _ := u.count("d"); sent != 1 || gone != "internal" {
			t.Errorf("who had left before: %q, %d sent", gone, sent)
		}
	})
}

// deadline is what upstream sees of it.
type deadlines struct {
	*upstream
	got time.Duration
}

func (d *deadlines) CreateOperations(ctx context.Context, reqs []teamwork.CreateOperation) []teamwork.CreateResult {
	deadline, _ := ctx.Deadline()
	d.got = time.Until(deadline)
	return d.upstream.CreateOperations(ctx, reqs)
}

func TestCreateKeepsItsRequestsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &deadlines{upstream: newUpstream()}
		s := New(d, Options{})
		defer s.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		if got := said(create(ctx, s, restart("d", "key-0001"))); got != "op1" || d.got != 7*time.Second {
			t.Errorf("%q, within %s", got, d.got)
		}
		time.Sleep(8 * time.Second)
		if got := said(create(ctx, s, restart("d", "key-0002"))); got != "unavailable, unsent" {
			t.Errorf("after it: %q", got)
		}
	})
}
