package cache

import (
	"context"
	"errors"
	"hash/fnv"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
)

// modelRedis is a Redis that lives in the simulated time.
type modelRedis struct {
	now   func() time.Time
	conns []*modelConn

	mu     sync.Mutex
	values map[string]modelValue
	leases map[string]*modelLease
	draws  map[string]uint64
	seed   uint64
}

type modelValue struct {
	bytes []byte
	until time.Time
}

// redisMode is how a replica's commands fare.
type redisMode int

const (
	redisWell    redisMode = iota
	redisSlow              // done, after 80 ms
	redisRefused           // an error at once, not done
	redisSilent            // an error after 100 ms, not done
	redisLost              // done, and an error
	redisLate              // an error after 100 ms, done some time later
	redisFlaky             // each call one of the above
	redisPatchy            // one call in three done late, the others well
	redisModes
)

func (m redisMode) String() string {
	return []string{"well", "slow", "refused", "silent", "done but lost", "done late", "flaky", "patchy"}[m]
}

var errModelRedis = errors.New("the model's redis failed")

// draw returns a number below n, which depends on what it is for and on how often that
// was drawn for, and not on which goroutine came first. The caller holds mu.
func (r *modelRedis) draw(what string, n int) int {
	r.draws[what]++
	h := fnv.New64a()
	_, _ = io.WriteString(h, what)
	return rand.New(rand.NewPCG(r.seed^h.Sum64(), r.draws[what])).IntN(n)
}

func (r *modelRedis) drawn(what string, n int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.draw(what, n)
}

// get returns what is under key and has not expired. The caller holds mu.
func (r *modelRedis) get(key string) []byte {
	if v, ok := r.values[key]; ok && r.now().Before(v.until) {
		return v.bytes
	}
	return nil
}

// evict loses the nth of the keys that keep accepts, and returns it.
func (r *modelRedis) evict(n int, accept func(string) bool) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(r.values)), func(k string) bool { return !accept(k) })
	if len(keys) == 0 {
		return "none"
	}
	key := keys[n%len(keys)]
	delete(r.values, key)
	return key
}

// restart loses everything.
func (r *modelRedis) restart() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.values)
	clear(r.leases)
}

// modelConn is a replica's connection to a modelRedis.
type modelConn struct {
	*modelRedis
	name string
	// asked is told of each key that was got from a Redis that is well.
	asked func(key string)

	state struct {
		sync.Mutex
		mode redisMode
	}

	ear struct {
		sync.Mutex
		hear  func([]byte)
		state func(bool)
		next  time.Time // when the next message may arrive
		lives int       // of the channel: what was sent in an earlier one is lost
		cut   bool
	}
}

var _ cluster.Store = (*modelConn)(nil)

func (c *modelConn) mode() redisMode {
	c.state.Lock()
	defer c.state.Unlock()
	return c.state.mode
}

func (c *modelConn) setMode(m redisMode) {
	c.state.Lock()
	defer c.state.Unlock()
	c.state.mode = m
}

// do runs f, which is atomic, as the mode wants it.
func (c *modelConn) do(ctx context.Context, f func()) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	mode := c.mode()
	switch {
	case mode == redisFlaky:
		mode = redisMode(c.drawn(c.name, int(redisFlaky)))
	case mode == redisPatchy && c.drawn(c.name, 3) == 0:
		mode = redisLate
	}
	atomic := func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		f()
	}
	switch mode {
	case redisSlow:
		time.Sleep(40 * time.Millisecond)
		atomic()
		time.Sleep(40 * time.Millisecond)
		return nil
	case redisRefused:
		return cluster.ErrDown
	case redisSilent:
		time.Sleep(100 * time.Millisecond)
		return errModelRedis
	case redisLost:
		atomic()
		return errModelRedis
	case redisLate:
		time.AfterFunc(100*time.Millisecond+time.Duration(c.drawn(c.name, 3000))*time.Millisecond, atomic)
		time.Sleep(100 * time.Millisecond)
		return errModelRedis
	}
	atomic()
	return nil
}

func (c *modelConn) Get(ctx context.Context, keys ...string) (values [][]byte, err error) {
	var found [][]byte
	well := c.mode() == redisWell
	if err := c.do(ctx, func() {
		for _, key := range keys {
			found = append(found, c.get(key))
		}
	}); err != nil {
		return nil, err
	}
	for _, key := range keys {
		if well {
			c.asked(key)
		}
	}
	return found, nil
}

func (c *modelConn) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if ttl <= 0 {
		return nil
	}
	return c.do(ctx, func() { c.values[key] = modelValue{value, c.now().Add(ttl)} })
}

func (c *modelConn) Swap(ctx context.Context, key string, old, next []byte, ttl time.Duration) (bool, error) {
	done := false
	if err := c.do(ctx, func() {
		if string(c.get(key)) == string(old) {
			c.values[key], done = modelValue{next, c.now().Add(ttl)}, true
		}
	}); err != nil {
		return false, err
	}
	return done, nil
}

