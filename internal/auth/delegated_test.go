package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	azlog "github.com/Azure/azure-sdk-for-go/sdk/azcore/log"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/teamwork-graphql/teamwork-graphql/internal/auth/oidctest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const clientID = "22222222-2222-4222-8222-222222222222"

// speaking returns a delegated Auth over an upstream, whose tokens come from o. The way of
// proving who asks is the environment's.
func speaking(t *testing.T, o *oidctest.Issuer, upstream string, issuer *Issuer, env map[string]string) *Auth {
	t.Helper()
	all := map[string]string{"AZURE_TENANT_ID": oidctest.Tenant, "AZURE_CLIENT_ID": clientID, "AZURE_CLIENT_SECRET": "program-secret"}
	if env != nil {
		all["AZURE_CLIENT_SECRET"] = ""
		for name, value := range env {
			all[name] = value
		}
	}
	options := azcore.ClientOptions{
		Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: o.URL}, Transport: o.Client(), Retry: policy.RetryOptions{MaxRetries: -1},
	}
	t.Cleanup(o.CloseClientConnections)
	p, err := programOf(func(name string) string { return all[name] }, options, true)
	if err != nil {
		t.Fatal(err)
	}
	return delegated(mustParse(t, upstream), p, issuer)
}

// trusting returns an issuer of any tenant, whose keys come over TLS.
func trusting(o *oidctest.Issuer) *Issuer {
	return NewIssuer(IssuerOptions{Name: o.Template(), Audiences: []string{oidctest.Audience}, Client: o.Client()})
}

// ask sends a request upstream for the caller of a token.
func ask(t *testing.T, a *Auth, u *upstream, token string) (*http.Response, error) {
	t.Helper()
	caller, rec := identify(a, "Bearer "+token)
	if caller == nil {
		t.Fatal(rec.Body)
	}
	return send(teamwork.WithCaller(t.Context(), caller), a, u.Client(), u.URL)
}

func TestDelegatedSpeaksForItsCaller(t *testing.T) {
	o, u := oidctest.StartTLS(t), setup(t, httptest.NewServer)
	a := speaking(t, o, u.URL+"/beta", trusting(o), nil)
	alice := o.Token(t, oidctest.Claims{"oid": "alice"})
	bob := o.Token(t, oidctest.Claims{"oid": "bob", "tid": "tenant-of-bob"})
	for _, token := range []string{alice, bob, alice, bob} {
		if _, err := ask(t, a, u, token); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"Bearer upstream-of-" + alice, "Bearer upstream-of-" + bob, "Bearer upstream-of-" + alice, "Bearer upstream-of-" + bob}
	if strings.Join(u.tokens, "\n") != strings.Join(want, "\n") {
		t.Errorf("upstream was sent %q", u.tokens)
	}
	exchanges := o.Exchanges()
	if len(exchanges) != 2 {
		t.Fatalf("%d exchanges, want one for each token", len(exchanges))
	}
	for i, token := range []string{alice, bob} {
		form := exchanges[i].Form
		if form.Get("assertion") != token || form.Get("client_id") != clientID || form.Get("client_secret") != "program-secret" || form.Get("requested_token_use") != "on_behalf_of" {
			t.Errorf("exchange %d is of another: %v", i, form.Get("client_id"))
		}
		if scope := form.Get("scope"); !strings.Contains(scope, u.URL+"/.default") {
			t.Errorf("scope %q", scope)
		}
	}
	if exchanges[0].Tenant != oidctest.Tenant || exchanges[1].Tenant != "tenant-of-bob" {
		t.Errorf("asked in the tenants %q and %q", exchanges[0].Tenant, exchanges[1].Tenant)
	}
	if !a.CallersToken() {
		t.Error("what upstream refuses is said not to be the caller's affair")
	}
}

func TestDelegatedProvesWhoItIs(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("federated-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, env := range map[string]map[string]string{
		"by certificate": {"AZURE_CLIENT_CERTIFICATE_PATH": certificate(t), "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN": "true"}, "by a federated token": {"AZURE_FEDERATED_TOKEN_FILE": file},
	} {
		t.Run(name, func(t *testing.T) {
			o, u := oidctest.StartTLS(t), setup(t, httptest.NewServer)
			a := speaking(t, o, u.URL, trusting(o), env)
			if _, err := ask(t, a, u, o.Token(t, nil)); err != nil {
				t.Fatal(err)
			}
			form := o.Exchanges()[0].Form
			if proof := form.Get("client_assertion"); form.Get("client_secret") != "" || proof == "" || name == "by a federated token" && proof != "federated-1" {
				t.Errorf("proved with %q", proof)
			}
		})
	}
}

