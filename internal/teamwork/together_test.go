package teamwork

import (
	"context"
	"sync/atomic"
	"testing"
)

// counting is a Gatherer that counts.
type counting struct{ expected, over atomic.Int32 }

func (c *counting) Expect(n int) (over func()) {
	c.expected.Add(int32(n))
	return func() { c.over.Add(1) }
}

func TestTogetherReadsAllAndTellsWhenEachIsOver(t *testing.T) {
	for _, n := range []int{0, 1, 2, 50} {
		var g counting
		for _, ctx := range []context.Context{t.Context(), WithGatherer(t.Context(), &g)} {
			read := make([]atomic.Int32, n)
			Together(ctx, n, func(i int) { read[i].Add(1) })
			for i := range read {
				if got := read[i].Load(); got != 1 {
					t.Errorf("%d of %d was read %d times", i, n, got)
				}
			}
		}
		if g.expected.Load() != int32(n) || g.over.Load() != int32(n) {
			t.Errorf("of %d, %d were expected and %d are over", n, g.expected.Load(), g.over.Load())
		}
	}
}

// TestTogetherReadsAtTheSameTime: none of two can end before the other began.
func TestTogetherReadsAtTheSameTime(t *testing.T) {
	began := [2]chan struct{}{make(chan struct{}), make(chan struct{})}
	Together(t.Context(), 2, func(i int) {
		close(began[i])
		<-began[1-i]
	})
}
