// Package cluster holds what the replicas of one deployment share: values that
// expire. They are kept in Redis when there is one, and otherwise in this
// process's memory; the code above is the same.
//
// Redis may be absent, slow or dead at any moment. Every call then ends with an
// error within 100 ms, and once Redis is known to be down at once, so that
// whoever calls can go on without it.
package cluster

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Store keeps values that expire. A value belongs to the Store once it was set,
// and to the Store still when it was got: neither may be changed.
type Store interface {
	// Get returns the values of keys in their order, nil for one that is missing,
	// in one round trip. Keys that are asked for together must share a hash tag.
	Get(ctx context.Context, keys ...string) ([][]byte, error)
	// Set keeps value under key for ttl. A ttl that has passed keeps nothing.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// Close lets go of connections and goroutines. A closed Store is not used.
	Close() error
	// String says where the values are, without credentials.
	String() string
}

// ErrDown says that Redis is known to be down and was not asked.
var ErrDown = errors.New("redis is down")

// DefaultMemory is how many bytes the memory keeps when Options do not say.
const DefaultMemory = 64 << 20

// Options are what Open may be told; the zero value is useful.
type Options struct {
	// Memory is how many bytes to keep at most without Redis, DefaultMemory if 0.
	Memory int64
	// Logger is slog's default if nil.
	Logger *slog.Logger
}

// Open returns the Store at url: redis://, rediss:// (TLS) or unix://, or this
// process's memory if url is empty. Redis need not be there yet. No error holds a
// part of url, since any part may be a mistyped password.
func Open(url string, opts Options) (Store, error) {
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	if url == "" {
		return openMemory(opts)
	}
	return openRedis(url, opts)
}
