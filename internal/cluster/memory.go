package cluster

import (
	"context"
	"fmt"
	"time"

	"github.com/maypok86/otter/v2"
)

// entryWeight is what an entry weighs beside its key and value: an estimate of
// what otter and the runtime need to find it again.
const entryWeight = 128

// memory is the Store of a process that has nobody to share with.
type memory struct {
	entries *otter.Cache[string, expiring]
	size    int64
	leases  leases
	budgets budgets
	ears    *ears
}

// expiring is a value with the time it was given.
type expiring struct {
	value []byte
	ttl   time.Duration
}

func openMemory(opts Options) (Store, error) {
	size := opts.Memory
	if size <= 0 {
		size = DefaultMemory
	}
	entries, err := otter.New(&otter.Options[string, expiring]{
		MaximumWeight: uint64(size),
		Weigher:       func(key string, e expiring) uint32 { return uint32(min(weightOf(key, e.value), 1<<31)) },
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[string, expiring]) time.Duration {
			return e.Value.ttl
		}),
	})
	if err != nil {
		return nil, fmt.Errorf("memory of %d bytes: %w", size, err)
	}
	return &memory{entries: entries, size: size, ears: newEars()}, nil
}

func weightOf(key string, value []byte) int { return len(key) + len(value) + entryWeight }

// tooBig reports what has no room even alone. otter would keep it until it gets to making
// room, and a store of no size would answer meanwhile.
func (m *memory) tooBig(key string, value []byte) bool { return int64(weightOf(key, value)) > m.size }

func (m *memory) Get(_ context.Context, keys ...string) ([][]byte, error) {
	values := make([][]byte, len(keys))
	for i, key := range keys {
		if e, ok := m.entries.GetIfPresent(key); ok {
			values[i] = e.value
		}
	}
	return values, nil
}

func (m *memory) Set(_ context.Context, key string, value []byte, ttl time.Duration) error {
	if ttl <= 0 {
		return nil
	}
	if m.tooBig(key, value) {
		m.entries.Invalidate(key)
		return nil
	}
	if value == nil {
		value = []byte{} // nil is how Get says missing
	}
	m.entries.Set(key, expiring{value: value, ttl: ttl})
	return nil
}

func (m *memory) Delete(_ context.Context, keys ...string) error {
	for _, key := range keys {
		m.entries.Invalidate(key)
	}
	return nil
}

func (m *memory) Lease(_ context.Context, key string, ttl time.Duration) (Lease, error) {
	if mine := m.leases.take(key, "", ttl); mine != nil {
		return mine, nil
	}
	return nil, nil
}

func (m *memory) Publish(_ context.Context, channel string, message []byte) error {
	m.ears.tell(channel, message)
	return nil
}

func (m *memory) Shared(channel string) bool { return m.ears.several(channel) }

func (m *memory) Subscribe(channel string, hear func([]byte), state func(bool)) func() {
	e := newEar(hear, state)
	m.ears.add(channel, e)
	e.say(true)
	return func() {
		m.ears.remove(channel, e)
		e.close()
	}
}

func (m *memory) Close() error {
	m.ears.close()
	m.entries.InvalidateAll()
	m.entries.StopAllGoroutines()
	return nil
}

func (m *memory) String() string {
	if m.size < 1<<20 {
		return fmt.Sprintf("memory (%d bytes)", m.size)
	}
	return fmt.Sprintf("memory (%d MiB)", m.size>>20)
}
