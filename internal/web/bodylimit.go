package web

import (
	"fmt"
	"net/http"
)

// limitBody refuses a body that says it is too large, and lets one that hides its size fail when it is read too far.
func limitBody(limit int64) middleware {
	message := fmt.Sprintf("the request body is larger than %d bytes", limit)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength > limit {
				writeError(w, r, http.StatusRequestEntityTooLarge, "PAYLOAD_TOO_LARGE", message)
				return
			}
			// A declared length within the limit is a limit already: net/http reads no further.
			if r.ContentLength < 0 {
				r.Body = http.MaxBytesReader(w, r.Body, limit)
			}
			next.ServeHTTP(w, r)
		})
	}
}
