package auth

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/auth/oidctest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestVerifiedCallersAreRemembered(t *testing.T) {
	o := oidctest.Start(t)
	issuer := believing(t, o)
	c := &clock{}
	issuer.now = c.now
	verified := 0
	d := newDoor(issuer, func(who identity, _ string) (*teamwork.Caller, error) {
		verified++
		return who.as(teamwork.Caller{}), nil
	})
	a := &Auth{identify: d.identify}
	token := o.Token(t, oidctest.Claims{"exp": time.Now().Add(time.Minute).Unix()})
	first, _ := identify(a, "Bearer "+token)
	again, _ := identify(a, "bearer  "+token)
	if first == nil || first != again || verified != 1 {
		t.Errorf("verified %d times: %v, %v", verified, first, again)
	}
	for name, other := range map[string]string{"a letter less": token[:len(token)-1], "a letter more": token + "A", "nothing of the signature": token[:len(token)-342]} {
		if caller, _ := identify(a, "Bearer "+other); caller != nil {
			t.Errorf("%s is let in", name)
		}
	}
	c.pass(time.Minute)
	if caller, rec := identify(a, "Bearer "+token); caller != nil || rec.Code != http.StatusUnauthorized {
		t.Errorf("after its end the token lets in %v", caller)
	}
	if d.known.EstimatedSize() != 0 {
		t.Error("what has expired is kept")
	}
}

func TestWhatATokenSaysOfItsCaller(t *testing.T) {
	o := oidctest.Start(t)
	a := application(mustParse(t, upstreamURL), &credentials{}, oidctest.Tenant, "client", believing(t, o))
	end := time.Now().Add(time.Hour).Truncate(time.Second)
	for _, c := range []struct {
		name   string
		claims oidctest.Claims
		scopes []string
	}{
		{"scopes", oidctest.Claims{"scp": "b a"}, []string{"a", "b"}},
		{"scopes as a list", oidctest.Claims{"scp": []string{"b", "a"}}, []string{"a", "b"}},
		{"roles", oidctest.Claims{"scp": nil, "roles": []string{"b", "a"}}, []string{"a", "b"}},
		{"one role", oidctest.Claims{"scp": nil, "roles": "b"}, []string{"b"}},
		{"both", oidctest.Claims{"scp": "b a", "roles": []string{"c", "a"}}, []string{"a", "b", "c"}},
		{"none", oidctest.Claims{"scp": nil}, nil},
		{"no texts", oidctest.Claims{"scp": 1, "roles": []any{"a", 1}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.claims["exp"] = end.Unix()
			caller, rec := identify(a, "Bearer "+o.Token(t, c.claims))
			if caller == nil {
				t.Fatal(rec.Body)
			}
			want := &teamwork.Caller{
				Partition: partition("application", upstreamURL, oidctest.Tenant, "client"), Expires: end, Shared: true,
				Subject: partition("subject", o.Name, oidctest.Tenant, "oid", oidctest.User),
				Tenant:  oidctest.Tenant, ObjectID: oidctest.User, AppID: oidctest.App, Scopes: c.scopes,
			}
			if diff := cmp.Diff(want, caller); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSubjectsAreToldApart(t *testing.T) {
	o := oidctest.Start(t)
	issuer := NewIssuer(IssuerOptions{Name: o.Template(), Audiences: []string{oidctest.Audience}})
	a := None(upstreamURL, issuer)
	of := func(claims oidctest.Claims) string {
		caller, rec := identify(a, "Bearer "+o.Token(t, claims))
		if caller == nil {
			t.Fatal(rec.Body)
		}
		if !caller.AllScopes {
			t.Error("without a tenant behind it, something is asked of scopes")
		}
		return caller.Subject
	}
	mine := of(oidctest.Claims{"tid": "t1"})
	if again := of(oidctest.Claims{"tid": "t1", "azp": "another app", "sub": "another sub", "scp": "more"}); again != mine {
		t.Error("one person is two")
	}
	seen := map[string]string{mine: "mine"}
	for name, claims := range map[string]oidctest.Claims{
		"another person": {"tid": "t1", "oid": "x"}, "another tenant": {"tid": "t2"}, "by sub": {"tid": "t1", "oid": nil}, "by another sub": {"tid": "t1", "oid": nil, "sub": oidctest.User},
	} {
		subject := of(claims)
		if other, twice := seen[subject]; twice {
			t.Errorf("%s is %s", name, other)
		}
		seen[subject] = name
	}
}

func TestApplicationServesItsOwnTenantOnly(t *testing.T) {
	o := oidctest.Start(t)
	issuer := NewIssuer(IssuerOptions{Name: o.Template(), Audiences: []string{oidctest.Audience}})
	root := mustParse(t, upstreamURL)
	ours := application(root, &credentials{}, "T1", "client", issuer)
	for tenant, want := range map[string]bool{"t1": true, "T1": true, "t2": false, "t11": false} {
		if caller, rec := identify(ours, "Bearer "+o.Token(t, oidctest.Claims{"tid": tenant})); (caller != nil) != want {
			t.Errorf("tenant %s: %v %s", tenant, caller != nil, rec.Body)
		}
	}
	unknown := application(root, &credentials{}, "", "client", issuer)
	if caller, _ := identify(unknown, "Bearer "+o.Token(t, oidctest.Claims{"tid": "t1"})); caller != nil {
		t.Error("a tenant is served of which nobody knows whether it is ours")
	}
	if caller, _ := identify(application(root, &credentials{}, "T1", "client", nil)); caller == nil || !caller.AllScopes || caller.Subject != "" {
		t.Errorf("where nobody is verified there is %+v", caller)
	}
}

func TestWhoSaysNothingIsRefusedWhereCallersAreVerified(t *testing.T) {
	o := oidctest.Start(t)
	for name, a := range map[string]*Auth{"none": None(upstreamURL, believing(t, o)), "application": application(mustParse(t, upstreamURL), &credentials{}, "t", "c", believing(t, o))} {
		caller, rec := identify(a)
		if caller != nil || rec.Code != http.StatusUnauthorized || rec.Header().Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: %d %v %s", name, rec.Code, rec.Header(), rec.Body)
		}
		if _, err := a.Caller(http.Header{}); teamwork.KindOf(err) != teamwork.Unauthenticated {
			t.Errorf("%s: on a socket nobody gets %v", name, err)
		}
		if caller, err := a.Caller(http.Header{"Authorization": {"Bearer " + o.Token(t, nil)}}); name == "none" && (err != nil || caller == nil) {
			t.Errorf("%s on a socket: %v", name, err)
		}
	}
}
