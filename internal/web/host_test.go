package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestOnlyKnownNamesAreAnswered(t *testing.T) {
	loopback := NewHandler(Options{Logger: quiet, GraphQL: answer("{}"), CheckHost: true})
	named := NewHandler(Options{Logger: quiet, GraphQL: answer("{}"), CheckHost: true, AllowedHosts: []string{"graphql.example.com", "10.0.0.1", "fd00::1"}})
	for host, want := range map[string]struct{ loopback, named, health int }{
		"localhost":                {200, 200, 200},
		"LOCALHOST:8080":           {200, 200, 200},
		"localhost.":               {200, 200, 200},
		"127.0.0.1:8080":           {200, 200, 200},
		"127.3.2.1":                {200, 200, 200},
		"[::1]:8080":               {200, 200, 200},
		"[::1]":                    {200, 200, 200},
		"graphql.example.com":      {421, 200, 421},
		"GraphQL.example.com.:443": {421, 200, 421},
		"x.graphql.example.com":    {421, 421, 421},
		"graphql.example.com.evil": {421, 421, 421},
		"evil.example":             {421, 421, 421},
		"evil.example:8080":        {421, 421, 421},
		"localhost.evil.example":   {421, 421, 421},
		"10.0.0.1":                 {421, 200, 200},
		"[fd00::1]:8080":           {421, 200, 200},
		"10.0.0.2:8080":            {421, 421, 200},
		"":                         {421, 421, 421},
	} {
		ask := func(site http.Handler, method, path string) int {
			req := httptest.NewRequest(method, path, nil)
			req.Host = host
			rec := httptest.NewRecorder()
			site.ServeHTTP(rec, req)
			if kept := rec.Header().Get("Cache-Control"); rec.Code == 421 && kept != "no-store" {
				t.Errorf("host %q: who was refused may keep that (Cache-Control: %q), and ask by no better name", host, kept)
			}
			return rec.Code
		}
		if got := ask(loopback, http.MethodPost, "/graphql"); got != want.loopback {
			t.Errorf("host %q gets %d on loopback, want %d", host, got, want.loopback)
		}
		if got := ask(named, http.MethodPost, "/graphql"); got != want.named {
			t.Errorf("host %q gets %d where names are allowed, want %d", host, got, want.named)
		}
		for _, path := range []string{"/healthz", "/readyz"} {
			if got := ask(loopback, http.MethodGet, path); got != want.health {
				t.Errorf("host %q gets %d of %s, want %d", host, got, path, want.health)
			}
		}
	}
}

func TestHostsAreNamesWithoutAPort(t *testing.T) {
	for text, want := range map[string]bool{
		"graphql.example.com": true, "localhost": true, "a_b-c.1": true, "10.0.0.1": true, "fd00::1": true,
		"": false, "*": false, "*.example.com": false, "https://example.com": false, "example.com:443": false, "example.com/x": false, "a b": false, "example.com.": false, "exämple.com": false,
	} {
		if got := IsHost(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
