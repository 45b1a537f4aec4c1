package main

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/auth/oidctest"
)

// TestForgedTokensAreRefusedAndLeaveNothing sends those that an issuer's tokens invite to
// the whole server; internal/auth has the full list.
func TestForgedTokensAreRefusedAndLeaveNothing(t *testing.T) {
	o := oidctest.Start(t)
	f := serve(t, verifying(o)...)
	key, good := o.Keys()[0], o.Token(t, nil)
	w := watchOverWith(t, f, func() bool { return f.as(good).status == http.StatusOK })
	der, err := x509.MarshalPKIXPublicKey(&key.RSA().PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	secret := oidctest.NewSecret(key.ID, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mine := oidctest.NewRSA(t, key.ID)
	head := func(name string, value any) map[string]any {
		h := map[string]any{"alg": "RS256", "kid": key.ID}
		h[name] = value
		return h
	}
	claims, now := o.Claims(nil), time.Now().Unix()
	for name, token := range map[string]string{
		"the public key as a secret": secret.Sign(t, head("alg", "HS256"), claims),
		"no algorithm":               base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + strings.Split(good, ".")[1] + ".",
		"a path for a key":           mine.Sign(t, head("kid", "../../../../dev/null"), claims),
		"a URL for a key":            mine.Sign(t, head("kid", o.URL+"/keys"), claims),
		"SQL for a key":              mine.Sign(t, head("kid", "' UNION SELECT 'x' --"), claims),
		"a huge name of a key":       mine.Sign(t, head("kid", times(8000, "k")), claims),
		"keys elsewhere":             mine.Sign(t, head("jku", "http://127.0.0.1:1/keys"), claims),
		"a certificate elsewhere":    mine.Sign(t, head("x5u", "http://127.0.0.1:1/cert"), claims),
		"expired":                    o.Token(t, oidctest.Claims{"exp": now - 1}),
		"not yet":                    o.Token(t, oidctest.Claims{"nbf": now + 600}),
		"another audience":           o.Token(t, oidctest.Claims{"aud": "https://graph.microsoft.com"}),
		"another tenant":             o.Token(t, oidctest.Claims{"tid": "22222222-2222-4222-8222-222222222222"}),
		"another issuer":             o.Token(t, oidctest.Claims{"iss": "https://evil.example/v2.0"}),
		"20 kB":                      times(20_000, "x"),
	} {
		t.Run(name, func(t *testing.T) {
			w.try(t, func() {
				if a := f.as(token); a.status != http.StatusUnauthorized || len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "UNAUTHENTICATED" {
					t.Errorf("%d %s", a.status, a.raw)
				}
			})
		})
	}
}

// TestCallersAreNeverToldEachOthersAnswers asks one document with two tokens, in either
// order, when it is remembered and all at once.
func TestCallersAreNeverToldEachOthersAnswers(t *testing.T) {
	f, _ := serveOver(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(20 * time.Millisecond) // so that flights meet
		who := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"id":"d","notes":"` + who + `","deviceType":"sip"}`))
	}), "GRAPH_AUTH=pass-through")
	ask := func(who string) {
		a := f.post(strings.NewReader(`{"query":"{ device(by: {deviceId: \"d\"}) { notes } }"}`), http.Header{"Authorization": {"Bearer " + who}})
		if a.raw != `{"data":{"device":{"notes":"`+who+`"}}}` {
			t.Errorf("%s is told %s", who, a.raw)
		}
	}
	for _, who := range []string{"a", "b", "a", "b", "b", "a", "c", "c"} {
		ask(who)
	}
	var together sync.WaitGroup
	for i := range 60 {
		together.Go(func() { ask([]string{"d", "e", "f"}[i%3]) })
	}
	together.Wait()
}

// TestNoAnswerIsKeptOnItsWay: what a proxy may keep it could tell another caller. A browser
// may, if it asks each time.
func TestNoAnswerIsKeptOnItsWay(t *testing.T) {
	f := serve(t)
	for _, path := range []string{"/graphql?query=%7B__typename%7D", "/graphql/x.css?query=%7B__typename%7D", "/graphql%2Fx.css", "/graphql;x.css", "/graphql/..%2fassets/x.css"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"Graphql-Preflight": {"1"}, "X-Forwarded-Host": {"evil.example"}, "X-Original-Url": {"/other"}}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		isAnswer := path == "/graphql?query=%7B__typename%7D"
		if (resp.StatusCode == http.StatusOK) != isAnswer || isAnswer && resp.Header.Get("Cache-Control") != "private, no-cache" {
			t.Errorf("%s: %d, Cache-Control %q", path, resp.StatusCode, resp.Header.Get("Cache-Control"))
		}
	}
}
