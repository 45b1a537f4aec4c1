package cluster

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestWhatFailsTogetherCountsOnce: one moment without an answer fails all that is under way.
func TestWhatFailsTogetherCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(slog.New(slog.DiscardHandler), "here", nil)
		late := func(context.Context) error {
			time.Sleep(patience)
			return errors.New("late")
		}
		var calls sync.WaitGroup
		for range 10 * failures {
			calls.Go(func() { _ = b.run(t.Context(), t.Context(), late) })
			time.Sleep(patience / 20)
		}
		if calls.Wait(); b.open() {
			t.Error("what lasted one and a half patiences brought it down")
		}
		for range failures {
			_ = b.run(t.Context(), t.Context(), late)
		}
		if !b.open() {
			t.Error("it is asked though nothing comes")
		}
	})
}

// TestProbeThatFailsKeepsItDown: a single call after a while is no proof of life.
func TestProbeThatFailsKeepsItDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker(slog.New(slog.DiscardHandler), "here", nil)
		fails := func(context.Context) error { return errors.New("no") }
		for range failures {
			time.Sleep(time.Millisecond)
			_ = b.run(t.Context(), t.Context(), fails)
		}
		time.Sleep(probeAfter + time.Millisecond)
		if b.open() {
			t.Fatal("no probe is let through")
		}
		_ = b.run(t.Context(), t.Context(), fails)
		if !b.open() {
			t.Error("the probe failed, and Redis counts as well")
		}
	})
}
