// Package web is the server's outer shell: routes, middleware, health, and the console's files, embedded. It is handed
// finished http.Handlers and knows nothing of what they answer.
package web

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/netip"
)

const defaultMaxBody = 256 << 10

// Options says what the site is made of. The zero value serves the console and health alone.
type Options struct {
	// GraphQL is served at /graphql. It gets bodies that fail to read past MaxBody.
	GraphQL http.Handler
	// Sockets gets requests to /graphql for a WebSocket, of pages that may call it or of
	// no page; nil leaves them to GraphQL. It may keep their connections.
	Sockets http.Handler
	// Console is what the page at / is told.
	Console Console
	// Extra are further patterns, in http.ServeMux's words. They get neither CORS, body limit nor compression.
	Extra map[string]http.Handler
	// AllowedOrigins are the origins, letter by letter, whose pages may call /graphql; none when empty.
	AllowedOrigins []string
	// Logger gets one line for each request; nil means slog.Default().
	Logger *slog.Logger
	// MaxBody is the largest request body of /graphql in bytes; 0 means 256 KiB.
	MaxBody int64
	// TrustedProxies are whose word is taken for where a request came from, and how.
	TrustedProxies []netip.Prefix
	// NoConsole serves no pages.
	NoConsole bool
	// CheckHost refuses requests that were meant for a name which is neither this
	// machine's own nor one of AllowedHosts, which have no port. Health is told to all who
	// ask by an address, as probes do.
	CheckHost    bool
	AllowedHosts []string
	// Draining makes /readyz answer 503 while it returns true; nil means never.
	Draining func() bool
}

// A middleware wraps a handler in one more habit.
type middleware func(http.Handler) http.Handler

// NewHandler returns the whole site.
func NewHandler(o Options) http.Handler {
	o.Logger = cmp.Or(o.Logger, slog.Default())
	o.MaxBody = cmp.Or(o.MaxBody, defaultMaxBody)
	if o.Draining == nil {
		o.Draining = func() bool { return false }
	}
	site := routes(o)
	if o.CheckHost {
		site = onlyNames(o.AllowedHosts)(site)
	}
	return chain(site,
		receive(o.TrustedProxies), // first, so that every line and every error can carry its id
		logAccess(o.Logger),       // outside recovery: a panic is a request too, with status 500
		recoverPanics(o.Logger),   // needs the recorder of logAccess to know whether an answer has begun
		setSecurityHeaders,        // on every answer, refusals and panics included
	)
}

// guarded is what stands before the GraphQL endpoint only.
func guarded(o Options) http.Handler {
	shared := []middleware{
		allowOrigins(o.AllowedOrigins), // before the limit: a page must be able to read a 413
		limitBody(o.MaxBody),
	}
	answers := compress(o.GraphQL) // innermost: what it wraps is the answer alone
	var sockets http.Handler
	if o.Sockets != nil {
		sockets = onlyOrigins(o.AllowedOrigins)(o.Sockets)
	}
	// A stream is not held back to be compressed.
	return staysOpen(sockets, chain(compressUnlessEvents(o.GraphQL), shared...), chain(answers, shared...))
}

// chain puts the first middleware outermost.
func chain(h http.Handler, outermostFirst ...middleware) http.Handler {
	for i := len(outermostFirst) - 1; i >= 0; i-- {
		h = outermostFirst[i](h)
	}
	return h
}
