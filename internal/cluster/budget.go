package cluster

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// take keeps under the key the time at which all that was taken will have been earned
// again, in microseconds of the server's clock, so that replicas' clocks don't matter.
// It returns the time to wait, and takes nothing if that is longer than ARGV[3].
var take = redis.NewScript(`
	local clock = redis.call('time')
	local now = clock[1] * 1000000 + clock[2]
	local due = math.max(tonumber(redis.call('get', KEYS[1]) or 0), now) + ARGV[1]
	local wait = math.max(due - now - ARGV[2], 0)
	if wait <= tonumber(ARGV[3]) then
		redis.call('set', KEYS[1], string.format('%.0f', due), 'px', math.ceil((due - now) / 1000) + 1)
	end
	return string.format('%.0f', wait)`)

func (s *shared) Take(ctx context.Context, key string, span, slack, most time.Duration) (wait time.Duration, err error) {
	micros := func(d time.Duration) int64 { return max(d, 0).Microseconds() }
	var said int64
	err = s.do(ctx, "take", key, func(ctx context.Context) (err error) {
		said, err = take.Run(ctx, s.client, []string{key}, micros(span), micros(slack), micros(most)).Int64()
		return err
	})
	if err != nil && ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err != nil {
		return s.alone.take(key, span, slack, most), nil //nolint:nilerr // without Redis each replica keeps its own
	}
	if wait = time.Duration(said) * time.Microsecond; wait <= max(most, 0) {
		s.alone.take(key, span, slack, wait+span) // what was had here doesn't come twice
	}
	return wait, nil
}

func (m *memory) Take(_ context.Context, key string, span, slack, most time.Duration) (time.Duration, error) {
	return m.budgets.take(key, span, slack, most), nil
}

// budgets are those of one process. The zero value is ready.
type budgets struct {
	mu    sync.Mutex
	due   map[string]time.Time // when all that was taken will have been earned again
	sweep int                  // how many there may be before those that are whole are looked for
}

// fewBudgets need no sweeping.
const fewBudgets = 1024

func (b *budgets) take(key string, span, slack, most time.Duration) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	due := b.due[key]
	if due.Before(now) {
		due = now
	}
	due = due.Add(span)
	wait := max(due.Sub(now)-slack, 0)
	if wait > max(most, 0) {
		return wait
	}
	b.tidy(now)
	b.due[key] = due
	return wait
}

// tidy drops what says no more than a missing budget would.
func (b *budgets) tidy(now time.Time) {
	if b.due == nil {
		b.due, b.sweep = make(map[string]time.Time), fewBudgets
	}
	if len(b.due) < b.sweep {
		return
	}
	for key, due := range b.due {
		if !now.Before(due) {
			delete(b.due, key)
		}
	}
	b.sweep = max(fewBudgets, 2*len(b.due))
}
