package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/internal/auth/oidctest"
)

// site is the program's handler, without a socket before it.
func site(t testing.TB, environ ...string) http.Handler {
	t.Helper()
	cfg, err := loadConfig(slices.Concat([]string{"ADMIN_ADDR=off"}, shortcuts, environ))
	if err != nil {
		t.Fatal(err)
	}
	p, err := build(cfg, slog.New(slog.DiscardHandler), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	return p.handler
}

// FuzzHeaders: whatever a client says of itself, the answer is GraphQL's or a refusal, and
// never a failure; it repeats no line break; who has no token of the issuer's is let in by
// no header.
func FuzzHeaders(f *testing.F) {
	f.Add("2500", "application/json", "Bearer a.b.c", `W/"x"`, "for=1.2.3.4", "1.2.3.4, 10.0.0.1", "application/json; charset=utf-8", "session=1; a=b", "key-1")
	f.Add("-1", "*/*;q=0.5, application/graphql-response+json", "Basic eDp5", "*", `for="[::1]:80";proto=https`, "::ffff:1.2.3.4", "text/plain", "=", "")
	f.Add("99999999999999999999", "text/event-stream", "bearer  ", `"`, ";;;", ",,,", `application/json; charset="utf-8`, "\x01", "x\r\nSet-Cookie: a=b")
	f.Add("0x10", ";;;", "Bearer \x00", "", "", "<script>", "multipart/form-data; boundary=x", strings.Repeat("a=b; ", 1000), strings.Repeat("r", 300))
	o := oidctest.Start(f)
	open, closed := site(f, "TRUSTED_PROXIES=192.0.2.0/24"), site(f, verifying(o)...)
	f.Fuzz(func(t *testing.T, timeout, accept, authorization, none, forwarded, forwardedFor, contentType, cookie, requestID string) {
		header := http.Header{
			"Graphql-Timeout": {timeout}, "Accept": {accept}, "Authorization": {authorization}, "If-None-Match": {none}, "Forwarded": {forwarded},
			"X-Forwarded-For": {forwardedFor}, "X-Forwarded-Proto": {forwarded}, "Content-Type": {contentType}, "Cookie": {cookie}, "X-Request-Id": {requestID},
		}
		for name, handler := range map[string]http.Handler{"open": open, "closed": closed} {
			req := httptest.NewRequest(http.MethodPost, "http://localhost/graphql", strings.NewReader(`{"query":"{ __typename }"}`))
			req.Header = header.Clone()
			rec := httptest.NewRecorder()
			handler.ServeHTTP(rec, req)
			streams := strings.HasPrefix(rec.Header().Get("Content-Type"), "text/event-stream")
			if rec.Code >= 500 || !streams && !json.Valid(rec.Body.Bytes()) {
				t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
			}
			if name == "closed" && rec.Code < 400 {
				t.Errorf("let in: %d %s", rec.Code, rec.Body)
			}
			for name, values := range rec.Header() {
				if strings.ContainsAny(name+strings.Join(values, ""), "\r\n\x00") || name == "Set-Cookie" {
					t.Errorf("the answer has %s: %q", name, values)
				}
			}
		}
	})
}
