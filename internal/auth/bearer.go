package auth

import (
	"net/http"
	"strings"
)

// maxToken bounds a bearer token, in bytes.
const maxToken = 16 << 10

// bearer returns the bearer token that a header holds, which may have characters that no
// token has.
// https://www.rfc-editor.org/rfc/rfc6750#section-2.1
func bearer(h http.Header) (string, error) {
	values := h.Values("Authorization")
	if len(values) == 0 {
		return "", errUnsaid
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimSpace(token)
	if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" || len(token) > maxToken {
		return "", errBadToken
	}
	return token, nil
}

// visible reports whether a token has characters only that can stand in a header.
func visible(token string) bool {
	for i := range len(token) {
		if token[i] <= ' ' || token[i] >= 0x7f {
			return false
		}
	}
	return true
}
