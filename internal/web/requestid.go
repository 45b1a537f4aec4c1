package web

import (
	"encoding/binary"
	"math/rand/v2"
	"net/http"

	"github.com/google/uuid"
)

const (
	requestIDHeader = "X-Request-Id"
	maxRequestID    = 64
)

// idOf keeps the caller's id when it is fit for a log line, and makes one otherwise.
func idOf(header http.Header) string {
	if given := header[requestIDHeader]; len(given) > 0 && wellFormed(given[0]) {
		return given[0]
	}
	return newRequestID()
}

// newRequestID returns a UUID of version 4. It names a request and keeps no secret, so it
// need not wait for the kernel's random numbers.
func newRequestID() string {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], rand.Uint64()) //nolint:gosec // no secret
	binary.BigEndian.PutUint64(id[8:], rand.Uint64()) //nolint:gosec // no secret
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

func wellFormed(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}
