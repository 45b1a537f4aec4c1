package msgraph

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
)

// withheld is where a write's challenge stands that authorization must not see.
const withheld = "Teamwork-Withheld-Challenge"

// claimsParam is the part of WWW-Authenticate that says which claims a token lacks.
// https://learn.microsoft.com/entra/identity-platform/claims-challenge
var claimsParam = regexp.MustCompile(`\bclaims="([A-Za-z0-9+/=_-]+)"`)

// maxClaims bounds a claims challenge, in bytes.
const maxClaims = 8 << 10

// claimsOf returns the claims that a 401 asks for, as it has them; "" for none.
func claimsOf(h http.Header) string {
	for _, name := range []string{"WWW-Authenticate", withheld} {
		for _, value := range h.Values(name) {
			if len(value) > maxClaims {
				continue
			}
			if found := claimsParam.FindStringSubmatch(value); found != nil && isJSON(found[1]) {
				return found[1]
			}
		}
	}
	return ""
}

// isJSON reports whether a text is JSON in base64.
func isJSON(encoded string) bool {
	text, err := base64.StdEncoding.DecodeString(encoded)
	return err == nil && json.Valid(text)
}
