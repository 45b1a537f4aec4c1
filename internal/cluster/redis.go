package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	neturl "net/url"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// patience is how long a call waits for Redis in all: for a connection, the
// dialling of one, the writing and the reading.
const patience = 100 * time.Millisecond

// shared is the Store of replicas that have a Redis in common.
type shared struct {
	client  *redis.Client
	breaker *breaker
	place   string
}

func openRedis(url string, opts Options) (Store, error) {
	settings, err := redisSettings(url)
	if err != nil {
		return nil, err
	}
	redis.SetLogger(quiet{opts.Logger})
	place := "redis at " + settings.Addr
	return &shared{
		client:  redis.NewClient(settings),
		breaker: newBreaker(opts.Logger, place),
		place:   place,
	}, nil
}

// redisSettings reads url. What go-redis says of a wrong one may quote it, so
// that is not passed on. The URL's parameters may set the pool's size, but not
// how long we wait.
func redisSettings(url string) (*redis.Options, error) {
	const want = "want redis://[user:password@]host[:port][/database], rediss:// for TLS, or unix://[user:password@]/path/to/socket[?db=number]"
	parsed, err := neturl.Parse(url)
	if err != nil {
		return nil, errors.New("the Redis URL can't be read: " + want + "; in a password, other characters than letters and digits must be percent-encoded")
	}
	switch parsed.Scheme {
	case "redis", "rediss", "unix":
	default:
		return nil, errors.New("the Redis URL has another scheme than ours: " + want)
	}
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, errors.New("the Redis URL has a wrong path or an unknown parameter: " + want)
	}
	o.ContextTimeoutEnabled = true // else a context bounds no socket
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = patience, patience, patience, patience
	o.MaxRetries = -1   // a retry would multiply what a dead Redis costs
	o.DialerRetries = 1 // likewise: go-redis dials five times otherwise
	if o.PoolSize <= 0 {
		o.PoolSize = connections
	}
	o.MaxActiveConns = o.PoolSize
	// Nothing is asked of a new connection that a short list of permitted
	// commands (HELLO, MGET, SET) would refuse, or that costs a round trip.
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return o, nil
}

// connections bounds the pool unless the URL's pool_size does: a read occupies
// one for well under a millisecond.
const connections = 32

func (s *shared) Get(ctx context.Context, keys ...string) (values [][]byte, err error) {
	err = s.breaker.within(ctx, func(ctx context.Context) error {
		found, err := s.client.MGet(ctx, keys...).Result()
		if err != nil {
			return err
		}
		values = make([][]byte, len(keys))
		for i, v := range found[:min(len(found), len(keys))] {
			if text, ok := v.(string); ok {
				values[i] = []byte(text)
			}
		}
		return nil
	})
	return values, err
}

func (s *shared) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if ttl <= 0 {
		return nil // Redis would keep it for ever
	}
	ttl = (ttl + time.Millisecond - 1).Truncate(time.Millisecond) // Redis counts no less
	return s.breaker.within(ctx, func(ctx context.Context) error {
		return s.client.Set(ctx, key, value, ttl).Err()
	})
}

func (s *shared) Close() error { return s.client.Close() }

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
