package auth

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/internal/auth/oidctest"
)

// FuzzToken wants nobody let in but by the very tokens that were issued, no key looked for
// by what is not for us, and an error that repeats nothing.
func FuzzToken(f *testing.F) {
	o := oidctest.Start(f)
	d := newDoor(believing(f, o), identityOf)
	key := o.Keys()[0]
	issued := map[string]bool{}
	for _, claims := range []oidctest.Claims{nil, {"scp": "a b", "roles": []string{"c"}}, {"aud": []string{"x", oidctest.Audience}}} {
		token := o.Token(f, claims)
		issued[token] = true
		f.Add(token)
		parts := strings.Split(token, ".")
		f.Add(parts[0] + "." + parts[1] + ".")
		f.Add(parts[0] + ".e30." + parts[2])
		f.Add("eyJhbGciOiJub25lIn0." + parts[1] + ".")
		f.Add(key.SignText(f, `{"alg":"HS256","kid":"`+key.ID+`"}`, o.Claims(claims)))
	}
	_, looked := o.Fetches()
	f.Fuzz(func(t *testing.T, token string) {
		caller, err := d.identify(http.Header{"Authorization": {"Bearer " + token}})
		if (caller != nil) != (err == nil) || caller != nil && !issued[strings.TrimSpace(token)] {
			t.Fatalf("%q is let in", token)
		}
		if why := new(refusal); err != nil && !errors.As(err, &why) {
			t.Errorf("%q is refused with %v", token, err)
		}
		if err != nil && len(token) > 20 && strings.Contains(err.Error(), token) {
			t.Errorf("%v repeats the token", err)
		}
		if _, sets := o.Fetches(); sets != looked && !names(token, o.Name) {
			t.Errorf("%q had keys looked for", token)
		} else {
			looked = sets
		}
	})
}

// names reports whether a token claims to be of an issuer, as it must before its key is
// looked for.
func names(token, issuer string) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	return err == nil && strings.Contains(string(text), issuer)
}