func TestDelegatedNeedsAProgram(t *testing.T) {
	const tenant = oidctest.Tenant
	for name, c := range map[string]struct {
		env  map[string]string
		want string
	}{
		"nothing":                      {nil, errNoProgram.Error()},
		"no tenant":                    {map[string]string{"AZURE_CLIENT_ID": clientID, "AZURE_CLIENT_SECRET": canary}, errNoProgram.Error()},
		"no client":                    {map[string]string{"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_SECRET": canary}, errNoProgram.Error()},
		"no proof":                     {map[string]string{"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": clientID}, errNoProgram.Error()},
		"managed identity":             {map[string]string{"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": clientID, "IDENTITY_ENDPOINT": "http://127.0.0.1:1/"}, errNoProgram.Error()},
		"a tenant that is none":        {map[string]string{"AZURE_TENANT_ID": "a b", "AZURE_CLIENT_ID": clientID, "AZURE_CLIENT_SECRET": canary}, "GRAPH_AUTH=delegated: "},
		"a certificate that is away":   {map[string]string{"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": clientID, "AZURE_CLIENT_CERTIFICATE_PATH": "/nowhere.pem"}, "GRAPH_AUTH=delegated: "},
		"a certificate that is none":   {map[string]string{"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": clientID, "AZURE_CLIENT_CERTIFICATE_PATH": "delegated_test.go"}, "GRAPH_AUTH=delegated: "},
		"an authority that is no host": {map[string]string{"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": clientID, "AZURE_CLIENT_SECRET": canary, "AZURE_AUTHORITY_HOST": "http://login.example"}, "GRAPH_AUTH=delegated: "},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range azure {
				t.Setenv(variable, c.env[variable])
			}
			a, err := Delegated(upstreamURL, os.Getenv, nil)
			if err == nil || a != nil {
				t.Fatalf("got %v, %v", a, err)
			}
			wantOneLine(t, err, c.want)
		})
	}
}

func TestPartitionOfTheDelegatedIsThePersons(t *testing.T) {
	o := oidctest.StartTLS(t)
	a := speaking(t, o, upstreamURL, trusting(o), nil)
	of := func(a *Auth, claims oidctest.Claims) *teamwork.Caller {
		caller, rec := identify(a, "Bearer "+o.Token(t, claims))
		if caller == nil {
			t.Fatal(rec.Body)
		}
		return caller
	}
	mine := oidctest.Claims{"oid": "me", "tid": "t1", "scp": "a b", "jti": "1"}
	base := of(a, mine)
	if !base.Shared || base.AllScopes || base.Expires.IsZero() || base.Subject == "" {
		t.Errorf("the caller is %+v", base)
	}
	for name, claims := range map[string]oidctest.Claims{
		"a renewed token":            {"oid": "me", "tid": "t1", "scp": "a b", "jti": "2", "exp": time.Now().Add(2 * time.Hour).Unix()},
		"scopes in another order":    {"oid": "me", "tid": "t1", "scp": "b a a"},
		"another name and sub":       {"oid": "me", "tid": "t1", "scp": "a b", "name": "x", "sub": "y", "preferred_username": "z"},
		"another application's user": {"oid": "me", "tid": "t1", "scp": "a b", "azp": "z"},
	} {
		if got := of(a, claims); got.Partition != base.Partition || got.Account != base.Account || got.Token == base.Token {
			t.Errorf("%s does not share the partition", name)
		}
	}
	seen := map[string]string{base.Partition: "base"}
	for name, claims := range map[string]oidctest.Claims{
		"fewer scopes": {"oid": "me", "tid": "t1", "scp": "a"}, "more scopes": {"oid": "me", "tid": "t1", "scp": "a b c"}, "scopes run together": {"oid": "me", "tid": "t1", "scp": "ab"},
		"another role": {"oid": "me", "tid": "t1", "scp": "a b", "roles": []string{"r"}}, "another user": {"oid": "you", "tid": "t1", "scp": "a b"}, "another tenant": {"oid": "me", "tid": "t2", "scp": "a b"},
		"names run together": {"oid": "et1", "tid": "m", "scp": "a b"}, "no scopes": {"oid": "me", "tid": "t1", "scp": nil},
	} {
		got := of(a, claims)
		if other, twice := seen[got.Partition]; twice {
			t.Errorf("%s shares the partition of %s", name, other)
		}
		seen[got.Partition] = name
		if (got.Account == base.Account) != (claims["tid"] == "t1") {
			t.Errorf("%s: an account that is another's", name)
		}
	}
	elsewhere := of(speaking(t, o, "https://other.example/beta", trusting(o), nil), mine)
	another := of(speaking(t, o, upstreamURL, trusting(o), map[string]string{"AZURE_CLIENT_ID": "another", "AZURE_CLIENT_SECRET": "x"}), mine)
	if elsewhere.Partition == base.Partition || another.Partition == base.Partition || elsewhere.Account == base.Account || another.Account == base.Account {
		t.Error("two upstreams, or two programs, share one")
	}
	for _, claims := range []oidctest.Claims{{"oid": nil, "tid": "t1"}, {"oid": ""}} {
		if caller, rec := identify(a, "Bearer "+o.Token(t, claims)); caller != nil || !strings.Contains(rec.Body.String(), errNoUser.message) {
			t.Errorf("%v: %s", claims, rec.Body)
		}
	}
}

