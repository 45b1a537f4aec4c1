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
	err = s.do(ctx, "set", key, func(ctx context.Context) (err error) {
		done, err = swap.Run(ctx, s.client, []string{key}, old, next, leaseTime(ttl).Milliseconds()).Bool()
		return err
	})
	return done && err == nil, err
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
