package web

import (
	"net/http"

	"github.com/rs/cors"
)

// preflightMaxAge spares a page the preflight of all but its first call for two hours, the longest that browsers keep.
const preflightMaxAge = 7200

// allowOrigins lets the pages of these origins call; with none, browsers keep other origins away by themselves.
// No cookie identifies a caller here, so credentials are never allowed.
func allowOrigins(origins []string) middleware {
	if len(origins) == 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodPost, http.MethodOptions},
		AllowedHeaders: []string{"Content-Type", "Authorization", "GraphQL-Preflight", "GraphQL-Timeout", requestIDHeader},
		ExposedHeaders: []string{requestIDHeader, "WWW-Authenticate", "Retry-After", "RateLimit", "RateLimit-Policy"},
		MaxAge:         preflightMaxAge,
	}).Handler
}
