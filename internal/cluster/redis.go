package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
)

// shared is the Store of replicas that have a Redis in common.
//
// The user of the URL needs no more than this, with our keys' and channels' prefix:
//
//	ACL SETUSER tg on >password resetkeys ~tg1:* resetchannels &tg1:* -@all
//	  +get +mget +set +del +eval +evalsha +pexpire +time +publish +subscribe +unsubscribe +ping
//
// A database other than 0 needs +select, and a cluster +cluster|slots and +asking.
// HELLO and AUTH are open to all. A user at Sentinel needs
//
//	ACL SETUSER tg on >password allchannels -@all +subscribe +ping
//	  +sentinel|get-master-addr-by-name +sentinel|sentinels
type shared struct {
	client   redis.UniversalClient
	shape    shape
	hub      *hub
	undoing  *undoing
	place    string
	patience time.Duration
	observe  func(op string, err error, took time.Duration)
	alone    budgets // while Redis is away
}

func openRedis(url string, opts Options) (Store, error) {
	if opts.Mode == "" {
		opts.Mode = Single
	}
	if err := checkURL(opts.Mode, url); err != nil {
		return nil, err
	}
	s := &shared{observe: opts.Observe, patience: opts.Patience}
	var err error
	switch opts.Mode {
	case Sentinel:
		err = s.openSentinel(url, opts)
	case Cluster:
		err = s.openCluster(url, opts)
	default:
		err = s.openSingle(url, opts)
	}
	if err != nil {
		return nil, err
	}
	redis.SetLogger(quiet{opts.Logger})
	s.hub, s.undoing = newHub(opts.Logger, s.place, s.shape, s.publish), newUndoing()
	return s, nil
}

func (s *shared) openSingle(url string, opts Options) error {
	o, err := singleSettings(url, opts)
	if err != nil {
		return err
	}
	s.place = placeOf("redis", []string{o.Addr})
	client := redis.NewClient(o)
	s.client, s.shape = client, &one{client, newBreaker(opts.Logger, s.place, nil)}
	return nil
}

func (s *shared) openSentinel(url string, opts Options) error {
	o, err := sentinelSettings(url, opts)
	if err != nil {
		return err
	}
	s.place = placeOf("redis sentinel "+o.MasterName, o.SentinelAddrs)
	client := redis.NewFailoverClient(o)
	s.client, s.shape = client, &one{client, newBreaker(opts.Logger, s.place, nil)}
	return nil
}

func (s *shared) openCluster(url string, opts Options) error {
	o, err := clusterSettings(url, opts)
	if err != nil {
		return err
	}
	s.place = placeOf("redis cluster", o.Addrs)
	client := redis.NewClusterClient(o)
	s.client, s.shape = client, newMany(client, opts.Logger, s.place)
	return nil
}

// do sends commands about key, in time or not at all.
func (s *shared) do(ctx context.Context, op, key string, f func(context.Context) error) (err error) {
	defer s.observed(op, &err)()
	return s.ask(ctx, key, f)
}

// ask is do, unobserved.
func (s *shared) ask(ctx context.Context, key string, f func(context.Context) error) error {
	until := time.Now().Add(s.patience)
	b, err := s.shape.breaker(ctx, until, key)
	if err != nil {
		return err
	}
	inTime, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	return b.run(ctx, inTime, f)
}

func (s *shared) observed(op string, err *error) func() {
	if s.observe == nil {
		return func() {}
	}
	begin := time.Now()
	return func() { s.tell(op, *err, begin) }
}

// tell tells the observer, if there is one, how a command ended.
func (s *shared) tell(op string, err error, begin time.Time) {
	if s.observe != nil {
		s.observe(op, err, time.Since(begin))
	}
}

func (s *shared) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if ttl <= 0 {
		return nil // Redis would keep it for ever
	}
	return s.do(ctx, "set", key, func(ctx context.Context) error {
		return s.client.Set(ctx, key, value, inMillis(ttl)).Err()
	})
}

// inMillis rounds up to what Redis counts in.
func inMillis(ttl time.Duration) time.Duration {
	return (ttl + time.Millisecond - 1).Truncate(time.Millisecond)
}

func (s *shared) Delete(ctx context.Context, keys ...string) error {
	if len(keys) == 0 {
		return nil
	}
	return s.do(ctx, "delete", keys[0], func(ctx context.Context) error {
		return s.client.Del(ctx, keys...).Err()
	})
}

func (s *shared) Shared(string) bool { return true }

func (s *shared) Publish(ctx context.Context, channel string, message []byte) (err error) {
	defer s.observed("publish", &err)()
	return s.publish(ctx, channel, message)
}

// publish is Publish, unobserved.
func (s *shared) publish(ctx context.Context, channel string, message []byte) error {
	return s.shape.publish(ctx, s, channel, message)
}

func (s *shared) Subscribe(channel string, hear func([]byte), state func(bool)) func() {
	return s.hub.subscribe(channel, hear, state)
}

func (s *shared) Close() error {
	s.hub.close()
	s.undoing.close()
	return s.client.Close()
}

func (s *shared) String() string { return s.place }

// quiet takes go-redis's own lines, of which there is one for each failed dial,
// to the debug level.
type quiet struct{ log *slog.Logger }

// Printf is go-redis's idea of a logger.
func (q quiet) Printf(ctx context.Context, format string, v ...any) {
	if q.log.Enabled(ctx, slog.LevelDebug) {
		q.log.DebugContext(ctx, "go-redis", "said", fmt.Sprintf(format, v...))
	}
}
