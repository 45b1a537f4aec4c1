package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/msgraph"
	"github.com/teamwork-graphql/teamwork-graphql/internal/web"
)

// checkWords refuses a word that is none of a variable's.
func (c *Config) checkWords() error {
	for _, v := range []struct {
		name, value string
		words       []string
	}{
		{"GRAPH_AUTH", c.GraphAuth, []string{"", "application", "delegated", "pass-through", "none"}},
		{"GRAPH_CREATE_ROUTE", string(c.CreateRoute), []string{string(msgraph.Collection), string(msgraph.Actions)}},
		{"CACHE", c.Cache, []string{"on", "off"}},
		{"DIRECT_ENCODING", c.DirectEncoding, []string{"on", "off"}},
		{"REMEMBER_ANSWERS", c.Answers, []string{"on", "off"}},
		{"INTROSPECTION", c.Introspection, []string{"on", "off"}},
		{"HTTP_GET", c.HTTPGet, []string{"on", "off"}},
		{"CONSOLE", c.Console, []string{"on", "off"}},
		{"WATCH", c.Watch, []string{"on", "off"}},
		{"REDIS_MODE", string(c.RedisMode), []string{"", string(cluster.Single), string(cluster.Sentinel), string(cluster.Cluster)}},
		{"LOG_FORMAT", c.LogFormat, []string{"text", "json"}},
	} {
		if err := oneOf(v.name, v.value, v.words); err != nil {
			return err
		}
	}
	return nil
}

func oneOf(name, value string, words []string) error {
	for _, w := range words {
		if value == w {
			return nil
		}
	}
	return fmt.Errorf("%s=%q is not one of: %s", name, value, strings.TrimPrefix(strings.Join(words, ", "), ", "))
}

// checkUpstream keeps tokens from leaving over plain http, and a tenant from being
// served to whoever can reach this machine.
func (c *Config) checkUpstream() error {
	if c.sandboxed() {
		if c.GraphAuth != "" {
			return fmt.Errorf("GRAPH_AUTH=%s needs GRAPH_URL: the sandbox wants no token", c.GraphAuth)
		}
		return nil
	}
	u, err := url.Parse(c.GraphURL)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return errors.New("GRAPH_URL must be an absolute URL without a query, such as https://graph.microsoft.com/beta")
	}
	local := web.IsLoopback(u.Hostname())
	switch {
	case strings.Trim(u.Path, "/") == "":
		return errors.New("GRAPH_URL must end in the version root, such as /beta")
	case u.Scheme == "http" && !local:
		return errors.New("GRAPH_URL must be https unless its host is on loopback: tokens would travel in the clear")
	case c.GraphAuth == "":
		return errors.New("GRAPH_AUTH must be set with GRAPH_URL: application, delegated, pass-through or none")
	case c.GraphAuth == "none" && !local:
		return errors.New("GRAPH_AUTH=none is only for a GRAPH_URL on loopback")
	}
	return nil
}

// maxConcurrency is about as many connections as one host is given.
const maxConcurrency = 128

func (c *Config) checkConcurrency() error {
	if c.Concurrency < 1 || c.Concurrency > maxConcurrency {
		return fmt.Errorf("GRAPH_CONCURRENCY=%d is not from 1 to %d", c.Concurrency, maxConcurrency)
	}
	return nil
}

// checkCache refuses what would not do what it says.
func (c *Config) checkCache() error {
	switch {
	case c.RedisMode != "" && c.RedisURL == "":
		return fmt.Errorf("REDIS_MODE=%s needs REDIS_URL", c.RedisMode)
	case c.CacheStale < 0:
		return errors.New("CACHE_STALE must not be negative")
	case c.CachePatience < 0:
		return errors.New("CACHE_PATIENCE must not be negative")
	}
	return nil
}

// leastIdle is how often idle devices may be read: upstream's terms ask not to poll.
const leastIdle = 5 * time.Second

