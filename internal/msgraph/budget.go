package msgraph

import (
	"sync"
	"time"
)

const (
	// retryShare is which part of all that is sent may be sent again.
	retryShare = 0.1
	// retryReserve is what there is at first, one full batch, and what a quiet process
	// gets back by one in retryEvery; retryMost is what a busy one saves up.
	retryReserve = 20.0
	retryEvery   = 10 * time.Second
	retryMost    = 50.0
)

// retryBudget keeps tries from multiplying what an upstream in trouble has to bear. The
// zero value is ready.
type retryBudget struct {
	mu    sync.Mutex
	spent float64 // below retryReserve; negative when more is saved up
	since time.Time
}

// earn notes that n requests are sent.
func (b *retryBudget) earn(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent = max(b.spent-retryShare*float64(n), retryReserve-retryMost)
}

// spend reports whether n requests may be sent again, and if so counts them. They will
// earn their share as well, which is none of the budget.
func (b *retryBudget) spend(n int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.spent > 0 {
		b.spent = max(b.spent-float64(now.Sub(b.since))/float64(retryEvery), 0)
	}
	b.since = now
	if b.spent+float64(n) > retryReserve {
		return false
	}
	b.spent += float64(n) * (1 + retryShare)
	return true
}