func TestDelegatedWithoutAnIssuerBelievesNothing(t *testing.T) {
	o, u := oidctest.StartTLS(t), setup(t, httptest.NewServer)
	a := speaking(t, o, u.URL, nil, nil)
	first, second := jwt(`{"oid":"me","tid":"evil","scp":"a","exp":4102444800}`), jwt(`{"oid":"me","tid":"evil","scp":"a","exp":4102444800,"jti":"2"}`)
	one, _ := identify(a, "Bearer "+first)
	two, _ := identify(a, "Bearer "+second)
	if one == nil || two == nil || one.Partition == two.Partition || one.Shared || one.Subject != "" || one.Tenant != "" || !one.AllScopes || one.Account != "" {
		t.Fatalf("callers %+v and %+v", one, two)
	}
	if _, err := ask(t, a, u, first); err != nil {
		t.Fatal(err)
	}
	if got := o.Exchanges()[0]; got.Tenant != oidctest.Tenant || got.Form.Get("assertion") != first {
		t.Errorf("asked in the tenant %q", got.Tenant)
	}
	if caller, rec := identify(a); caller != nil || rec.Code != http.StatusUnauthorized {
		t.Errorf("nobody got %d", rec.Code)
	}
}

func TestCloudOfTheDelegatedIsTheUpstreams(t *testing.T) {
	for host, want := range map[string]bool{"": false, "https://login.microsoftonline.com/": false, "https://LOGIN.microsoftonline.us": false, "https://127.0.0.1:1/": true, "https://login.example": true, "nonsense": false} {
		if got := strangeAuthority(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}

func TestExchangesAreHeldForAsLongAsTheirTokens(t *testing.T) {
	o, u := oidctest.StartTLS(t), setup(t, httptest.NewServer)
	a := speaking(t, o, u.URL, trusting(o), nil)
	of := a.policy.(*onBehalf)
	short := o.Token(t, oidctest.Claims{"exp": time.Now().Add(time.Minute).Unix()})
	for _, token := range []string{short, o.Token(t, nil)} {
		if _, err := ask(t, a, u, token); err != nil {
			t.Fatal(err)
		}
	}
	of.sweep(time.Now().Add(59 * time.Second))
	if n := of.speakers.EstimatedSize(); n != 2 {
		t.Errorf("%d are held, want 2", n)
	}
	of.sweep(time.Now().Add(2 * time.Minute))
	if n := of.speakers.EstimatedSize(); n != 1 {
		t.Errorf("%d are held after one has expired, want 1", n)
	}
}

func TestManyRequestsOfOneCallerExchangeOnce(t *testing.T) {
	o, u := oidctest.StartTLS(t), setup(t, httptest.NewServer)
	a := speaking(t, o, u.URL, trusting(o), nil)
	token := o.Token(t, nil)
	caller, _ := identify(a, "Bearer "+token)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := send(teamwork.WithCaller(t.Context(), caller), a, u.Client(), u.URL); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := len(o.Exchanges()); n != 1 {
		t.Errorf("%d exchanges", n)
	}
}

const moreClaims = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`

func TestChallengesThatTheExchangeCantAnswerGoToTheCaller(t *testing.T) {
	for name, c := range map[string]struct {
		challenged bool // by upstream; else the first exchange is refused
		claims     string
	}{
		"of the exchange": {false, moreClaims}, "of upstream": {true, moreClaims}, "without claims": {false, ""}, "claims that are none": {false, "<html>"},
		"huge claims": {false, `"` + strings.Repeat("x", maxClaims) + `"`},
	} {
		t.Run(name, func(t *testing.T) {
			o, u := oidctest.StartTLS(t), setup(t, httptest.NewServer)
			a := speaking(t, o, u.URL, trusting(o), nil)
			o.Answer(func(e oidctest.Exchange) (int, map[string]any) {
				if c.challenged && e.Form.Get("claims") == "" || c.challenged && !strings.Contains(e.Form.Get("claims"), "acrs") {
					return oidctest.Granted("upstream-token")
				}
				return oidctest.Refusal("interaction_required", c.claims)
			})
			u.answer = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("WWW-Authenticate", `Bearer realm="", error="insufficient_claims", claims="`+base64.StdEncoding.EncodeToString([]byte(moreClaims))+`"`)
				w.WriteHeader(http.StatusUnauthorized)
			}
			want := ""
			if c.claims == moreClaims {
				want = base64.StdEncoding.EncodeToString([]byte(moreClaims))
			}
			token := o.Token(t, nil)
			for range 3 {
				_, err := ask(t, a, u, token)
				var e *teamwork.Error
				if !errors.As(err, &e) || e.Kind != teamwork.Unauthenticated || e.Claims != want || e.Unsent == c.challenged {
					t.Errorf("got %v, %+v", err, e)
				}
			}
			most := 1
			if c.challenged {
				most = 2
			}
			if n := len(o.Exchanges()); n > most {
				t.Errorf("%d exchanges of a token that was refused", n)
			}
		})
	}
}

func TestFailuresOfTheExchange(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   map[string]any
		kind   teamwork.Kind
	}{
		"the caller's token":   {400, map[string]any{"error": "invalid_grant", "error_codes": []int{500133}}, teamwork.Unauthenticated},
		"our secret":           {401, map[string]any{"error": "invalid_client"}, teamwork.Unavailable},
		"our rights":           {400, map[string]any{"error": "unauthorized_client"}, teamwork.Unavailable},
		"too many":             {429, map[string]any{"error": "invalid_grant"}, teamwork.Unavailable},
		"an outage":            {503, map[string]any{}, teamwork.Unavailable},
		"no token":             {200, map[string]any{"token_type": "Bearer"}, teamwork.Unavailable},
		"a token of no format": {200, map[string]any{"access_token": map[string]any{"x": canary}, "expires_in": 1}, teamwork.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			o, u := oidctest.StartTLS(t), setup(t, httptest.NewServer)
			a := speaking(t, o, u.URL, trusting(o), nil)
			body := map[string]any{"error_description": canary + " of person@example.com", "correlation_id": "c-1"}
			for key, value := range c.body {
				body[key] = value
			}
			o.Answer(func(oidctest.Exchange) (int, map[string]any) { return c.status, body })
			_, err := ask(t, a, u, o.Token(t, nil))
			var e *teamwork.Error
			if !errors.As(err, &e) || e.Kind != c.kind || e.Message == "" || len(u.tokens) > 0 {
				t.Fatalf("got %v; upstream was sent %v", err, u.tokens)
			}
			if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "person@") || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error says %v", err)
			}
		})
	}
	o, u := oidctest.StartTLS(t), setup(t, httptest.NewServer)
	a := speaking(t, o, u.URL, trusting(o), nil)
	caller, _ := identify(a, "Bearer "+o.Token(t, nil))
	ctx, cancel := context.WithCancel(teamwork.WithCaller(t.Context(), caller))
	cancel()
	if _, err := send(ctx, a, u.Client(), u.URL); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who left got %v", err)
	}
	if _, err := send(t.Context(), a, u.Client(), u.URL); teamwork.KindOf(err) != teamwork.Unauthenticated {
		t.Errorf("nobody got %v", err)
	}
}

func TestNothingOfAnExchangeIsLogged(t *testing.T) {
	var logged lines
	azlog.SetListener(func(event azlog.Event, text string) { _, _ = logged.Write([]byte(string(event) + " " + text + "\n")) })
	t.Cleanup(func() { azlog.SetListener(nil) })
	o, u := oidctest.StartTLS(t), setup(t, httptest.NewServer)
	a := speaking(t, o, u.URL, trusting(o), nil)
	token := o.Token(t, oidctest.Claims{"name": canary})
	if _, err := ask(t, a, u, token); err != nil {
		t.Fatal(err)
	}
	text := logged.String()
	if !strings.Contains(text, "oauth2") {
		t.Error("azcore logged nothing, and this test says nothing")
	}
	for _, secret := range append(strings.Split(token, "."), "program-secret", "upstream-of-", canary) {
		if strings.Contains(text, secret) {
			t.Errorf("azcore logged %q", secret)
		}
	}
}
