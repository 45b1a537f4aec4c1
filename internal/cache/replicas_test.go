package cache

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// script is what upstream does, to be changed while it is asked.
type script struct {
	mu sync.Mutex
	f  func(context.Context) error
}

func (s *script) set(f func(context.Context) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.f = f
}

func (s *script) run(ctx context.Context) error {
	s.mu.Lock()
	f := s.f
	s.mu.Unlock()
	if f == nil {
		return nil
	}
	return f(ctx)
}

// failing fails after a while.
func failing(after time.Duration, err error) func(context.Context) error {
	return func(ctx context.Context) error {
		if e := sleeping(after)(ctx); e != nil {
			return e
		}
		return err
	}
}

// counting is a Store that counts what it is asked, and may be told to fail.
type counting struct {
	cluster.Store
	calls, gets                    atomic.Int64
	failGet, failSet, failLease    atomic.Bool
	failDelete, failPublish, taken atomic.Bool // taken: leases can't be extended

	lingers atomic.Int64 // how long a Publish returns after it was heard

	mu    sync.Mutex
	state func(bool)
}

func (c *counting) fail(all bool) {
	for _, b := range []*atomic.Bool{&c.failGet, &c.failSet, &c.failLease, &c.failDelete, &c.failPublish} {
		b.Store(all)
	}
}

func (c *counting) ask(fails *atomic.Bool) error {
	c.calls.Add(1)
	if fails.Load() {
		return cluster.ErrDown
	}
	return nil
}

func (c *counting) Get(ctx context.Context, keys ...string) ([][]byte, error) {
	c.gets.Add(1)
	if err := c.ask(&c.failGet); err != nil {
		return nil, err
	}
	return c.Store.Get(ctx, keys...)
}

func (c *counting) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := c.ask(&c.failSet); err != nil {
		return err
	}
	return c.Store.Set(ctx, key, value, ttl)
}

func (c *counting) Swap(ctx context.Context, key string, old, next []byte, ttl time.Duration) (bool, error) {
	if err := c.ask(&c.failSet); err != nil {
		return false, err
	}
	return c.Store.Swap(ctx, key, old, next, ttl)
}

func (c *counting) Delete(ctx context.Context, keys ...string) error {
	if err := c.ask(&c.failDelete); err != nil {
		return err
	}
	return c.Store.Delete(ctx, keys...)
}

func (c *counting) Publish(ctx context.Context, channel string, message []byte) error {
	if err := c.ask(&c.failPublish); err != nil {
		return err
	}
	defer time.Sleep(time.Duration(c.lingers.Load()))
	return c.Store.Publish(ctx, channel, message)
}

func (c *counting) Pen(ctx context.Context, key, term string, ttl time.Duration) (cluster.Pen, error) {
	if err := c.ask(&c.failLease); err != nil {
		return nil, err
	}
	p, err := c.Store.Pen(ctx, key, term, ttl)
	if p == nil || err != nil {
		return nil, err
	}
	return losable{p, c}, nil
}

func (c *counting) Subscribe(channel string, hear func([]byte), state func(bool)) func() {
	c.mu.Lock()
	c.state = state
	c.mu.Unlock()
	return c.Store.Subscribe(channel, hear, state)
}

// say tells the subscriber whether it hears.
func (c *counting) say(up bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state(up)
}

type losable struct {
	cluster.Pen
	of *counting
}

func (l losable) Set(ctx context.Context, value []byte, ttl time.Duration) (bool, error) {
	if err := l.of.ask(&l.of.failSet); err != nil {
		return false, err
	}
	return l.Pen.Set(ctx, value, ttl)
}

func (l losable) Extend(ctx context.Context, ttl time.Duration) (bool, error) {
	if l.of.taken.Load() {
		return false, nil
	}
	return l.Pen.Extend(ctx, ttl)
}

// seen collects how reads ended.
type seen struct {
	mu  sync.Mutex
	all []Outcome
}

func (s *seen) observe(_ string, how Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, how)
}

// last returns how the last read ended.
func (s *seen) last() Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) == 0 {
		return ""
	}
	return s.all[len(s.all)-1]
}

// stage is some replicas over one store, in a bubble.
type stage struct {
	*upstream
	*script
	ctx      context.Context
	store    cluster.Store
	replicas []*Service
	stores   []*counting // of the replicas
	seen     []*seen
}

// play runs f in a bubble, with n replicas that hear each other.
func play(t *testing.T, n int, opts Options, f func(t *testing.T, p *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		store, err := cluster.Open("", cluster.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		p := &stage{upstream: &upstream{now: time.Now}, script: &script{}, ctx: as(t.Context(), "p"), store: store}
		p.before = p.run
		for range n {
			defer p.join(opts).Close()
		}
		synctest.Wait()
		f(t, p)
	})
}

// join adds a replica.
func (p *stage) join(opts Options) *Service {
	seen, store := &seen{}, &counting{Store: p.store}
	opts.Store, opts.Observe, opts.Logger = store, seen.observe, slog.New(slog.DiscardHandler)
	s := New(p.upstream, opts)
	p.replicas, p.stores, p.seen = append(p.replicas, s), append(p.stores, store), append(p.seen, seen)
	return s
}

// read asks replica i, and lets all settle.
func (p *stage) read(i int, name string) (string, teamwork.ResourceMeta, error) {
	say, meta, err := readNamed(name)(p.ctx, p.replicas[i])
	synctest.Wait()
	return say, meta, err
}

// near is the options of a replica that keeps in memory.
var inMemory = Options{Memory: 1 << 20}

// troupe is n replicas over a redis-server, each with a Store of its own.
func troupe(t testing.TB, r *redistest.Server, n int, u *upstream, opts Options) []*Service {
	t.Helper()
	var all []*Service
	for range n {
		opts.Store, opts.Logger = openStore(t, r.URL()), slog.New(slog.DiscardHandler)
		s := New(u, opts)
		t.Cleanup(s.Close)
		all = append(all, s)
	}
	for _, s := range all {
		eventually(t, "a replica hears", func() bool { return !s.near.deaf.Load() })
	}
	return all
}

// eventually waits for what is about to happen.
func eventually(t testing.TB, what string, f func() bool) time.Duration {
	t.Helper()
	begin := time.Now()
	for !f() {
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("not within 10 s: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(begin)
}

// inked is a pen whose Set a Store sees: f calls the Store's own, if it wants to.
type inked struct {
	cluster.Pen
	f func(set func() (bool, error)) (bool, error)
}

func (p inked) Set(ctx context.Context, value []byte, ttl time.Duration) (bool, error) {
	return p.f(func() (bool, error) { return p.Pen.Set(context.WithoutCancel(ctx), value, ttl) })
}

// ink gives a Store's pens an f.
func ink(p cluster.Pen, err error, f func(set func() (bool, error)) (bool, error)) (cluster.Pen, error) {
	if p == nil || err != nil {
		return nil, err
	}
	return inked{p, f}, nil
}

// mute is a Store whose channel never says that it is heard.
type mute struct{ cluster.Store }

func (mute) Subscribe(string, func([]byte), func(bool)) func() { return func() {} }
