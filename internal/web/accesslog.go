package web

import (
	"cmp"
	"log/slog"
	"net/http"
	"time"
)

// logAccess writes one line on the way out, and one when an event stream begins. Only the path is told of the URL, and nothing of headers and bodies: a query
// string or a header may hold a token.
func logAccess(logger *slog.Logger) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			rec := &recorder{ResponseWriter: w, conn: connFrom(r.Context())}
			if takesEvents(r) {
				rec.streams = func() {
					logger.LogAttrs(r.Context(), slog.LevelInfo, "a stream begins", slog.String("path", r.URL.Path), slog.String("requestId", RequestID(r.Context())))
				}
			}
			// Deferred, because an aborted answer leaves by a panic.
			defer func() {
				level := accessLevel(r.URL.Path)
				if !logger.Enabled(r.Context(), level) {
					return
				}
				logger.LogAttrs(r.Context(), level, "request",
					slog.String("method", r.Method),
					slog.String("path", r.URL.Path),
					slog.Int("status", cmp.Or(rec.status, http.StatusOK)),
					slog.Int64("bytes", rec.bytes),
					slog.Duration("duration", time.Since(start)),
					slog.String("requestId", RequestID(r.Context())))
			}()
			next.ServeHTTP(rec, r)
		})
	}
}

// accessLevel keeps what asks again and again, as probes and scrapes do, out of the ordinary log.
func accessLevel(path string) slog.Level {
	if path == "/healthz" || path == "/readyz" || path == "/metrics" {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}
