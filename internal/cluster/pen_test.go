package cluster

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// penned is what two replicas see of each other's pens.
func penned(t *testing.T, a, b Store) {
	ctx := t.Context()
	const key, short, long = "{pen}value", 60 * time.Millisecond, time.Minute
	take := func(s Store, term string, ttl time.Duration) Pen {
		t.Helper()
		p, err := s.Pen(ctx, key, term, ttl)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	set := func(p Pen, value string, want bool) {
		t.Helper()
		if done, err := p.Set(ctx, []byte(value), long); done != want || err != nil {
			t.Errorf("set %s: %v, %v", value, done, err)
		}
	}
	has := func(want string) {
		t.Helper()
		if values, err := b.Get(ctx, key); err != nil || string(values[0]) != want {
			t.Errorf("there is %q, want %q: %v", values, want, err)
		}
	}

	first := take(a, "t1", long)
	set(first, "first", true)
	if take(b, "t1", long) != nil || take(a, "t1", long) != nil {
		t.Error("two have a pen of one term")
	}
	other := take(b, "t2", long)
	if other == nil {
		t.Fatal("a pen of another term was not given")
	}
	set(first, "late", false)
	has("first")
	if held, err := first.Extend(ctx, long); held || err != nil {
		t.Errorf("extended what was taken away: %v, %v", held, err)
	}
	if err := first.Release(ctx); err != nil {
		t.Error(err)
	}
	set(other, "other", true)
	if err := other.Release(ctx); err != nil {
		t.Error(err)
	}
	set(other, "late", false)
	has("other")

	dead := take(a, "t2", short)
	time.Sleep(short + 30*time.Millisecond)
	set(dead, "late", false)
	if done, _ := take(b, "t2", long).Set(ctx, []byte("x"), 0); done {
		t.Error("a value for no time was kept")
	}

	heir := take(a, "t3", long)
	if err := b.Overrule(ctx, key, []byte("ruled"), long); err != nil {
		t.Error(err)
	}
	set(heir, "late", false)
	has("ruled")
	if err := b.Overrule(ctx, key, []byte("x"), -1); err != nil {
		t.Error(err)
	}
	set(take(a, "t3", long), "last", true)
	has("last")
}

// TestLeaseIsNoPen: who has the one does not have the other.
func TestLeaseIsNoPen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := Open("", Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		ctx := context.Background()
		if l, _ := s.Lease(ctx, "k", time.Hour); l == nil {
			t.Fatal("no lease")
		}
		p, _ := s.Pen(ctx, "k", "", time.Second)
		if p == nil {
			t.Fatal("no pen")
		}
		time.Sleep(time.Second)
		if done, _ := p.Set(ctx, []byte("late"), time.Hour); done {
			t.Error("set with a pen that ran out")
		}
	})
}
