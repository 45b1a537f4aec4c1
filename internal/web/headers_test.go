package web

import "testing"

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	site := NewHandler(Options{Logger: quiet, GraphQL: answer("{}")})
	for _, path := range []string{"/graphql", "/graphiql", "/healthz", "/nowhere", "/"} {
		resp, _ := get(t, site, path)
		if got := resp.Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options %q", path, got)
		}
		if got := resp.Header.Get("Referrer-Policy"); got != "no-referrer" {
			t.Errorf("%s: Referrer-Policy %q", path, got)
		}
	}
}
