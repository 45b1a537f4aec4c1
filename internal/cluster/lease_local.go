package cluster

import (
	"context"
	"sync"
	"time"
)

// leases are those of one process.
type leases struct {
	mu    sync.Mutex
	taken map[string]*localLease
	sweep int // how many may be taken before those that ran out are looked for
}

// localLease is a Lease of memory.
type localLease struct {
	in    *leases
	key   string
	term  string // of a pen
	until time.Time
}

// fewLeases need no sweeping.
const fewLeases = 1024

// take returns nil when somebody has key in the same term.
func (l *leases) take(key, term string, ttl time.Duration) *localLease {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if old, ok := l.taken[key]; ok && old.term == term && now.Before(old.until) {
		return nil
	}
	if l.taken == nil {
		l.taken, l.sweep = make(map[string]*localLease), fewLeases
	}
	if len(l.taken) >= l.sweep {
		for k, old := range l.taken {
			if !now.Before(old.until) {
				delete(l.taken, k)
			}
		}
		l.sweep = max(fewLeases, 2*len(l.taken))
	}
	mine := &localLease{in: l, key: key, term: term, until: now.Add(ttl)}
	l.taken[key] = mine
	return mine
}

func (m *localLease) Extend(_ context.Context, ttl time.Duration) (bool, error) {
	m.in.mu.Lock()
	defer m.in.mu.Unlock()
	now := time.Now()
	if m.in.taken[m.key] != m || !now.Before(m.until) {
		return false, nil
	}
	m.until = now.Add(ttl)
	return true, nil
}

func (m *localLease) Release(context.Context) error {
	m.in.mu.Lock()
	defer m.in.mu.Unlock()
	if m.in.taken[m.key] == m {
		delete(m.in.taken, m.key)
	}
	return nil
}
