package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"reflect"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/msgraph"
	"github.com/teamwork-graphql/teamwork-graphql/internal/web"
)

// Config is the operator's interface: each field is an environment variable.
type Config struct {
	ListenAddr     string              `env:"LISTEN_ADDR" envDefault:"localhost:8080" help:"host:port to serve on; port 0 takes a free one"`
	GraphURL       string              `env:"GRAPH_URL" help:"Microsoft Graph's version root, such as https://graph.microsoft.com/beta; http only on loopback; unset: the sandbox, in this process"`
	GraphAuth      string              `env:"GRAPH_AUTH" help:"whose token goes to GRAPH_URL: application (this program's own, by the AZURE_... variables; serves loopback only), pass-through (the caller's), none (an upstream on loopback only)"`
	CreateRoute    msgraph.CreateRoute `env:"GRAPH_CREATE_ROUTE" envDefault:"collection" help:"how operations are created upstream: collection (POST .../operations) or actions (restart, runDiagnostics, updateSoftware)"`
	GraphRate      pace                `env:"GRAPH_RATE" help:"how many requests a second all replicas together send upstream for one application in one tenant, those in a batch counted each, and after a slash how many at once after a rest: such as 30/300, or off; unset: 30/300 to a Microsoft cloud, else off"`
	Concurrency    int                 `env:"GRAPH_CONCURRENCY" envDefault:"8" help:"how many HTTP requests to upstream this process has under way at a time for one application in one tenant"`
	RedisURL       string              `env:"REDIS_URL" help:"redis:// or rediss:// URL of the Redis that replicas share; unset: this process's memory"`
	RedisMode      cluster.Mode        `env:"REDIS_MODE" help:"what REDIS_URL leads to: single, sentinel (the URL names Sentinels, and the master by ?master_name=) or cluster (it names some nodes); unset: single"`
	Cache          string              `env:"CACHE" envDefault:"on" help:"on, or off to remember nothing"`
	CacheMemory    byteSize            `env:"CACHE_MEMORY" envDefault:"64MiB" help:"bytes of answers to keep in this process's memory, also in KiB, MiB or GiB; 0 keeps none there"`
	CacheStale     time.Duration       `env:"CACHE_STALE" envDefault:"24h" help:"how long past its freshness an answer may be served while upstream throttles, fails or is slow; 0s for never"`
	CachePatience  time.Duration       `env:"CACHE_PATIENCE" envDefault:"2s" help:"how long a reader waits for upstream before it gets such an answer"`
	DirectEncoding string              `env:"DIRECT_ENCODING" envDefault:"on" help:"on, or off to have gqlgen execute field by field what could be written straight to JSON: the same answers, slower"`
	Watch          string              `env:"WATCH" envDefault:"on" help:"on, or off to poll nothing for subscriptions: they still tell what is created and read through this server"`
	WatchIdle      time.Duration       `env:"WATCH_IDLE" envDefault:"0s" help:"how often, 5s or more, a watched device is read on which nothing is under way; 0s for never"`
	WatchMax       int                 `env:"WATCH_MAX" envDefault:"20000" help:"how many subscriptions this process has at a time"`
	CursorKeys     []string            `env:"CURSOR_KEY" help:"keys of 16 characters or more that sign cursors, separated by commas: the first signs, all are accepted; unset: a random one, and paging does not survive a restart"`
	AllowedOrigins []string            `env:"ALLOWED_ORIGINS" help:"origins whose pages may call /graphql, separated by commas, such as https://dashboard.example.com"`
	RequestTimeout time.Duration       `env:"REQUEST_TIMEOUT" envDefault:"15s" help:"how long a GraphQL request may take, 1s to 5m; a create is only sent with 3s left, or a third of this if that is less; a client may ask for less by the header GraphQL-Timeout, in milliseconds"`
	DrainDelay     time.Duration       `env:"DRAIN_DELAY" envDefault:"0s" help:"how long, after SIGTERM, requests are still taken while /readyz answers 503, so that a load balancer can look elsewhere"`
	AdminAddr      string              `env:"ADMIN_ADDR" envDefault:"localhost:9464" help:"host:port of /metrics and POST /admin/forget, or off for neither; port 0 takes a free one"`
	AdminToken     string              `env:"ADMIN_TOKEN" help:"bearer token of 16 characters or more for POST /admin/forget; unset: there is no such route"`
	LogLevel       slog.Level          `env:"LOG_LEVEL" envDefault:"info" help:"debug, info, warn or error"`
	LogFormat      string              `env:"LOG_FORMAT" envDefault:"text" help:"text or json"`

	// adminAsked says that ADMIN_ADDR was set: only then must it be free.
	adminAsked bool
}

