package web

import (
	"net/http"
	"strings"
)

// eventStream is what an answer that stays open is made of.
const eventStream = "text/event-stream"

// takesEvents reports whether the answer to a request may be an event stream. What it is
// in the end, its handler decides: some clients take both for whatever they ask.
func takesEvents(r *http.Request) bool {
	for _, v := range r.Header.Values("Accept") {
		if strings.Contains(strings.ToLower(v), eventStream) {
			return true
		}
	}
	return false
}

// isEvents reports whether an answer with this header is an event stream.
func isEvents(h http.Header) bool {
	return strings.HasPrefix(h.Get("Content-Type"), eventStream)
}

// compressUnlessEvents compresses what turns out to be no event stream. A compressor would
// hold even the header of one back until there is something to compress.
func compressUnlessEvents(next http.Handler) http.Handler {
	return http.HandlerFunc(func(plain http.ResponseWriter, r *http.Request) {
		compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&undecided{ResponseWriter: w, plain: plain}, r)
		})).ServeHTTP(plain, r)
	})
}

// undecided is an answer that goes through a compressor, or past it, as its header says
// when it begins.
type undecided struct {
	http.ResponseWriter
	plain http.ResponseWriter
	begun bool
}

func (u *undecided) begin() {
	if !u.begun && isEvents(u.Header()) {
		u.ResponseWriter = u.plain
	}
	u.begun = true
}

// WriteHeader decides; 1xx are not an answer yet.
func (u *undecided) WriteHeader(status int) {
	if status >= http.StatusOK {
		u.begin()
	}
	u.ResponseWriter.WriteHeader(status)
}

// Write decides, if nothing has.
func (u *undecided) Write(p []byte) (int, error) {
	u.begin()
	return u.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (u *undecided) Unwrap() http.ResponseWriter { return u.ResponseWriter }
