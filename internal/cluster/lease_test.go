package cluster

import (
	"context"
	"crypto/rand"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// leasesOut is what two replicas see of each other's leases.
func leasesOut(t *testing.T, a, b Store) {
	ctx := t.Context()
	const short, long = 60 * time.Millisecond, time.Minute
	take := func(s Store, key string, ttl time.Duration) Lease {
		t.Helper()
		l, err := s.Lease(ctx, key, ttl)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	extended := func(l Lease, want bool) {
		t.Helper()
		if held, err := l.Extend(ctx, long); held != want || err != nil {
			t.Errorf("extended: %v, %v", held, err)
		}
	}
	released := func(l Lease) {
		t.Helper()
		if err := l.Release(ctx); err != nil {
			t.Error(err)
		}
	}

	first := take(a, "l1", long)
	if first == nil {
		t.Fatal("nobody had it, and it was not given")
	}
	if take(b, "l1", long) != nil || take(a, "l1", long) != nil {
		t.Error("two have the same lease")
	}
	released(first)
	second := take(b, "l1", long)
	if second == nil {
		t.Fatal("released, and still taken")
	}
	released(first) // for the second time
	extended(first, false)
	if take(a, "l1", long) != nil {
		t.Error("released somebody else's lease")
	}
	extended(second, true)

	dead := take(a, "l2", short)
	time.Sleep(short + 30*time.Millisecond)
	heir := take(b, "l2", long)
	if dead == nil || heir == nil {
		t.Fatal("a dead holder's lease did not run out")
	}
	extended(dead, false)
	released(dead)
	extended(heir, true)

	const brief = time.Second // and long enough for a busy machine to extend it
	kept := take(a, "l3", brief)
	extended(kept, true)
	time.Sleep(brief + 30*time.Millisecond)
	if take(b, "l3", long) != nil {
		t.Error("extended, and still run out")
	}
	if gone := take(a, "l4", 0); gone == nil {
		t.Error("a lease for no time was not given")
	}
	time.Sleep(5 * time.Millisecond)
	if take(b, "l4", long) == nil {
		t.Error("a lease for no time lasts")
	}
	patiently(t, func() error { return oneOfMany(t, ctx, a, b) })
}

// oneOfMany fails the test unless one has the lease, and returns an error when it can't
// know.
func oneOfMany(t *testing.T, ctx context.Context, stores ...Store) (late error) {
	var mu sync.Mutex
	given, key := 0, rand.Text()
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			l, err := stores[i%len(stores)].Lease(ctx, key, time.Minute)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case isLate(err):
				late = err
			case err != nil:
				t.Error(err)
			case l != nil:
				given++
			}
		})
	}
	all.Wait()
	if given > 1 || given == 0 && late == nil {
		t.Errorf("%d have the same lease", given)
	}
	return late
}

func TestLocalLeasesThatRanOutAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l leases
		kept := l.take("kept", "", time.Hour)
		for range 10 {
			for i := range fewLeases - 1 {
				l.take(string(rune(i)), "", time.Second)
			}
			time.Sleep(time.Second)
		}
		for i := range 3 * fewLeases {
			l.take(string(rune(1e4+i)), "", time.Millisecond)
			time.Sleep(time.Millisecond)
		}
		if len(l.taken) > 2*fewLeases {
			t.Errorf("%d are remembered", len(l.taken))
		}
		if held, _ := kept.Extend(t.Context(), time.Hour); !held {
			t.Error("one that lasts was forgotten")
		}
	})
}
