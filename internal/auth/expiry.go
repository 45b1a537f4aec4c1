package auth

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// lastSecond is the last that RFC 3339 can write.
const lastSecond = 253402300799

// expiry returns when a token says that it expires, zero if it does not say, or is no
// JWT. Nobody verified it: it may make answers be forgotten sooner, and nothing else.
// https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4
func expiry(token string) time.Time {
	_, rest, _ := strings.Cut(token, ".")
	payload, signature, signed := strings.Cut(rest, ".")
	if !signed || strings.Contains(signature, ".") {
		return time.Time{}
	}
	text, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		return time.Time{}
	}
	var claims struct {
		Expires *float64 `json:"exp"`
	}
	if json.Unmarshal(text, &claims) != nil || claims.Expires == nil || *claims.Expires > lastSecond {
		return time.Time{}
	}
	return time.Unix(int64(max(0, *claims.Expires)), 0)
}
