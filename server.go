// Command teamwork-graphql serves Microsoft Graph's Teams devices and their
// operations as GraphQL.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"sync/atomic"
	"syscall"

	"github.com/teamwork-graphql/teamwork-graphql/graph"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cache"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/ledger"
	"github.com/teamwork-graphql/teamwork-graphql/internal/live"
	"github.com/teamwork-graphql/teamwork-graphql/internal/msgraph"
	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"github.com/teamwork-graphql/teamwork-graphql/internal/web"
	"github.com/teamwork-graphql/teamwork-graphql/resolvers"
)

//go:generate go run ./graph/plangen

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends at once
	program := program{args: os.Args[1:], environ: os.Environ(), out: os.Stdout, log: os.Stderr, serving: func(net.Addr) { paceCollector(isSet) }}
	if err := program.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "teamwork-graphql:", err)
		os.Exit(1)
	}
}

func isSet(name string) bool {
	_, set := os.LookupEnv(name)
	return set
}

// program is one run of the server, whole: tests start the same.
type program struct {
	args    []string
	environ []string
	out     io.Writer // what was asked for
	log     io.Writer // banner and log
	// serving, if set, is called with the address once requests are answered.
	serving func(net.Addr)
}

// run serves until ctx ends, then drains.
func (p program) run(ctx context.Context) error {
	flags := flag.NewFlagSet("teamwork-graphql", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	showVersion := flags.Bool("version", false, "")
	if err := flags.Parse(p.args); errors.Is(err, flag.ErrHelp) {
		writeHelp(p.out)
		return nil
	} else if err != nil || flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q; -help lists what there is", p.args[0])
	}
	if *showVersion {
		_, err := fmt.Fprintln(p.out, "teamwork-graphql", version())
		return err
	}
	cfg, err := loadConfig(p.environ)
	if err != nil {
		return err
	}
	parts, err := build(cfg, newLogger(cfg, p.log), p.log)
	if err != nil {
		return err
	}
	defer parts.close()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.ListenAddr)
	if err != nil {
		return fmt.Errorf("LISTEN_ADDR: %w", err)
	}
	admin, err := parts.listenAdmin(ctx)
	if err != nil {
		_ = listener.Close()
		return err
	}
	defer parts.serveAdmin(admin)()
	parts.banner(p.log, listener.Addr(), admin)
	if p.serving != nil {
		p.serving(listener.Addr())
	}
	return parts.serve(ctx, listener)
}

// parts is the house, built.
type parts struct {
	cfg      Config
	log      *slog.Logger
	upstream string
	store    cluster.Store // what replicas share
	answers  cluster.Store // what the cache keeps: in the same Redis, but not the same memory
	client   *msgraph.Client
	cache    *cache.Service // nil when nothing is remembered
	admin    *cache.Admin   // likewise
	ledger   *ledger.Service
	watcher  *live.Watcher
	metrics  *metrics
	graphQL  *graph.Handler
	handler  http.Handler
	draining atomic.Bool
	auditTo  io.Writer // without a file of its own
	audit    io.Closer // the file, nil without
	audited  *ledger.Audited
	notes    []string // what the banner should say besides
}

