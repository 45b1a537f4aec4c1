package cluster

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

func spend(t *testing.T, p *Purses, caller string, cost int) Balance {
	t.Helper()
	b, err := p.Spend(t.Context(), caller, cost)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPurseHoldsAMinutesBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, err := Open("", Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		p := NewPurses(store, "cost", 1000)
		spent := 0
		for spent < 2000 {
			b := spend(t, p, "a", 30)
			if b.Wait > 0 {
				if b.Left != 0 || b.Wait > time.Minute {
					t.Errorf("refused with %+v", b)
				}
				break
			}
			if spent += 30; b.Amount != 1000 || b.Left > 1000-spent || b.Left < 1000-spent-1 {
				t.Fatalf("after %d: %+v", spent, b)
			}
		}
		if spent < 900 || spent > 1000 {
			t.Errorf("%d of 1,000 were given", spent)
		}
		if b := spend(t, p, "b", 30); b.Wait > 0 {
			t.Errorf("another caller waits: %+v", b)
		}
		wait := spend(t, p, "a", 200).Wait
		time.Sleep(wait)
		if b := spend(t, p, "a", 200); b.Wait > 0 {
			t.Errorf("after waiting %v: %+v", wait, b)
		}
		time.Sleep(2 * time.Minute)
		if b := spend(t, p, "a", 1000); b.Wait > 0 {
			t.Errorf("a minute's budget is not there after a rest: %+v", b)
		}
		if b := spend(t, p, "a", 5000); b.Wait <= 0 {
			t.Errorf("more than there can be was given: %+v", b)
		}
	})
}

func TestReplicasShareAPurse(t *testing.T) {
	r := redistest.Start(t)
	var replicas []*Purses
	for range 3 {
		store, err := Open(r.URL(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		replicas = append(replicas, NewPurses(store, "cost", 6000))
	}
	given := 0
	for refused, i := 0, 0; refused < 3; i++ {
		if b := spend(t, replicas[i%3], "a", 20); b.Wait > 0 {
			refused++
		} else {
			given += 20
		}
	}
	// Slices that one has and another lacks may stay unspent, and some is earned meanwhile.
	if given < 6000-3*6000/purseSlices || given > 6300 {
		t.Errorf("%d of 6,000 were given", given)
	}
}

func TestPurseEndsWithItsContext(t *testing.T) {
	store, err := Open(redistest.Start(t).URL(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewPurses(store, "cost", 100).Spend(ctx, "a", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

// BenchmarkSpend is what a request pays that finds its slice in hand.
func BenchmarkSpend(b *testing.B) {
	store, err := Open("", Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	p := NewPurses(store, "cost", 1<<40)
	for i := range 100 {
		_, _ = p.Spend(b.Context(), fmt.Sprint(i), 1)
	}
	for b.Loop() {
		if got, err := p.Spend(b.Context(), "7", 50); err != nil || got.Wait > 0 {
			b.Fatal(got, err)
		}
	}
}
