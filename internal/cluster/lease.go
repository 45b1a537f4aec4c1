package cluster

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	extend = redis.NewScript(`
		if redis.call('get', KEYS[1]) == ARGV[1] then
			return redis.call('pexpire', KEYS[1], ARGV[2])
		end
		return 0`)
	release = redis.NewScript(`
		if redis.call('get', KEYS[1]) == ARGV[1] then
			return redis.call('del', KEYS[1])
		end
		return 0`)
)

// lease is a Lease in Redis: a key with a value that nobody else can know.
type lease struct {
	in         *shared
	key, token string
}

func (s *shared) Lease(ctx context.Context, key string, ttl time.Duration) (Lease, error) {
	mine := &lease{in: s, key: key, token: rand.Text()}
	taken := false
	err := s.do(ctx, "lease", key, func(ctx context.Context) (err error) {
		taken, err = s.client.SetNX(ctx, key, mine.token, leaseTime(ttl)).Result()
		return err
	})
	if err != nil {
		mine.undo(ttl, err)
		return nil, err
	}
	if !taken {
		return nil, nil
	}
	return mine, nil
}

func (l *lease) Extend(ctx context.Context, ttl time.Duration) (held bool, err error) {
	err = l.in.do(ctx, "lease", l.key, func(ctx context.Context) (err error) {
		held, err = extend.Run(ctx, l.in.client, []string{l.key}, l.token, leaseTime(ttl).Milliseconds()).Bool()
		return err
	})
	return held && err == nil, err
}

func (l *lease) Release(ctx context.Context) error {
	return l.in.do(ctx, "lease", l.key, l.giveBack)
}

func (l *lease) giveBack(ctx context.Context) error {
	return release.Run(ctx, l.in.client, []string{l.key}, l.token).Err()
}

// leaseTime is at least what Redis counts in: no time at all would mean for ever.
func leaseTime(ttl time.Duration) time.Duration {
	return max(inMillis(ttl), time.Millisecond)
}