func (c *modelConn) Delete(ctx context.Context, keys ...string) error {
	return c.do(ctx, func() {
		for _, key := range keys {
			delete(c.values, key)
		}
	})
}

// modelLease is in its Redis while it is held.
type modelLease struct {
	conn  *modelConn
	key   string
	term  string // of a pen
	until time.Time
}

// Take is nothing that the cache does.
func (*modelConn) Take(context.Context, string, time.Duration, time.Duration, time.Duration) (time.Duration, error) {
	return 0, nil
}

// Lease is nothing that the cache does for an answer.
func (*modelConn) Lease(context.Context, string, time.Duration) (cluster.Lease, error) {
	return nil, errModelRedis
}

func (c *modelConn) Pen(ctx context.Context, key, term string, ttl time.Duration) (cluster.Pen, error) {
	mine := &modelLease{conn: c, key: key, term: term}
	taken := false
	if err := c.do(ctx, func() {
		if other := c.leases[key]; other != nil && other.term == term && c.now().Before(other.until) {
			return
		}
		mine.until, taken = c.now().Add(ttl), true
		c.leases[key] = mine
	}); err != nil || !taken {
		return nil, err
	}
	return mine, nil
}

// held reports whether nobody else has it by now. The caller holds mu.
func (l *modelLease) held() bool { return l.conn.leases[l.key] == l && l.conn.now().Before(l.until) }

func (l *modelLease) Set(ctx context.Context, value []byte, ttl time.Duration) (done bool, err error) {
	if ttl <= 0 {
		return false, nil
	}
	stored := false
	if err := l.conn.do(ctx, func() {
		if stored = l.held(); stored {
			l.conn.values[l.key] = modelValue{value, l.conn.now().Add(ttl)}
		}
	}); err != nil {
		return false, err
	}
	return stored, nil
}

func (c *modelConn) Overrule(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return c.do(ctx, func() {
		delete(c.leases, key)
		if ttl > 0 {
			c.values[key] = modelValue{value, c.now().Add(ttl)}
		}
	})
}

func (l *modelLease) Extend(ctx context.Context, ttl time.Duration) (bool, error) {
	held := false
	if err := l.conn.do(ctx, func() {
		if held = l.held(); held {
			l.until = l.conn.now().Add(ttl)
		}
	}); err != nil {
		return false, err
	}
	return held, nil
}

func (l *modelLease) Release(ctx context.Context) error {
	return l.conn.do(ctx, func() {
		if l.conn.leases[l.key] == l {
			delete(l.conn.leases, l.key)
		}
	})
}

func (c *modelConn) Shared(string) bool { return true }

func (c *modelConn) Publish(ctx context.Context, _ string, message []byte) error {
	return c.do(ctx, func() {
		for _, other := range c.conns {
			other.send(message, time.Duration(c.draw(c.name, 80))*time.Millisecond)
		}
	})
}

// send has a message arrive after those before it, unless the channel is lost by then.
func (c *modelConn) send(message []byte, after time.Duration) {
	c.ear.Lock()
	defer c.ear.Unlock()
	if c.ear.cut || c.ear.hear == nil {
		return
	}
	at := time.Now().Add(after)
	if at.Before(c.ear.next) {
		at = c.ear.next
	}
	c.ear.next = at.Add(time.Microsecond) // one at a time
	life := c.ear.lives
	time.AfterFunc(time.Until(at), func() {
		c.ear.Lock()
		defer c.ear.Unlock()
		if c.ear.hear != nil && c.ear.lives == life {
			c.ear.hear(message)
		}
	})
}

func (c *modelConn) Subscribe(_ string, hear func([]byte), state func(bool)) func() {
	c.ear.Lock()
	c.ear.hear, c.ear.state = hear, state
	c.ear.Unlock()
	state(false) // the model connects all of them together
	return func() {
		c.ear.Lock()
		defer c.ear.Unlock()
		c.ear.hear, c.ear.state = nil, nil
	}
}

// cut loses the channel; the replica is told later, by deaf.
func (c *modelConn) cut() {
	c.ear.Lock()
	defer c.ear.Unlock()
	c.ear.cut = true
	c.ear.lives++
}

// say tells the replica whether it hears.
func (c *modelConn) say(up bool) {
	c.ear.Lock()
	defer c.ear.Unlock()
	c.ear.cut = !up
	c.ear.lives++
	if c.ear.state != nil {
		c.ear.state(up)
	}
}

func (c *modelConn) hears() bool {
	c.ear.Lock()
	defer c.ear.Unlock()
	return !c.ear.cut
}

// life returns which of its channels a replica has.
func (c *modelConn) life() int {
	c.ear.Lock()
	defer c.ear.Unlock()
	return c.ear.lives
}

func (c *modelConn) Close() error   { return nil }
func (c *modelConn) String() string { return "the model's redis" }
