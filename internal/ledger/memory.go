package ledger

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
)

const (
	// maxMemory is room for some 30,000 creates a day.
	maxMemory = 64 << 20
	// entryWeight is what a record weighs beside its name and value: an estimate.
	entryWeight = 128
	// sweepEvery is how often what has expired is looked for.
	sweepEvery = time.Minute
)

var errFull = errors.New("the memory for idempotency keys is full")

// memory is the store of a process that shares with nobody. Unlike a cache it never
// forgets to make room: a claim that was forgotten would be sent again.
type memory struct {
	max int
	now func() time.Time

	mu      sync.Mutex
	entries map[string]entry
	leases  map[string]bool
	size    int
	swept   time.Time
}

type entry struct {
	value []byte
	until time.Time
}

func newMemory(max int, now func() time.Time) *memory {
	return &memory{max: max, now: now, entries: map[string]entry{}, leases: map[string]bool{}, swept: now()}
}

// Get returns the values of keys, nil for one that is missing.
func (m *memory) Get(_ context.Context, keys ...string) ([][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	values := make([][]byte, len(keys))
	for i, key := range keys {
		values[i] = m.get(key)
	}
	return values, nil
}

func (m *memory) get(key string) []byte {
	if e, ok := m.entries[key]; ok && m.now().Before(e.until) {
		return e.value
	}
	return nil
}

// Swap refuses what is new when there is no room for it.
func (m *memory) Swap(_ context.Context, key string, old, next []byte, ttl time.Duration) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.get(key)
	if !bytes.Equal(now, old) {
		return false, nil
	}
	m.sweep()
	weight := len(key) + entryWeight
	if now == nil && m.size+weight+len(next) > m.max {
		return false, errFull
	}
	if before, ok := m.entries[key]; ok {
		m.size -= weight + len(before.value)
	}
	m.entries[key] = entry{next, m.now().Add(ttl)}
	m.size += weight + len(next)
	return true, nil
}

// sweep forgets what has expired, now and then.
func (m *memory) sweep() {
	now := m.now()
	if now.Sub(m.swept) < sweepEvery {
		return
	}
	m.swept = now
	for key, e := range m.entries {
		if !now.Before(e.until) {
			m.size -= len(key) + entryWeight + len(e.value)
			delete(m.entries, key)
		}
	}
}

// Lease lasts until it is released: it ends with the process, as the memory does.
func (m *memory) Lease(_ context.Context, key string, _ time.Duration) (cluster.Lease, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.leases[key] {
		return nil, nil
	}
	m.leases[key] = true
	return localLease{m, key}, nil
}

type localLease struct {
	in  *memory
	key string
}

func (localLease) Extend(context.Context, time.Duration) (bool, error) { return true, nil }

func (l localLease) Release(context.Context) error {
	l.in.mu.Lock()
	defer l.in.mu.Unlock()
	delete(l.in.leases, l.key)
	return nil
}
