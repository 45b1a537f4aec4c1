package web

import (
	"context"
	"net/http"
	"time"
)

// limitTime gives a request its deadline. Whoever works for it sees that in the
// context; nobody is cut off, so that there is time left to answer with what there is.
func limitTime(limit time.Duration) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), limit)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}
