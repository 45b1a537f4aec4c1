package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const page = "http://dashboard.example"

func preflight(site http.Handler, origin, headers string) http.Header {
	r := httptest.NewRequest(http.MethodOptions, "/graphql", nil)
	r.Header.Set("Origin", origin)
	r.Header.Set("Access-Control-Request-Method", "POST")
	r.Header.Set("Access-Control-Request-Headers", headers)
	return serve(site, r).Header
}

func TestOnlyNamedOriginsMayCall(t *testing.T) {
	site := NewHandler(Options{Logger: quiet, GraphQL: answer("{}"), AllowedOrigins: []string{page}})
	for origin, want := range map[string]string{page: page, "http://dashboard.example.evil": "", "null": ""} {
		if got := preflight(site, origin, "content-type").Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("preflight from %s: got %q, want %q", origin, got, want)
		}
	}
	allowed := preflight(site, page, "authorization,content-type,graphql-timeout,x-request-id")
	if got := allowed.Get("Access-Control-Allow-Headers"); !strings.Contains(got, "authorization") || !strings.Contains(got, "graphql-timeout") {
		t.Errorf("allowed headers: %q", got)
	}
	if got := allowed.Get("Access-Control-Allow-Credentials"); got != "" {
		t.Errorf("credentials: %q", got)
	}
	if got := preflight(site, page, "x-other").Get("Access-Control-Allow-Headers"); got != "" {
		t.Errorf("an unknown header is allowed: %q", got)
	}
}

func TestNoOriginsNoCORS(t *testing.T) {
	site := NewHandler(Options{Logger: quiet, GraphQL: answer("{}")})
	if got := preflight(site, page, "").Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestRefusalsAreReadableAcrossOrigins(t *testing.T) {
	site := NewHandler(Options{Logger: quiet, GraphQL: answer("{}"), AllowedOrigins: []string{page}, MaxBody: 1})
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader("too long"))
	r.Header.Set("Origin", page)
	resp := serve(site, r)
	if resp.StatusCode != 413 || resp.Header.Get("Access-Control-Allow-Origin") != page {
		t.Errorf("got %d, %v", resp.StatusCode, resp.Header)
	}
	if got := resp.Header.Get("Access-Control-Expose-Headers"); got != "X-Request-Id, Www-Authenticate, Retry-After, Ratelimit, Ratelimit-Policy" {
		t.Errorf("exposed: %q", got)
	}
}
