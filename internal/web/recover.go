package web

import (
	"log/slog"
	"net/http"
	"runtime/debug"
)

// recoverPanics answers 500 where a handler panicked, or cuts the connection when part of an answer is already out: a
// truncated answer must not look like a whole one.
func recoverPanics(logger *slog.Logger) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				cause := recover()
				if cause == nil {
					return
				}
				if cause == http.ErrAbortHandler { //nolint:errorlint // as net/http asks
					panic(cause)
				}
				logger.LogAttrs(r.Context(), slog.LevelError, "panic",
					slog.Any("cause", cause),
					slog.String("requestId", RequestID(r.Context())),
					slog.String("stack", string(debug.Stack())))
				if rec, ok := w.(*recorder); ok && rec.status != 0 {
					panic(http.ErrAbortHandler)
				}
				writeError(w, r, http.StatusInternalServerError, "INTERNAL_SERVER_ERROR", "internal server error")
			}()
			next.ServeHTTP(w, r)
		})
	}
}
