package main

import (
	"net/http"
	"strings"
	"testing"
)

func TestNamesBesideLoopbacksAreAllowed(t *testing.T) {
	f := serve(t, "ALLOWED_HOSTS=graphql.example.com, other.example.com")
	for host, want := range map[string]int{"graphql.example.com": 200, "OTHER.example.com:8443": 200, "evil.example.com": 421} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/graphql", strings.NewReader(`{"query":"{ __typename }"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Host = host
		if a := f.do(req); a.status != want {
			t.Errorf("%s: %d %s", host, a.status, a.raw)
		}
	}
}
