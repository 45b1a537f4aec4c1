package auth

import "testing"

func TestTokensOfOneApplicationInOneTenantShareAnAccount(t *testing.T) {
	mine := jwt(`{"tid":"t","appid":"a","oid":"me"}`)
	for _, c := range []struct {
		name, token string
		same, none  bool
	}{
		{"another user", jwt(`{"tid":"t","appid":"a","oid":"you"}`), true, false},
		{"another tenant", jwt(`{"tid":"u","appid":"a"}`), false, false},
		{"another application", jwt(`{"tid":"t","appid":"b"}`), false, false},
		{"a newer token", jwt(`{"tid":"t","azp":"a"}`), false, false},
		{"no tenant", jwt(`{"appid":"a"}`), false, true},
		{"no application", jwt(`{"tid":"t"}`), false, true},
		{"a tenant that is no text", jwt(`{"tid":1,"appid":"a"}`), false, true},
		{"no JWT", "opaque", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			first, second := account(upstreamURL, mine), account(upstreamURL, c.token)
			if (first == second) != c.same || (second == "") != c.none || first == "" {
				t.Errorf("accounts %q and %q", first, second)
			}
			if caller, _ := identify(PassThrough(upstreamURL), "Bearer "+c.token); caller.Account != second {
				t.Errorf("the caller's is %q", caller.Account)
			}
		})
	}
	if account("https://elsewhere.example/beta", mine) == account(upstreamURL, mine) {
		t.Error("two upstreams share one")
	}
}
