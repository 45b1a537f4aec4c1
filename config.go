package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"reflect"
	"text/tabwriter"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/msgraph"
)

// Config is the operator's interface: each field is an environment variable.
type Config struct {
	ListenAddr       string              `env:"LISTEN_ADDR" envDefault:"localhost:8080" help:"host:port to serve on; port 0 takes a free one"`
	GraphURL         string              `env:"GRAPH_URL" help:"Microsoft Graph's version root, such as https://graph.microsoft.com/beta; http only on loopback; unset: the sandbox, in this process"`
	GraphAuth        string              `env:"GRAPH_AUTH" help:"whose token goes to GRAPH_URL: application (this program's own, by the AZURE_... variables), delegated (one on behalf of the caller, by the same), pass-through (the caller's), none (an upstream on loopback only)"`
	OIDCIssuer       string              `env:"OIDC_ISSUER" help:"the issuer of callers' tokens, as it stands in their iss, such as https://login.microsoftonline.com/<tenant>/v2.0; {tenantid} for the tenant serves all of them; needed for application and delegated where other machines can reach LISTEN_ADDR"`
	OIDCAudience     []string            `env:"OIDC_AUDIENCE" help:"what callers' tokens are meant for, as it stands in their aud, such as api://<client id>; separated by commas, one of them must do; needed with OIDC_ISSUER"`
	CreateRoute      msgraph.CreateRoute `env:"GRAPH_CREATE_ROUTE" envDefault:"collection" help:"how operations are created upstream: collection (POST .../operations) or actions (restart, runDiagnostics, updateSoftware)"`
	GraphRate        pace                `env:"GRAPH_RATE" help:"how many requests a second all replicas together send upstream for one application in one tenant, those in a batch counted each, and after a slash how many at once after a rest: such as 30/300, or off; unset: 30/300 to a Microsoft cloud, else off"`
	Concurrency      int                 `env:"GRAPH_CONCURRENCY" envDefault:"8" help:"how many HTTP requests to upstream this process has under way at a time for one application in one tenant"`
	RedisURL         string              `env:"REDIS_URL" help:"redis:// or rediss:// URL of the Redis that replicas share; unset: this process's memory"`
	RedisMode        cluster.Mode        `env:"REDIS_MODE" help:"what REDIS_URL leads to: single, sentinel (the URL names Sentinels, and the master by ?master_name=) or cluster (it names some nodes); unset: single"`
	Cache            string              `env:"CACHE" envDefault:"on" help:"on, or off to remember nothing"`
	CacheMemory      byteSize            `env:"CACHE_MEMORY" envDefault:"64MiB" help:"bytes of answers to keep in this process's memory, also in KiB, MiB or GiB; 0 keeps none there"`
	CacheStale       time.Duration       `env:"CACHE_STALE" envDefault:"24h" help:"how long past its freshness an answer may be served while upstream throttles, fails or is slow; 0s for never"`
	CachePatience    time.Duration       `env:"CACHE_PATIENCE" envDefault:"2s" help:"how long a reader waits for upstream before it gets such an answer"`
	CostLimit        int                 `env:"COST_LIMIT" envDefault:"10000" help:"what one operation may cost, as estimated by @cost and @listSize of the schema"`
	CostBudget       int                 `env:"COST_BUDGET" envDefault:"0" help:"what a caller may spend in a minute on all replicas together; 0 for no bound"`
	TrustedDocuments string              `env:"TRUSTED_DOCUMENTS" help:"a file such as graphql-codegen's persisted-documents.json, or a folder of such and of .graphql files: only those documents are executed, by id or by text"`
	Introspection    string              `env:"INTROSPECTION" envDefault:"on" help:"on, or off to keep the schema from clients"`
	HTTPGet          string              `env:"HTTP_GET" envDefault:"on" help:"on, or off to take queries by POST only"`
	Console          string              `env:"CONSOLE" envDefault:"on" help:"on, or off to serve no pages"`
	AuditLog         string              `env:"AUDIT_LOG" help:"a file that gets a line of JSON before and after each create, also one that is refused; unset: standard error"`
	TrustedProxies   []string            `env:"TRUSTED_PROXIES" help:"addresses and networks of proxies, separated by commas, whose X-Forwarded-For and X-Forwarded-Proto are believed, such as 10.0.0.0/8"`
	DirectEncoding   string              `env:"DIRECT_ENCODING" envDefault:"on" help:"on, or off to have gqlgen execute field by field what could be written straight to JSON: the same answers, slower"`
	Answers          string              `env:"REMEMBER_ANSWERS" envDefault:"on" help:"on, or off to put each answer together anew, from what is remembered of its parts"`
	Watch            string              `env:"WATCH" envDefault:"on" help:"on, or off to poll nothing for subscriptions: they still tell what is created and read through this server"`
	WatchIdle        time.Duration       `env:"WATCH_IDLE" envDefault:"0s" help:"how often, 5s or more, a watched device is read on which nothing is under way; 0s for never"`
	WatchMax         int                 `env:"WATCH_MAX" envDefault:"20000" help:"how many subscriptions this process has at a time"`
	WatchPerCaller   int                 `env:"WATCH_PER_CALLER" envDefault:"200" help:"how many of them one caller has whom OIDC_ISSUER verified"`
	CursorKeys       []string            `env:"CURSOR_KEY" help:"keys of 16 characters or more that sign cursors, separated by commas: the first signs, all are accepted; unset: a random one, and paging does not survive a restart"`
	AllowedHosts     []string            `env:"ALLOWED_HOSTS" help:"names under which this server is called, beside those of loopback, separated by commas, such as graphql.example.com"`
	AllowedOrigins   []string            `env:"ALLOWED_ORIGINS" help:"origins whose pages may call /graphql, separated by commas, such as https://dashboard.example.com"`
	RequestTimeout   time.Duration       `env:"REQUEST_TIMEOUT" envDefault:"15s" help:"how long a GraphQL request may take, 1s to 5m; a create is only sent with 3s left, or a third of this if that is less; a client may ask for less by the header GraphQL-Timeout, in milliseconds"`
	DrainDelay       time.Duration       `env:"DRAIN_DELAY" envDefault:"0s" help:"how long, after SIGTERM, requests are still taken while /readyz answers 503, so that a load balancer can look elsewhere"`
	AdminAddr        string              `env:"ADMIN_ADDR" envDefault:"localhost:9464" help:"host:port of /metrics and POST /admin/forget, or off for neither; port 0 takes a free one"`
	AdminToken       string              `env:"ADMIN_TOKEN" help:"bearer token of 16 characters or more for POST /admin/forget; unset: there is no such route"`
	ConsoleClient    string              `env:"CONSOLE_CLIENT_ID" help:"the client id by which the console signs callers in, with PKCE; unset: it asks without a token"`
	ConsoleIssuer    string              `env:"CONSOLE_AUTHORITY" help:"the OpenID Connect issuer at which the console signs callers in, such as https://login.microsoftonline.com/TENANT/v2.0; unset: OIDC_ISSUER"`
	ConsoleScope     string              `env:"CONSOLE_SCOPE" envDefault:"openid profile offline_access" help:"the scopes that the console asks the issuer for, separated by blanks; those of the API belong here too"`
	LogLevel         slog.Level          `env:"LOG_LEVEL" envDefault:"info" help:"debug, info, warn or error"`
	LogFormat        string              `env:"LOG_FORMAT" envDefault:"text" help:"text or json"`

	proxies []netip.Prefix // TrustedProxies, read

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
	for _, check := range []func() error{cfg.checkWords, cfg.checkUpstream, cfg.checkConcurrency, cfg.checkListen, cfg.checkCallers, cfg.checkCache, cfg.checkWatch, cfg.checkAdmin, cfg.checkConsole, cfg.checkCosts, cfg.checkLists} {
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
