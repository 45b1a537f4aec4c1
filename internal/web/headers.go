package web

import "net/http"

// Shared by all answers: a header's values are only ever replaced or appended to, never written in place.
var (
	noSniff  = []string{"nosniff"}
	twoYears = []string{"max-age=63072000"}
)

func setSecurityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-Content-Type-Options"] = noSniff
		if overTLS(r.Context()) { // over http browsers ignore it
			h["Strict-Transport-Security"] = twoYears
		}
		next.ServeHTTP(w, r)
	})
}
