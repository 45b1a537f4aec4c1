package sandbox

import (
	"math"
	"sync"
	"time"
)

// bucket is a token bucket that holds one second's worth. A refused request takes nothing from it.
type bucket struct {
	mu     sync.Mutex
	tokens float64
	last   time.Time
}

// take reports whether a request may go on and, if not, after how many seconds it should come back.
func (b *bucket) take(rate int, now time.Time) (bool, int) {
	if rate <= 0 {
		return true, 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last.IsZero() {
		b.tokens = float64(rate)
	} else if passed := now.Sub(b.last); passed > 0 {
		b.tokens = min(float64(rate), b.tokens+passed.Seconds()*float64(rate))
	}
	b.last = now
	if b.tokens >= 1 {
		b.tokens--
		return true, 0
	}
	return false, int(max(1, math.Ceil((1-b.tokens)/float64(rate))))
}
