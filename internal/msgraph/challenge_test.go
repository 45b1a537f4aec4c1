package msgraph

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const lacking = "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZX19fQ=="

func TestClaimsThatATokenLacksAreTold(t *testing.T) {
	for _, c := range []struct{ name, header, want string }{
		{"a challenge", `WWW-Authenticate: Bearer realm="", error="insufficient_claims", claims="` + lacking + `"`, lacking},
		{"among others", `WWW-Authenticate: PoP algs="ES256", Bearer claims="` + lacking + `", error="insufficient_claims"`, lacking},
		{"no claims", `WWW-Authenticate: Bearer error="invalid_token"`, ""},
		{"no challenge", "", ""},
		{"no base64", `WWW-Authenticate: Bearer claims="{}"`, ""},
		{"no JSON", `WWW-Authenticate: Bearer claims="bm90IEpTT04="`, ""},
		{"claims of another name", `WWW-Authenticate: Bearer noclaims="` + lacking + `"`, ""},
		{"a header within", `WWW-Authenticate: Bearer claims="` + lacking + `\"; x="`, ""},
		{"more than anybody asks", `WWW-Authenticate: Bearer claims="` + base64.StdEncoding.EncodeToString([]byte(`"`+strings.Repeat("x", maxClaims)+`"`)) + `"`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for create, method := range map[bool]string{false: "a read", true: "a create"} {
				client, s := scripted(t, Options{CallersToken: true, Authorization: policyFunc(func(context.Context) {})}, step{status: 401, header: c.header})
				var err error
				if create {
					_, err = client.CreateOperation(t.Context(), fullCreate())
				} else {
					_, err = client.Device(t.Context(), "d1")
				}
				var e *teamwork.Error
				if !errors.As(err, &e) || e.Kind != teamwork.Unauthenticated || e.Claims != c.want {
					t.Errorf("%s: %+v", method, e)
				}
				if len(s.sent) != 1 {
					t.Errorf("%s: sent %d times", method, len(s.sent))
				}
			}
			client, _ := scripted(t, Options{}, step{status: 401, header: c.header})
			var e *teamwork.Error
			if _, err := client.Device(t.Context(), "d1"); !errors.As(err, &e) || e.Claims != "" {
				t.Errorf("of our own token: %+v", e)
			}
		})
	}
}
