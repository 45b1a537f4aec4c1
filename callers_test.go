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

// answeredBriefly begins a socket with a token that is soon over, but not before a first
// answer: on a busy machine it takes one that lasts longer.
func answeredBriefly(t *testing.T, f *front, o *oidctest.Issuer) *websocket.Conn {
	t.Helper()
	for life := 5 * time.Second; ; life *= 2 {
		over := time.Now().Add(life).Unix()
		token := o.Token(t, oidctest.Claims{"exp": over})
		conn, _, err := f.dial("")
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.trySaying(conn, `{"type":"connection_init","payload":{"authorization":"Bearer `+token+`"}}`, oneQuery)
		if err == nil && strings.Contains(got, "TEAMS_ROOM") {
			return conn
		}
		if time.Now().Unix() < over || life > 20*time.Second {
			t.Fatalf("got %s, %v", got, err)
		}
	}
}

func TestSocketsEndWithTheirToken(t *testing.T) {
	o := oidctest.Start(t)
	f := serve(t, verifying(o)...)
	refused := func(payload string) func(*testing.T) *websocket.Conn {
		return func(t *testing.T) *websocket.Conn {
			conn, _, err := f.dial("")
			if err != nil {
				t.Fatal(err)
			}
			if err := conn.Write(t.Context(), websocket.MessageText, []byte(`{"type":"connection_init","payload":`+payload+`}`)); err != nil {
				t.Fatal(err)
			}
			return conn
		}
	}
	for name, begin := range map[string]func(*testing.T) *websocket.Conn{
		"nobody":             refused(`{}`),
		"not verified":       refused(`{"authorization":"Bearer e30.e30.e30"}`),
		"verified, not long": func(t *testing.T) *websocket.Conn { return answeredBriefly(t, f, o) },
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			for conn := begin(t); err == nil; {
				_, _, err = conn.Read(t.Context())
			}
			if websocket.CloseStatus(err) != 4401 {
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
