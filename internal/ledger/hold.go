package ledger

import (
	"context"
	"sync"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
)

// hold is a lease on a key, extended until it is released. A nil hold is none.
type hold struct {
	s    *Service
	name string // of the record

	mu    sync.Mutex
	lease cluster.Lease
	claim []byte // nil before there is one
	timer *time.Timer
	over  bool
}

func (s *Service) newHold(name string, lease cluster.Lease) *hold {
	h := &hold{s: s, name: name, lease: lease}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.timer = time.AfterFunc(extendEvery, h.extend)
	return h
}

// keep says which claim belongs to the lease.
func (h *hold) keep(claim []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.claim = claim
}

// extend makes the lease last, or takes it again. One that was lost, was lost by the
// store: then the claim may be lost, too.
func (h *hold) extend() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		return
	}
	ctx := context.Background()
	if held, err := h.lease.Extend(ctx, leaseTime); err == nil && !held {
		if again, _ := h.s.store.Lease(ctx, leaseName(h.name), leaseTime); again != nil {
			h.lease = again
		}
		if h.claim != nil {
			_, _ = h.s.store.Swap(ctx, h.name, nil, h.claim, h.s.heldFor)
		}
	}
	h.timer.Reset(extendEvery)
}

// release gives the lease back, once.
func (h *hold) release() {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		return
	}
	h.over = true
	h.timer.Stop()
	_ = h.lease.Release(context.Background())
}