// build makes the parts and joins them, from the bottom up.
func build(cfg Config, log *slog.Logger, auditTo io.Writer) (*parts, error) {
	p := &parts{cfg: cfg, log: log, auditTo: auditTo, upstream: cfg.GraphURL, metrics: newMetrics()}
	options := msgraph.Options{URL: cfg.GraphURL, CreateRoute: cfg.CreateRoute, UserAgent: "teamwork-graphql/" + version(), Timeout: cfg.RequestTimeout, Observe: p.metrics.sent, ObserveInner: p.metrics.asked, Logger: log}
	extra := map[string]http.Handler{}
	if cfg.sandboxed() {
		box := sandbox.New(sandbox.Options{})
		options.URL, options.Transport = "http://sandbox.localhost/beta", box
		// Another process's sandbox is another tenant, even under the same Redis.
		p.upstream = "sandbox " + rand.Text()
		extra["/_sandbox/"] = box
	}
	who, err := newAuth(cfg, p.upstream, log)
	if err != nil {
		return nil, err
	}
	options.Authorization, options.CallersToken = who.Policy(), who.CallersToken()
	if err := p.openStores(); err != nil {
		return nil, err
	}
	options.Shared, options.Concurrency, options.Withheld = p.store, cfg.Concurrency, p.metrics.withheld
	options.Rate, options.Burst = cfg.pace().rate, cfg.pace().burst
	if p.client, err = msgraph.New(options); err != nil {
		p.close()
		return nil, err
	}
	p.metrics.watchCircuit(p.client)
	service, err := p.auditing(p.watching(p.onlyOnce(p.remembering(p.client))))
	if err != nil {
		p.close()
		return nil, err
	}
	machine := graph.Options{
		Resolvers: &resolvers.Resolver{Service: service, Watcher: p.watcher, Cursors: resolvers.NewCursors(cfg.CursorKeys...), NotSent: p.notSent},
		Refuse:    resolvers.Refuse,
		Refused:   p.refused,
		Prepare:   p.client.Gathering,
		Unplanned: cfg.DirectEncoding == "off",
		Answers:   cfg.memory().answers,
		Again:     p.metrics.again.Inc,
		Encoder:   web.NewEncodings(),
		RequestID: web.RequestID,
		Timeout:   cfg.RequestTimeout,
		Caller:    who.Caller,
		Observe:   p.metrics.stays,
		Logger:    log,
	}
	if err := p.protect(&machine); err != nil {
		p.close()
		return nil, err
	}
	p.graphQL = graph.NewHandler(machine)
	p.handler = web.NewHandler(web.Options{
		GraphQL: who.Identify(p.graphQL, web.RequestID), Sockets: p.graphQL.Sockets(), Extra: extra, AllowedOrigins: cfg.AllowedOrigins, Logger: log, Draining: p.draining.Load,
		CheckHost: true, AllowedHosts: cfg.AllowedHosts, TrustedProxies: cfg.proxies, NoConsole: cfg.Console == "off", Console: cfg.console(),
	})
	return p, nil
}

// openStores opens what replicas share, which is more than the cache: it is there even
// when nothing is remembered. Without Redis the answers get a memory of their own, so
// that they can't press out the rest.
func (p *parts) openStores() (err error) {
	options := cluster.Options{Mode: p.cfg.RedisMode, Observe: p.metrics.redis, Logger: p.log}
	if p.store, err = cluster.Open(p.cfg.RedisURL, options); err != nil {
		return fmt.Errorf("REDIS_URL: %w", err)
	}
	p.answers = p.store
	if p.cfg.RedisURL == "" {
		options.Memory = p.cfg.memory().store
		p.answers, err = cluster.Open("", options)
	}
	return err
}

// remembering puts the cache before a Service, unless it is off.
func (p *parts) remembering(next teamwork.Service) teamwork.Service {
	if p.cfg.Cache == "off" {
		return next
	}
	p.cache = cache.New(next, cache.Options{
		Store: p.answers, Memory: p.cfg.memory().near, LoadTimeout: p.cfg.RequestTimeout, Stale: orNever(p.cfg.CacheStale), Patience: max(p.cfg.CachePatience, 1), Observe: p.metrics.read, Sighted: p.sighted, Logger: p.log,
	})
	p.metrics.watch(p.cache)
	p.admin = cache.NewAdmin(p.cache)
	return p.admin
}

// onlyOnce puts the ledger before a Service. What became of a create it looks up past the
// cache, and without Redis its memory is its own: it must not forget to make room.
func (p *parts) onlyOnce(next teamwork.Service) teamwork.Service {
	options := ledger.Options{Upstream: p.client, Logger: p.log}
	if p.cfg.RedisURL != "" {
		options.Store = p.store
	}
	p.ledger = ledger.New(next, options)
	return p.ledger
}

// close lets go of what was opened, in the opposite order.
func (p *parts) close() {
	if p.watcher != nil {
		p.watcher.Close()
	}
	if p.ledger != nil {
		p.ledger.Close()
	}
	if p.cache != nil {
		p.admin.Close()
		p.cache.Close()
	}
	if p.client != nil {
		p.client.Close()
	}
	if p.answers != nil && p.answers != p.store {
		_ = p.answers.Close()
	}
	if p.store != nil {
		_ = p.store.Close()
	}
	if p.audit != nil {
		_ = p.audit.Close()
	}
}

func newLogger(cfg Config, w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// version is what the module system or the version control knows of this build.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	return "devel"
}
