package cluster

import (
	"crypto/tls"
	"errors"
	"fmt"
	neturl "net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	// patience is how long a call waits for Redis in all, unless a test has more: for
	// a connection, the dialling of one, the writing and the reading.
	patience = 100 * time.Millisecond
	// findMaster is how long a connection behind Sentinel may take in the
	// background, where nobody waits for it longer than patience: a Sentinel that
	// is silent is asked twice before another is.
	findMaster = 5 * patience
	// connections bounds the pool to one server unless the URL's pool_size does: a
	// read occupies one for well under a millisecond.
	connections = 32
	// samePool has pipelines use the connections of all others, instead of ten more
	// that are not there when they are needed, with a quarter of a megabyte each.
	samePool = -1
	// redirects is how often a cluster may say that a key is elsewhere. go-redis
	// counts a call that failed as well.
	redirects = 2
)

var (
	wantURL = map[Mode]string{
		Single:   "want redis://[user:password@]host[:port][/database], rediss:// for TLS, or unix://[user:password@]/path/to/socket[?db=number]",
		Sentinel: "want redis://host[:port][/database]?master_name=name[&addr=host:port][&username=user&password=password], or rediss:// for TLS",
		Cluster:  "want redis://[user:password@]host[:port][?addr=host:port], or rediss:// for TLS",
	}
	schemes = map[Mode]string{Single: "redis rediss unix", Sentinel: "redis rediss", Cluster: "redis rediss"}
)

// checkURL finds what is wrong with url. What net/url or go-redis say of it may
// quote it, so that is not passed on.
func checkURL(mode Mode, url string) error {
	want, ok := wantURL[mode]
	if !ok {
		return errors.New("the Redis mode is none of single, sentinel and cluster")
	}
	parsed, err := neturl.Parse(url)
	if err != nil {
		return errors.New("the Redis URL can't be read: " + want + "; in a password, other characters than letters and digits must be percent-encoded")
	}
	for scheme := range strings.FieldsSeq(schemes[mode]) {
		if parsed.Scheme == scheme {
			return nil
		}
	}
	return errors.New("the Redis URL has another scheme than ours: " + want)
}

// errURL is for what go-redis finds wrong.
func errURL(mode Mode) error {
	return errors.New("the Redis URL has a wrong path or an unknown parameter: " + wantURL[mode])
}

// The three functions below read a URL. Its parameters may set the pool's size, but
// not how long we wait, how often we try, nor that replicas are read. Nothing is
// asked of a new connection that a short list of permitted commands would refuse, or
// that costs a round trip.

func singleSettings(url string, opts Options) (*redis.Options, error) {
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, errURL(Single)
	}
	o.ContextTimeoutEnabled = true // else a context bounds no socket
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = opts.Patience, opts.Patience, opts.Patience, opts.Patience
	o.MaxRetries = -1   // a retry would multiply what a dead Redis costs
	o.DialerRetries = 1 // likewise: go-redis dials five times otherwise
	o.PoolSize = poolSize(o.PoolSize)
	o.MaxActiveConns, o.PipelinePoolSize = o.PoolSize, samePool
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	trust(o.TLSConfig, opts)
	return o, nil
}

func sentinelSettings(url string, opts Options) (*redis.FailoverOptions, error) {
	o, err := redis.ParseFailoverURL(url)
	if err != nil {
		return nil, errURL(Sentinel)
	}
	if o.MasterName == "" {
		return nil, errors.New("the Redis URL has no master_name: " + wantURL[Sentinel])
	}
	o.ContextTimeoutEnabled = true
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = max(findMaster, opts.Patience), opts.Patience, opts.Patience, opts.Patience
	o.MaxRetries, o.DialerRetries = -1, 1
	o.PoolSize = poolSize(o.PoolSize)
	o.MaxActiveConns, o.PipelinePoolSize = o.PoolSize, samePool
	o.DisableIdentity = true
	o.ReplicaOnly, o.RouteByLatency, o.RouteRandomly = false, false, false
	trust(o.TLSConfig, opts)
	return o, nil
}

func clusterSettings(url string, opts Options) (*redis.ClusterOptions, error) {
	o, err := redis.ParseClusterURL(url)
	if err != nil {
		return nil, errURL(Cluster)
	}
	o.ContextTimeoutEnabled = true
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = opts.Patience, opts.Patience, opts.Patience, opts.Patience
	o.MaxRetries, o.DialerRetries, o.MaxRedirects = -1, 1, redirects
	o.MinRetryBackoff, o.MaxRetryBackoff = -1, -1
	o.PoolSize = poolSize(o.PoolSize)
	o.MaxActiveConns, o.PipelinePoolSize = o.PoolSize, samePool
	o.DisableIdentity = true
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	o.ReadOnly, o.RouteByLatency, o.RouteRandomly = false, false, false
	o.DisableRoutingPolicies = true // they would ask for COMMAND, and tear an MGET apart
	trust(o.TLSConfig, opts)
	return o, nil
}

func poolSize(asked int) int {
	if asked <= 0 {
		return connections
	}
	return asked
}

func trust(c *tls.Config, opts Options) {
	if c != nil && opts.RootCAs != nil {
		c.RootCAs = opts.RootCAs
	}
}

// placeOf says where Redis is; addrs hold no credentials.
func placeOf(what string, addrs []string) string {
	return fmt.Sprintf("%s at %s", what, strings.Join(addrs, ", "))
}
