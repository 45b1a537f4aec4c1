package auth

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/internal/auth/oidctest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func identityOf(who identity, _ string) (*teamwork.Caller, error) {
	return who.as(teamwork.Caller{}), nil
}

// BenchmarkRememberedToken is the whole way of a request through Identify, with a token as
// long as Microsoft's usually are.
func BenchmarkRememberedToken(b *testing.B) {
	o := oidctest.Start(b)
	token := o.Token(b, oidctest.Claims{"more": strings.Repeat("x", 500)})
	a := None(upstreamURL, believing(b, o))
	var caller *teamwork.Caller
	h := a.Identify(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { caller = teamwork.CallerFrom(r.Context()) }),
		func(context.Context) string { return "" })
	req := httptest.NewRequest(http.MethodPost, "/graphql", nil)
	req.Header.Set("Authorization", "Bearer "+token)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	if caller == nil {
		b.Fatal(rec.Body)
	}
	b.ReportMetric(float64(len(token)), "bytes/token")
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(rec, req)
	}
}

// BenchmarkNewToken is the verification of a token that nobody has seen.
func BenchmarkNewToken(b *testing.B) {
	o := oidctest.Start(b)
	issuer := believing(b, o)
	token := o.Token(b, oidctest.Claims{"more": strings.Repeat("x", 500)})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := issuer.verify(token); err != nil {
			b.Fatal(err)
		}
	}
}
