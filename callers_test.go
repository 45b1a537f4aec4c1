package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/teamwork-graphql/teamwork-graphql/internal/auth/oidctest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

// verifying is the environment of a server that believes an issuer.
func verifying(o *oidctest.Issuer, more ...string) []string {
	return append([]string{"OIDC_ISSUER=" + o.Name, "OIDC_AUDIENCE=api://other, " + oidctest.Audience}, more...)
}

const firstDevice = `{"query":"{ devices(first: 1) { nodes { id } } }"}`

// as asks with a token.
func (f *front) as(token string) answer {
	f.t.Helper()
	return f.post(strings.NewReader(firstDevice), http.Header{"Authorization": {"Bearer " + token}})
}

func TestOnlyVerifiedCallersAreServed(t *testing.T) {
	o := oidctest.Start(t)
	redis := redistest.Start(t)
	f := serve(t, verifying(o, "REDIS_URL="+redis.URL(), "LOG_LEVEL=debug")...)
	const canary = "CANARY-7731"
	good := o.Token(t, oidctest.Claims{"name": canary, "oid": canary, "sub": canary, "azp": canary, "preferred_username": canary})
	if a := f.as(good); a.status != http.StatusOK || len(a.Errors) > 0 {
		t.Fatalf("a verified caller: %d %s", a.status, a.raw)
	}
	stranger := oidctest.NewRSA(t, o.Keys()[0].ID)
	for name, token := range map[string]string{
		"another audience": o.Token(t, oidctest.Claims{"aud": "x", "name": canary}), "expired": o.Token(t, oidctest.Claims{"exp": 1}),
		"signed by another": stranger.Sign(t, map[string]any{"alg": "RS256", "kid": stranger.ID}, o.Claims(nil)), "no JWT": canary,
	} {
		if a := f.as(token); a.status != http.StatusUnauthorized || a.Errors[0].Extensions["code"] != "UNAUTHENTICATED" || a.Errors[0].Extensions["requestId"] == nil {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	if a := f.try(`{ devices { nodes { id } } }`); a.status != http.StatusUnauthorized {
		t.Errorf("without a token: %d %s", a.status, a.raw)
	}
	waitForKeys(t, redis, 1)
	for place, text := range map[string]string{"log": f.log.String(), "Redis": dump(t, redis)} {
		for part := range strings.SplitSeq(good, ".") {
			if strings.Contains(text, part) {
				t.Errorf("a part of the token is in the %s", place)
			}
		}
		if strings.Contains(text, canary) {
			t.Errorf("what a token says of a person is in the %s", place)
		}
	}
}

func TestServesWhenTheIssuerComesLater(t *testing.T) {
	o := oidctest.Start(t)
	o.Away(true)
	f := serve(t, verifying(o)...)
	if a := f.as(o.Token(t, nil)); a.status != http.StatusServiceUnavailable || a.Errors[0].Extensions["retryAfterSeconds"] == nil {
		t.Errorf("without keys: %d %s", a.status, a.raw)
	}
	o.Away(false)
	if !eventually(20*time.Second, func() bool { return f.as(o.Token(t, nil)).status == http.StatusOK }) {
		t.Fatal("it is not noticed that the issuer is back")
	}
	o.Away(true)
	if a := f.as(o.Token(t, oidctest.Claims{"jti": "2"})); a.status != http.StatusOK {
		t.Errorf("a known key during an outage: %d %s", a.status, a.raw)
	}
}

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

func TestSocketsEndWithTheirToken(t *testing.T) {
	o := oidctest.Start(t)
	f := serve(t, verifying(o)...)
	brief := func() string { // long enough to be answered once
		return `{"authorization":"Bearer ` + o.Token(t, oidctest.Claims{"exp": time.Now().Add(5 * time.Second).Unix()}) + `"}`
	}
	for name, c := range map[string]struct {
		payload func() string
		want    websocket.StatusCode
	}{
		"nobody":             {func() string { return `{}` }, 4401},
		"not verified":       {func() string { return `{"authorization":"Bearer e30.e30.e30"}` }, 4401},
		"verified, not long": {brief, 4401},
	} {
		t.Run(name, func(t *testing.T) {
			conn, _, err := f.dial("")
			if err != nil {
				t.Fatal(err)
			}
			begin := `{"type":"connection_init","payload":` + c.payload() + `}`
			if name == "verified, not long" {
				if got := f.say(conn, begin, oneQuery); !strings.Contains(got, "TEAMS_ROOM") {
					t.Errorf("got %s", got)
				}
			} else if err := conn.Write(t.Context(), websocket.MessageText, []byte(begin)); err != nil {
				t.Fatal(err)
			}
			for err == nil {
				_, _, err = conn.Read(t.Context())
			}
			if websocket.CloseStatus(err) != c.want {
				t.Errorf("the socket ended with %v", err)
			}
		})
	}
	o.Away(true)
	other := serve(t, verifying(o)...)
	conn, _, err := other.dial("")
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Write(t.Context(), websocket.MessageText, []byte(`{"type":"connection_init","payload":{"authorization":"Bearer `+o.Token(t, nil)+`"}}`)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusTryAgainLater {
		t.Errorf("while the issuer is away the socket ended with %v", err)
	}
}