func (c *Config) checkWatch() error {
	switch {
	case c.WatchIdle < 0 || c.WatchIdle > 0 && c.WatchIdle < leastIdle:
		return fmt.Errorf("WATCH_IDLE=%s is neither 0s nor %s or more", c.WatchIdle, leastIdle)
	case c.WatchIdle > 0 && c.Watch == "off":
		return errors.New("WATCH_IDLE polls, and WATCH=off forbids it")
	case c.WatchMax < 1:
		return fmt.Errorf("WATCH_MAX=%d is not 1 or more", c.WatchMax)
	case c.WatchPerCaller < 1:
		return fmt.Errorf("WATCH_PER_CALLER=%d is not 1 or more", c.WatchPerCaller)
	}
	return nil
}

// shares are what CACHE_MEMORY is divided into, in bytes.
type shares struct{ near, store, answers int64 }

// memory divides CACHE_MEMORY. What is near gets what the others leave: a quarter is for
// whole answers, and one for the store where that is memory as well. There, 0 would mean a
// default: one byte holds nothing.
func (c *Config) memory() (s shares) {
	s.near = int64(c.CacheMemory)
	quarter := s.near / 4
	if c.RedisURL == "" {
		s.store = max(1, quarter)
		s.near -= quarter
	}
	if c.Answers != "off" && c.Cache != "off" {
		s.answers = quarter
		s.near -= quarter
	}
	return s
}

// orNever is how the cache is told not to serve what is past its freshness.
func orNever(stale time.Duration) time.Duration {
	if stale == 0 {
		return -1
	}
	return stale
}

// minAdminToken is the shortest admin token that is taken, in bytes.
const minAdminToken = 16

func (c *Config) checkAdmin() error {
	if _, _, err := net.SplitHostPort(c.AdminAddr); err != nil && c.AdminAddr != "off" {
		return fmt.Errorf("ADMIN_ADDR=%q is not host:port, such as localhost:9464, nor off", c.AdminAddr)
	}
	if c.AdminToken == "" {
		return nil
	}
	if len(c.AdminToken) < minAdminToken || strings.ContainsFunc(c.AdminToken, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return fmt.Errorf("ADMIN_TOKEN must have %d characters or more, of ASCII and without blanks", minAdminToken)
	}
	return nil
}

// minCursorKey is the shortest key that is taken, in bytes.
const minCursorKey = 16

// REQUEST_TIMEOUT is from the least that upstream can be asked in, to the longest that
// proxies on the way usually wait.
const (
	minRequestTimeout = time.Second
	maxRequestTimeout = 5 * time.Minute
)

func (c *Config) checkLists() error {
	if c.DrainDelay < 0 {
		return errors.New("DRAIN_DELAY must not be negative")
	}
	if c.RequestTimeout < minRequestTimeout || c.RequestTimeout > maxRequestTimeout {
		return fmt.Errorf("REQUEST_TIMEOUT=%s is not from %s to %s", c.RequestTimeout, minRequestTimeout, maxRequestTimeout)
	}
	for i, key := range c.CursorKeys {
		key = strings.TrimSpace(key)
		c.CursorKeys[i] = key
		if len(key) < minCursorKey {
			return fmt.Errorf("CURSOR_KEY holds a key of fewer than %d characters", minCursorKey)
		}
	}
	for i, origin := range c.AllowedOrigins {
		origin = strings.TrimSpace(origin)
		c.AllowedOrigins[i] = origin
		u, err := url.Parse(origin)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.Scheme+"://"+u.Host != origin {
			return fmt.Errorf("ALLOWED_ORIGINS holds %q, which is no origin: scheme and host, no path or slash, such as https://dashboard.example.com", origin)
		}
	}
	return nil
}

// checkCosts reads what bounds callers.
func (c *Config) checkCosts() (err error) {
	if c.CostLimit < 1 {
		return fmt.Errorf("COST_LIMIT=%d is not positive", c.CostLimit)
	}
	if c.CostBudget < 0 || c.CostBudget > 0 && c.CostBudget < c.CostLimit {
		return fmt.Errorf("COST_BUDGET=%d must be 0, or no less than COST_LIMIT", c.CostBudget)
	}
	if c.proxies, err = web.ParseProxies(c.TrustedProxies); err != nil {
		return fmt.Errorf("TRUSTED_PROXIES: %w", err)
	}
	return nil
}
