package msgraph

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestOneInTenIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b retryBudget
		again := 0
		for range 10_000 {
			b.earn(1)
			for b.spend(1) { // whatever it fails
				b.earn(1)
				again++
			}
		}
		if again < 990 || again > 1020+1 {
			t.Errorf("of 10000 %d were sent again", again)
		}
	})
}

func TestRetryBudgetSavesSome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b retryBudget
		spendAll := func() (n int) {
			for b.spend(1) {
				n++
			}
			return n
		}
		for _, c := range []struct {
			name string
			do   func()
			want int
		}{
			{"at first", func() {}, 19},
			{"with nothing left", func() {}, 0},
			{"after 30 quiet seconds", func() { time.Sleep(30 * time.Second) }, 3},
			{"after a quiet day", func() { time.Sleep(24 * time.Hour) }, 19},
			{"after many requests", func() { b.earn(100_000) }, 46},
			{"after a batch", func() { b.earn(20) }, 2},
		} {
			c.do()
			if got := spendAll(); got < c.want-1 || got > c.want {
				t.Errorf("%s %d, want %d", c.name, got, c.want)
			}
		}
		b = retryBudget{}
		if b.spend(maxMembers+1) || !b.spend(maxMembers) {
			t.Error("a batch is sent again as a whole or not at all")
		}
	})
}

// TestFailingUpstreamIsNotStormed: a hundred reads of what only fails, slowly enough for
// the circuit not to matter.
func TestFailingUpstreamIsNotStormed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, s := scripted(t, Options{}, step{status: 503}, step{status: 404})
		steps := s.steps
		for range 99 { // the circuit stays closed: some do answer
			s.steps = append(s.steps, steps...)
		}
		for range 200 {
			_, _ = client.Device(t.Context(), "d1")
		}
		if again := s.tries - 200; again < 10 || again > 20+20+20 {
			t.Errorf("%d second tries in 200 reads", again)
		}
	})
}
