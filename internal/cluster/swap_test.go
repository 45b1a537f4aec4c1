package cluster

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// swaps is one of the habits that every Store has.
func swaps(t *testing.T, s Store) {
	for _, c := range []struct {
		old, next string
		want      bool
	}{
		{"x", "a", false}, {"", "a", true}, {"", "b", false}, {"b", "c", false}, {"a", "b", true}, {"b", "b", true},
	} {
		done, err := s.Swap(t.Context(), "{swap}", []byte(c.old), []byte(c.next), time.Minute)
		if err != nil || done != c.want {
			t.Errorf("swap %q for %q: %v, %v", c.old, c.next, done, err)
		}
	}
	var winners atomic.Int32
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if done, _ := s.Swap(t.Context(), "{swap}", []byte("b"), []byte("z"), 30*time.Millisecond); done {
				winners.Add(1)
			}
		})
	}
	wait.Wait()
	if winners.Load() != 1 {
		t.Errorf("%d did it", winners.Load())
	}
	for begin := time.Now(); time.Since(begin) < 5*time.Second; time.Sleep(5 * time.Millisecond) {
		if values, err := s.Get(t.Context(), "{swap}"); err == nil && values[0] == nil {
			return
		}
	}
	t.Error("it is there for good")
}
