package cluster

import (
	"bytes"
	"context"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/redis/go-redis/v9"
)

// swap leaves the key as it was unless it holds what is expected; a missing key
// holds the empty text.
var swap = redis.NewScript(`
	if (redis.call('get', KEYS[1]) or '') ~= ARGV[1] then
		return 0
	end
	redis.call('set', KEYS[1], ARGV[2], 'px', ARGV[3])
	return 1`)

func (s *shared) Swap(ctx context.Context, key string, old, next []byte, ttl time.Duration) (done bool, err error) {
	defer s.observed("set", &err)()
	said, err := s.run(ctx, swap, key, old, next, leaseTime(ttl).Milliseconds())
	if err != nil {
		return false, err
	}
	return said.Bool()
}

func (m *memory) Swap(_ context.Context, key string, old, next []byte, ttl time.Duration) (done bool, _ error) {
	m.entries.Compute(key, func(now expiring, _ bool) (expiring, otter.ComputeOp) {
		if done = bytes.Equal(now.value, old); !done {
			return now, otter.CancelOp
		}
		if m.tooBig(key, next) {
			return now, otter.InvalidateOp
		}
		return expiring{value: next, ttl: ttl}, otter.WriteOp
	})
	return done, nil
}
