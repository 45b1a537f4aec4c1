// Package oidctest is an OpenID Connect issuer for tests: with keys of its own that it
// rotates, and days on which it does not answer. It signs with the standard library, so
// that what verifies can't be wrong on both sides.
package oidctest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// What tokens say unless a test says otherwise.
const (
	Audience = "api://teamwork-graphql"
	Tenant   = "11111111-1111-4111-8111-111111111111"
	User     = "33333333-3333-4333-8333-333333333333"
	App      = "44444444-4444-4444-8444-444444444444"
)

// Claims are a token's. A nil value takes a claim out that it would have otherwise.
type Claims map[string]any

// Issuer issues tokens for any tenant, over http on loopback, or over https with the
// test's certificate. Its name is URL/{tenantid}/v2.0, and there it is found.
type Issuer struct {
	*httptest.Server
	// Name is what a single-tenant client knows it by.
	Name string

	mu        sync.Mutex
	keys      []*Key // published, the newest last
	away      bool
	documents int
	sets      int
	change    func(document map[string]any)
	authority authority
}

// Start starts an issuer over http.
func Start(t testing.TB) *Issuer { return start(t, httptest.NewServer) }

// StartTLS starts an issuer over https, as azidentity wants its authority to be.
func StartTLS(t testing.TB) *Issuer { return start(t, httptest.NewTLSServer) }

func start(t testing.TB, serve func(http.Handler) *httptest.Server) *Issuer {
	t.Helper()
	i := &Issuer{keys: []*Key{NewRSA(t, "key-1")}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", i.document)
	mux.HandleFunc("GET /keys", i.keySet)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", i.token)
	i.Server = serve(i.unlessAway(mux))
	i.Name = i.URL + "/" + Tenant + "/v2.0"
	t.Cleanup(i.Close)
	return i
}

// Template is the name by which a client knows it that serves many tenants.
func (i *Issuer) Template() string { return i.URL + "/{tenantid}/v2.0" }

// Publish replaces the keys that it publishes. Tokens are signed with the last.
func (i *Issuer) Publish(keys ...*Key) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = keys
}

// Keys returns the keys that it publishes.
func (i *Issuer) Keys() []*Key {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]*Key(nil), i.keys...)
}

// Away has it answer 503 to everything, or no longer.
func (i *Issuer) Away(away bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.away = away
}

// Describe changes the discovery document before it is sent.
func (i *Issuer) Describe(change func(document map[string]any)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.change = change
}

// Fetches counts what was asked for, in vain or not: discovery documents and key sets.
func (i *Issuer) Fetches() (documents, sets int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.documents, i.sets
}

// Token returns a token with the usual claims and those given, signed with the newest key.
func (i *Issuer) Token(t testing.TB, claims Claims) string {
	t.Helper()
	keys := i.Keys()
	key := keys[len(keys)-1]
	return key.Sign(t, map[string]any{"typ": "JWT", "alg": key.Alg, "kid": key.ID}, i.Claims(claims))
}

// Claims returns the usual claims, and those given.
func (i *Issuer) Claims(given Claims) Claims {
	now := time.Now().Unix()
	all := Claims{
		"iss": i.Name, "aud": Audience, "iat": now, "nbf": now, "exp": now + 3600, "tid": Tenant, "oid": User,
		"sub": "subject-of-" + User, "azp": App, "scp": "TeamworkDevice.Read.All",
	}
	if tenant, ok := given["tid"].(string); ok {
		all["iss"] = i.URL + "/" + tenant + "/v2.0"
	}
	for name, value := range given {
		all[name] = value
		if value == nil {
			delete(all, name)
		}
	}
	return all
}

func (i *Issuer) unlessAway(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		away := i.away
		switch {
		case strings.HasSuffix(r.URL.Path, "/openid-configuration"):
			i.documents++
		case r.URL.Path == "/keys":
			i.sets++
		}
		i.mu.Unlock()
		if away {
			http.Error(w, "away", http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (i *Issuer) document(w http.ResponseWriter, r *http.Request) {
	tenant := r.PathValue("tenant")
	name := tenant
	if tenant == "common" {
		name = "{tenantid}"
	}
	document := map[string]any{
		"issuer":                 i.URL + "/" + name + "/v2.0",
		"jwks_uri":               i.URL + "/keys",
		"authorization_endpoint": i.URL + "/" + tenant + "/oauth2/v2.0/authorize",
		"token_endpoint":         i.URL + "/" + tenant + "/oauth2/v2.0/token",
	}
	i.mu.Lock()
	if i.change != nil {
		i.change(document)
	}
	i.mu.Unlock()
	writeJSON(w, http.StatusOK, document)
}

func (i *Issuer) keySet(w http.ResponseWriter, _ *http.Request) {
	public := []map[string]any{}
	for _, key := range i.Keys() {
		public = append(public, key.Public)
	}
	writeJSON(w, http.StatusOK, map[string]any{"keys": public})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
