package cluster

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/redis/go-redis/v9"
)

// penKey is where the pen of a value is. It shares the value's hash tag.
func penKey(key string) string { return key + ":pen" }

// tokenSize is how long a token is before the term that follows it.
const tokenSize = 26

// The scripts that know a pen by its token: a write that was held up on its way finds
// another one, or none.
var (
	takePen = redis.NewScript(`
		local now = redis.call('get', KEYS[1])
		if now and string.sub(now, 27) == ARGV[2] then
			return 0
		end
		redis.call('set', KEYS[1], ARGV[1] .. ARGV[2], 'px', ARGV[3])
		return 1`)
	setWithPen = redis.NewScript(`
		if redis.call('get', KEYS[1]) ~= ARGV[1] then
			return 0
		end
		redis.call('set', KEYS[2], ARGV[2], 'px', ARGV[3])
		return 1`)
	overrule = redis.NewScript(`
		redis.call('del', KEYS[1])
		redis.call('set', KEYS[2], ARGV[1], 'px', ARGV[2])
		return 1`)
)

// pen is a Pen in Redis: a lease whose token ends with its term.
type pen struct {
	lease
	value string // its key
}

func (s *shared) Pen(ctx context.Context, key, term string, ttl time.Duration) (Pen, error) {
	token := rand.Text()[:tokenSize]
	mine := &pen{lease{in: s, key: penKey(key), token: token + term}, key}
	taken := false
	err := s.do(ctx, "lease", key, func(ctx context.Context) (err error) {
		taken, err = takePen.Run(ctx, s.client, []string{mine.key}, token, term, leaseTime(ttl).Milliseconds()).Bool()
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

func (p *pen) Set(ctx context.Context, value []byte, ttl time.Duration) (done bool, err error) {
	if ttl <= 0 {
		return false, nil
	}
	err = p.in.do(ctx, "set", p.value, func(ctx context.Context) (err error) {
		done, err = setWithPen.Run(ctx, p.in.client, []string{p.key, p.value}, p.token, value, inMillis(ttl).Milliseconds()).Bool()
		return err
	})
	return done && err == nil, err
}

func (s *shared) Overrule(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if ttl <= 0 {
		return nil
	}
	return s.do(ctx, "set", key, func(ctx context.Context) error {
		return overrule.Run(ctx, s.client, []string{penKey(key), key}, value, inMillis(ttl).Milliseconds()).Err()
	})
}

// localPen is a Pen of memory.
type localPen struct {
	*localLease
	of    *memory
	value string
}

func (m *memory) Pen(_ context.Context, key, term string, ttl time.Duration) (Pen, error) {
	if mine := m.leases.take(penKey(key), term, ttl); mine != nil {
		return &localPen{mine, m, key}, nil
	}
	return nil, nil
}

func (p *localPen) Set(ctx context.Context, value []byte, ttl time.Duration) (bool, error) {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	if ttl <= 0 || p.in.taken[p.key] != p.localLease || !time.Now().Before(p.until) {
		return false, nil
	}
	return true, p.of.Set(ctx, p.value, value, ttl)
}

func (m *memory) Overrule(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if ttl <= 0 {
		return nil
	}
	m.leases.mu.Lock()
	defer m.leases.mu.Unlock()
	delete(m.leases.taken, penKey(key))
	return m.Set(ctx, key, value, ttl)
}
