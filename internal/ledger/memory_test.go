package ledger

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestFullMemoryRefusesNewKeysAndForgetsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		s := replica(t, u, nil)
		s.store = newMemory(20_000, time.Now)
		key := func(i int) string { return fmt.Sprintf("key-%04d", i) }
		taken := 0
		for ; taken < 100; taken++ {
			if got := said(create(t.Context(), s, restart("d", key(taken)))); got == "unavailable, unsent" {
				break
			}
		}
		if sent, _ := u.count("d"); taken < 10 || taken == 100 || sent != taken {
			t.Fatalf("%d were taken, %d sent", taken, sent)
		}
		for i := range taken {
			if got, want := said(create(t.Context(), s, restart("d", key(i)))), fmt.Sprintf("op%d, replayed", i+1); got != want {
				t.Errorf("key %d: got %q, want %q", i, got, want)
			}
		}
		time.Sleep(keptFor)
		if got, want := said(create(t.Context(), s, restart("d", key(taken)))), fmt.Sprintf("op%d", taken+1); got != want {
			t.Errorf("after a day: got %q, want %q", got, want)
		}
	})
}

func TestMemoryKnowsItsSize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(1<<20, time.Now)
		swap := func(key, old, next string, ttl time.Duration, want bool) {
			t.Helper()
			if done, err := m.Swap(t.Context(), key, []byte(old), []byte(next), ttl); err != nil || done != want {
				t.Errorf("%q for %q under %q: %t, %v", next, old, key, done, err)
			}
		}
		swap("a", "", "1", time.Hour, true)
		swap("a", "", "2", time.Hour, false)
		swap("a", "1", "333", time.Second, true)
		swap("b", "", "4", time.Hour, true)
		time.Sleep(time.Second)
		swap("a", "333", "5", time.Hour, false) // it has expired
		swap("a", "", "55", time.Second, true)
		if want := 2*(1+entryWeight) + 3; m.size != want {
			t.Errorf("%d bytes, want %d", m.size, want)
		}
		time.Sleep(sweepEvery)
		swap("c", "", "6", time.Second, true)
		if want := 2*(1+entryWeight) + 2; m.size != want || len(m.entries) != 2 {
			t.Errorf("%d bytes in %d entries, want %d", m.size, len(m.entries), want)
		}
	})
}