// loadConfig reads and checks the environment. An error is one line that names the
// variable; it never repeats a value that may be a secret.
func loadConfig(environ []string) (Config, error) {
	cfg, err := env.ParseAsWithOptions[Config](env.Options{Environment: env.ToMap(environ)})
	if err != nil {
		return Config{}, unparsed(err)
	}
	cfg.adminAsked = env.ToMap(environ)["ADMIN_ADDR"] != ""
	for _, check := range []func() error{cfg.checkWords, cfg.checkUpstream, cfg.checkConcurrency, cfg.checkListen, cfg.checkCache, cfg.checkWatch, cfg.checkAdmin, cfg.checkLists} {
		if err := check(); err != nil {
			return Config{}, err
		}
	}
	return cfg, nil
}

// unparsed names the variable that could not be read; the library names the field.
func unparsed(err error) error {
	var parse env.ParseError
	if errors.As(err, &parse) {
		if field, ok := reflect.TypeFor[Config]().FieldByName(parse.Name); ok {
			return fmt.Errorf("%s: %w", field.Tag.Get("env"), parse.Err)
		}
	}
	return err
}

// sandboxed reports whether the upstream is the sandbox in this process.
func (c *Config) sandboxed() bool { return c.GraphURL == "" }

// checkWords refuses a word that is none of a variable's.
func (c *Config) checkWords() error {
	for _, v := range []struct {
		name, value string
		words       []string
	}{
		{"GRAPH_AUTH", c.GraphAuth, []string{"", "application", "pass-through", "none"}},
		{"GRAPH_CREATE_ROUTE", string(c.CreateRoute), []string{string(msgraph.Collection), string(msgraph.Actions)}},
		{"CACHE", c.Cache, []string{"on", "off"}},
		{"DIRECT_ENCODING", c.DirectEncoding, []string{"on", "off"}},
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
		return errors.New("GRAPH_AUTH must be set with GRAPH_URL: application, pass-through or none")
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

// checkListen keeps an application's data on this machine while callers are not
// verified.
func (c *Config) checkListen() error {
	if _, _, err := net.SplitHostPort(c.ListenAddr); err != nil {
		return fmt.Errorf("LISTEN_ADDR=%q is not host:port, such as localhost:8080", c.ListenAddr)
	}
	if c.GraphAuth == "application" && !c.listensOnLoopback() {
		return errors.New("GRAPH_AUTH=application serves loopback only, because callers are not verified: set LISTEN_ADDR=localhost:8080")
	}
	return nil
}

// listensOnLoopback reports whether only this machine can reach the server.
func (c *Config) listensOnLoopback() bool { return onLoopback(c.ListenAddr) }

// onLoopback reports whether only this machine can reach a host:port.
func onLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	return err == nil && web.IsLoopback(host)
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
	}
	return nil
}

// memory divides CACHE_MEMORY: all of it is near, unless the store is memory as well and
// needs its part. There, 0 would mean a default: one byte holds nothing.
func (c *Config) memory() (near, shared int64) {
	all := int64(c.CacheMemory)
	if c.RedisURL != "" {
		return all, 0
	}
	return all - all/4, max(1, all/4)
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

// writeHelp lists every variable with its default and meaning.
func writeHelp(w io.Writer) {
	fmt.Fprintln(w, "teamwork-graphql serves Microsoft Graph's Teams devices and their operations as GraphQL.")
	fmt.Fprintln(w, "\nUsage: teamwork-graphql [-help] [-version]\n\nIt is configured by environment variables:")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fields := reflect.TypeFor[Config]()
	for i := range fields.NumField() {
		tag := fields.Field(i).Tag
		if tag.Get("env") == "" {
			continue
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\n", tag.Get("env"), orNone(tag.Get("envDefault")), tag.Get("help"))
	}
	_ = table.Flush()
}

func orNone(value string) string {
	if value == "" {
		return "(unset)"
	}
	return value
}
