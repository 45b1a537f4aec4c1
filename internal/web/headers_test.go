package web

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	site := NewHandler(Options{Logger: quiet, GraphQL: answer("{}")})
	for _, path := range []string{"/graphql", "/graphiql", "/healthz", "/nowhere", "/"} {
		resp, _ := get(t, site, path)
		if got := resp.Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options %q", path, got)
		}
	}
}

func TestPagesTellNobodyWhereTheyWereLeft(t *testing.T) {
	site := NewHandler(Options{Logger: quiet})
	for _, path := range []string{"/graphiql", "/", "/devices/d1"} {
		resp, _ := get(t, site, path)
		if got := resp.Header.Get("Referrer-Policy"); got != "no-referrer" {
			t.Errorf("%s: Referrer-Policy %q", path, got)
		}
	}
}

func TestBrowsersAreToldToStayOnTLS(t *testing.T) {
	site := NewHandler(Options{Logger: quiet})
	for name, state := range map[string]*tls.ConnectionState{"over TLS": {}, "over http": nil} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", nil)
		r.TLS = state
		w := httptest.NewRecorder()
		site.ServeHTTP(w, r)
		if told := w.Header().Get("Strict-Transport-Security") != ""; told != (state != nil) {
			t.Errorf("%s: told %v", name, told)
		}
	}
}
