package auth

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"
)

// jwt returns an unsigned token with these claims, as JSON.
func jwt(claims string) string {
	return "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
}

func TestCallersAnswersLiveNoLongerThanTheToken(t *testing.T) {
	for _, c := range []struct {
		name, token string
		want        time.Time
	}{
		{"a JWT", jwt(`{"aud":"x","exp":1893456000}`), time.Unix(1893456000, 0)},
		{"with a fraction", jwt(`{"exp":1893456000.9}`), time.Unix(1893456000, 0)},
		{"in the past", jwt(`{"exp":1}`), time.Unix(1, 0)},
		{"before time began", jwt(`{"exp":-1e300}`), time.Unix(0, 0)},
		{"nought", jwt(`{"exp":0}`), time.Unix(0, 0)},
		{"without exp", jwt(`{"aud":"x"}`), time.Time{}},
		{"null", jwt(`{"exp":null}`), time.Time{}},
		{"in words", jwt(`{"exp":"1893456000"}`), time.Time{}},
		{"after time ends", jwt(`{"exp":1e18}`), time.Time{}},
		{"beyond numbers", jwt(`{"exp":1e999}`), time.Time{}},
		{"no object", jwt(`[1]`), time.Time{}},
		{"no JSON", jwt(`{"exp":1`), time.Time{}},
		{"no base64", "a.!!!.c", time.Time{}},
		{"opaque", canary, time.Time{}},
		{"two parts", strings.TrimSuffix(jwt(`{"exp":1}`), ".c2ln"), time.Time{}},
		{"encrypted", jwt(`{"exp":1}`) + ".x.y", time.Time{}},
		{"dots", "....", time.Time{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			caller, rec := identify(PassThrough(upstreamURL), "Bearer "+c.token)
			if caller == nil || string(caller.Token) != c.token {
				t.Fatalf("upstream should judge it, but it was answered %d", rec.Code)
			}
			if !caller.Expires.Equal(c.want) || caller.Expires.IsZero() != c.want.IsZero() {
				t.Errorf("it expires at %v, want %v", caller.Expires, c.want)
			}
		})
	}
}

func FuzzExpiry(f *testing.F) {
	for _, seed := range []string{"", ".", "..", "a.b.c", jwt(`{"exp":1893456000}`), jwt(`{"exp":-0.5}`), jwt(`{"exp":1e18}`), jwt("\xff")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if at := expiry(token); !at.IsZero() && (at.Unix() < 0 || at.Unix() > lastSecond) {
			t.Errorf("%q expires at %v", token, at)
		}
	})
}
