package live

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// seat is one replica's place at a store, with what can happen to it.
type seat struct {
	cluster.Store

	mu    sync.Mutex
	down  bool // Redis can't be asked, nor heard
	deaf  bool // it can be asked, and not heard
	dead  bool // the process was killed: nothing of it arrives any more
	state func(bool)
}

func (s *seat) is(what *bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *what
}

// set changes what happens, and tells who listens.
func (s *seat) set(what *bool, to bool) {
	s.mu.Lock()
	*what = to
	hears, state := !s.down && !s.deaf && !s.dead, s.state
	dead := s.dead
	s.mu.Unlock()
	if state != nil && !dead {
		state(hears)
	}
}

var errDead = errors.New("killed")

func (s *seat) Publish(ctx context.Context, channel string, message []byte) error {
	switch {
	case s.is(&s.dead):
		return nil
	case s.is(&s.down):
		return cluster.ErrDown
	}
	return s.Store.Publish(ctx, channel, message)
}

func (s *seat) Subscribe(channel string, hear func([]byte), state func(bool)) func() {
	s.mu.Lock()
	s.state = state
	s.mu.Unlock()
	return s.Store.Subscribe(channel, func(message []byte) {
		if !s.is(&s.dead) && !s.is(&s.down) && !s.is(&s.deaf) {
			hear(message)
		}
	}, state)
}

func (s *seat) Lease(ctx context.Context, key string, ttl time.Duration) (cluster.Lease, error) {
	switch {
	case s.is(&s.dead):
		return nil, nil
	case s.is(&s.down):
		return nil, cluster.ErrDown
	}
	lease, err := s.Store.Lease(ctx, key, ttl)
	if lease == nil {
		return nil, err
	}
	return &seatLease{lease, s}, err
}

// seatLease is a lease of a replica that may die with it.
type seatLease struct {
	cluster.Lease
	of *seat
}

func (l *seatLease) Extend(ctx context.Context, ttl time.Duration) (bool, error) {
	switch {
	case l.of.is(&l.of.dead):
		return true, nil // it does not know
	case l.of.is(&l.of.down):
		return false, cluster.ErrDown
	}
	return l.Lease.Extend(ctx, ttl)
}

func (l *seatLease) Release(ctx context.Context) error {
	if l.of.is(&l.of.dead) || l.of.is(&l.of.down) {
		return cluster.ErrDown
	}
	return l.Lease.Release(ctx)
}

// mortal is the upstream of one replica, which asks nothing once it is dead.
type mortal struct {
	*tenant
	seat *seat

	mu    sync.Mutex
	pages int
}

func (m *mortal) Operations(ctx context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
	if m.seat.is(&m.seat.dead) {
		return nil, errDead
	}
	m.mu.Lock()
	m.pages++
	m.mu.Unlock()
	return m.tenant.Operations(ctx, req)
}

func (m *mortal) Operation(ctx context.Context, key teamwork.DeviceOperationKey) (*teamwork.DeviceOperation, error) {
	if m.seat.is(&m.seat.dead) {
		return nil, errDead
	}
	return m.tenant.Operation(ctx, key)
}

func (m *mortal) asked() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.pages
}
