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
	var claims struct {
		Expires *float64 `json:"exp"`
	}
	if !readClaims(token, &claims) || claims.Expires == nil || *claims.Expires > lastSecond {
		return time.Time{}
	}
	return time.Unix(int64(max(0, *claims.Expires)), 0)
}

// account names the application and the tenant that a token claims, "" if it claims none.
// The application is in appid, or in newer tokens in azp.
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
func account(upstream, token string) string {
	var claims struct {
		Tenant string `json:"tid"`
		Older  string `json:"appid"`
		Newer  string `json:"azp"`
	}
	if !readClaims(token, &claims) || claims.Tenant == "" || claims.Older+claims.Newer == "" {
		return ""
	}
	return partition("account", upstream, claims.Tenant, claims.Older, claims.Newer)
}

// readClaims reads what a JWT claims. Nobody verified it.
func readClaims(token string, claims any) bool {
	_, rest, _ := strings.Cut(token, ".")
	payload, signature, signed := strings.Cut(rest, ".")
	if !signed || strings.Contains(signature, ".") {
		return false
	}
	text, err := base64.RawURLEncoding.DecodeString(payload)
	return err == nil && json.Unmarshal(text, claims) == nil
}
