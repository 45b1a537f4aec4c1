package auth

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/auth/oidctest"
)

// believing returns an issuer that believes o's tokens.
func believing(t testing.TB, o *oidctest.Issuer) *Issuer {
	t.Helper()
	i := NewIssuer(IssuerOptions{Name: o.Name, Audiences: []string{"api://other", oidctest.Audience}})
	<-i.keys.latest.done
	return i
}

// header is what the tokens of a key have, with more.
func header(key *oidctest.Key, more map[string]any) map[string]any {
	all := map[string]any{"typ": "JWT", "alg": key.Alg, "kid": key.ID}
	for name, value := range more {
		all[name] = value
		if value == nil {
			delete(all, name)
		}
	}
	return all
}

func TestTokensOfTheIssuerAreBelieved(t *testing.T) {
	o := oidctest.Start(t)
	pss, ec, named := oidctest.NewRSA(t, "pss"), oidctest.NewEC(t, "ec"), oidctest.NewRSA(t, "named")
	pss.Alg, named.Public["alg"] = "PS256", "RS256"
	o.Publish(append(o.Keys(), pss, ec, named)...)
	a := None(upstreamURL, believing(t, o))
	for _, key := range o.Keys() {
		caller, rec := identify(a, "Bearer "+key.Sign(t, header(key, nil), o.Claims(nil)))
		if caller == nil {
			t.Errorf("%s of the key %s: %s", key.Alg, key.ID, rec.Body)
		}
	}
	key := o.Keys()[0]
	for name, claims := range map[string]oidctest.Claims{
		"several audiences":       {"aud": []string{"x", oidctest.Audience}},
		"no nbf":                  {"nbf": nil},
		"nbf within the leeway":   {"nbf": time.Now().Add(50 * time.Second).Unix()},
		"exp with a fraction":     {"exp": float64(time.Now().Add(time.Hour).Unix()) + 0.5},
		"no oid, but a sub":       {"oid": nil},
		"no sub, but an oid":      {"sub": nil},
		"the application of old":  {"azp": nil, "appid": oidctest.App},
		"claims that nobody asks": {"name": "x", "nested": map[string]any{"aud": "other", "exp": 1}},
		"another tenant's tid":    {"tid": "t2", "iss": o.Name},
	} {
		if caller, rec := identify(a, "bearer "+o.Token(t, claims)); caller == nil {
			t.Errorf("%s: %s", name, rec.Body)
		}
	}
	moved := key.Sign(t, header(key, map[string]any{"jku": "http://evil.example/keys", "x5u": "http://evil.example/x", "jwk": map[string]any{"kty": "oct", "k": "AAAA"}, "x5c": []string{"x"}}), o.Claims(nil))
	if caller, rec := identify(a, "Bearer "+moved); caller == nil {
		t.Errorf("what a header says of keys is looked at: %s", rec.Body)
	}
}

// attack is a token that nobody may be let in with.
type attack struct {
	name, token string
	want        *refusal
}

// attacks are those that an issuer's tokens invite, by an attacker who has keys, but none
// of the issuer's.
func attacks(t testing.TB, o *oidctest.Issuer) []attack {
	key, claims := o.Keys()[0], o.Claims(oidctest.Claims{"name": canary})
	mine := oidctest.NewRSA(t, key.ID) // the attacker's, of the same name
	good := key.Sign(t, header(key, nil), claims)
	parts := strings.Split(good, ".")
	now := time.Now()
	with := func(c oidctest.Claims) string { return o.Token(t, c) }
	text := func(claims string) string { return key.Sign(t, header(key, nil), claims) }
	all := []attack{
		{"none", oidctest.NewSecret("x", nil).Sign(t, header(key, map[string]any{"alg": "none"}), claims), errAlgorithm},
		{"None", mine.Sign(t, header(mine, map[string]any{"alg": "None"}), claims), errAlgorithm},
		{"none, unsigned", strings.Join([]string{encode(`{"alg":"none"}`), parts[1], ""}, "."), errNoJWT},
		{"no algorithm", mine.Sign(t, header(mine, map[string]any{"alg": nil}), claims), errAlgorithm},
		{"an algorithm that is no text", mine.Sign(t, header(mine, map[string]any{"alg": []string{"RS256"}}), claims), errAlgorithm},
		{"the algorithm twice", key.SignText(t, `{"alg":"RS256","alg":"none","kid":"`+key.ID+`"}`, claims), errNoJWT},
		{"the algorithm in another case", mine.SignText(t, `{"ALG":"RS256","kid":"`+key.ID+`"}`, claims), errAlgorithm},
		{"another RSA algorithm", key.Sign(t, header(key, map[string]any{"alg": "PS256"}), claims), errSignature},
		{"an algorithm of elliptic curves", key.Sign(t, header(key, map[string]any{"alg": "ES256"}), claims), errSignature},
		{"signed by somebody else", mine.Sign(t, header(mine, nil), claims), errSignature},
		{"its own key in the header", mine.Sign(t, header(mine, map[string]any{"jwk": mine.Public}), claims), errSignature},
		{"its own key in the header, and a name of its own", mine.Sign(t, header(mine, map[string]any{"kid": "mine", "jwk": mine.Public}), claims), errUnknownKey},
		{"an extension that must be understood", key.Sign(t, header(key, map[string]any{"crit": []string{"b64"}, "b64": false}), claims), errAlgorithm},
		{"b64 without crit", key.Sign(t, header(key, map[string]any{"b64": false}), claims), errSignature},
		{"no key named", key.Sign(t, header(key, map[string]any{"kid": nil}), claims), errNoKeyID},
		{"a key that is no text", key.Sign(t, header(key, map[string]any{"kid": 1}), claims), errNoKeyID},
		{"other claims", strings.Join([]string{parts[0], encode(`{"iss":"` + o.Name + `","aud":"` + oidctest.Audience + `","oid":"x","exp":4102444800}`), parts[2]}, "."), errSignature},
		{"no signature", parts[0] + "." + parts[1] + ".", errNoJWT},
		{"two parts", parts[0] + "." + parts[1], errNoJWT},
		{"four parts", good + ".x", errNoJWT},
		{"encrypted", good + ".x.x", errNoJWT},
		{"padding", good + "=", errNoJWT},
		{"the other alphabet", parts[0] + "." + parts[1] + "./+" + parts[2][2:], errNoJWT},
		{"JSON serialization", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, errNoJWT},
		{"garbage", canary, errNoJWT},
		{"dots", "..", errNoJWT},
		{"a line break within", parts[0] + ".\n" + parts[1] + "." + parts[2], errNoJWT},
		{"expired", with(oidctest.Claims{"exp": now.Add(-time.Second).Unix()}), errExpired},
		{"expired long ago", with(oidctest.Claims{"exp": -1e300}), errExpired},
		{"never expires", with(oidctest.Claims{"exp": nil}), errExpired},
		{"expires when time is over", with(oidctest.Claims{"exp": 1e300}), errExpired},
		{"expiry that is null", text(`{"iss":"` + o.Name + `","aud":"` + oidctest.Audience + `","oid":"x","exp":null}`), errExpired},
		{"expiry in words", with(oidctest.Claims{"exp": "4102444800"}), errExpired},
		{"not yet", with(oidctest.Claims{"nbf": now.Add(2 * time.Minute).Unix()}), errTooEarly},
		{"not before a word", with(oidctest.Claims{"nbf": "now"}), errTooEarly},
		{"not before null", text(`{"iss":"` + o.Name + `","aud":"` + oidctest.Audience + `","oid":"x","exp":4102444800,"nbf":null}`), errTooEarly},
		{"another audience", with(oidctest.Claims{"aud": "https://graph.microsoft.com"}), errOtherAudience},
		{"no audience", with(oidctest.Claims{"aud": nil}), errOtherAudience},
		{"an audience that ours begins with", with(oidctest.Claims{"aud": oidctest.Audience[:8]}), errOtherAudience},
		{"audiences as an object", with(oidctest.Claims{"aud": map[string]any{oidctest.Audience: true}}), errOtherAudience},
		{"another issuer", with(oidctest.Claims{"iss": "https://evil.example/"}), errOtherIssuer},
		{"no issuer", with(oidctest.Claims{"iss": nil}), errOtherIssuer},
		{"an issuer with more", with(oidctest.Claims{"iss": o.Name + "/"}), errOtherIssuer},
		{"another tenant's issuer", with(oidctest.Claims{"tid": "t2"}), errOtherIssuer},
		{"nobody", with(oidctest.Claims{"oid": nil, "sub": nil}), errNobody},
		{"somebody who is no text", with(oidctest.Claims{"oid": 1, "sub": []string{"x"}}), errNobody},
		{"the audience twice", text(`{"iss":"` + o.Name + `","aud":"x","aud":"` + oidctest.Audience + `","oid":"x","exp":4102444800}`), errNoJWT},
		{"the person twice", text(`{"iss":"` + o.Name + `","aud":"` + oidctest.Audience + `","oid":"x","oid":"y","exp":4102444800}`), errNoJWT},
		{"the audience in another case", text(`{"iss":"` + o.Name + `","AUD":"` + oidctest.Audience + `","oid":"x","exp":4102444800}`), errOtherAudience},
		{"a list of claims", text(`["aud"]`), errNoJWT},
		{"claims that are null", text(`null`), errNoJWT},
		{"claims and more", text(`{} {}`), errNoJWT},
		{"claims cut off", text(`{"iss":"` + o.Name + `"`), errNoJWT},
		{"claims in no UTF-8", text("{\"iss\":\"\xff\"}"), errNoJWT},
		{"a NUL among the claims", text("{\"iss\":\"\x00\"}"), errNoJWT},
		{"deep claims", text(strings.Repeat(`{"a":`, 1000) + "1" + strings.Repeat("}", 1000)), errOtherIssuer},
		{"longer than a token may be", with(oidctest.Claims{"x": strings.Repeat("x", maxToken)}), errBadToken},
	}
	for _, id := range []string{"../../etc/passwd", "/dev/null", "http://127.0.0.1:1/keys", "' OR 1=1 --", "key-1\x00", "key-1 ", "KEY-1", "%6bey-1", "*", "${jndi:ldap://x}", "__proto__", strings.Repeat("k", maxKeyID)} {
		all = append(all, attack{"a key named " + id, mine.Sign(t, header(mine, map[string]any{"kid": id}), claims), errUnknownKey})
	}
	all = append(all, attack{"a key with a huge name", mine.Sign(t, header(mine, map[string]any{"kid": strings.Repeat("k", maxKeyID+1)}), claims), errNoKeyID})
	for name, secret := range secretsOf(t, key) {
		all = append(all, attack{"HMAC with the public key as " + name, oidctest.NewSecret(key.ID, secret).Sign(t, header(key, map[string]any{"alg": "HS256"}), claims), errAlgorithm})
	}
	return all
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// secretsOf are the ways in which a public key might be taken for a secret.
func secretsOf(t testing.TB, key *oidctest.Key) map[string][]byte {
	public := &key.RSA().PublicKey
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	asJWK, err := json.Marshal(key.Public)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		"DER": der, "PKCS #1": x509.MarshalPKCS1PublicKey(public), "PEM": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
		"JSON": asJWK, "modulus": public.N.Bytes(), "exponent": big.NewInt(int64(public.E)).Bytes(), "nothing": nil,
	}
}

func TestAttacksByTokenAreRefused(t *testing.T) {
	o := oidctest.Start(t)
	var log bytes.Buffer
	issuers, good := 0, o.Token(t, nil)
	fresh := func(t *testing.T) *Auth {
		issuers++
		issuer := NewIssuer(IssuerOptions{Name: o.Name, Audiences: []string{oidctest.Audience}, Logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		a := None(upstreamURL, issuer)
		if caller, rec := identify(a, "Bearer "+good); caller == nil {
			t.Fatalf("a good token is refused: %s", rec.Body)
		}
		return a
	}
	a := fresh(t)
	for _, c := range attacks(t, o) {
		t.Run(c.name, func(t *testing.T) {
			began := time.Now()
			caller, rec := identify(a, "Bearer "+c.token)
			if caller != nil || rec.Code != http.StatusUnauthorized {
				t.Fatalf("got status %d and caller %+v", rec.Code, caller)
			}
			for try, took := 1, time.Since(began); took > time.Second; try++ { // a machine may be busy, once or twice
				if try == 5 {
					t.Errorf("it took %v", took)
					break
				}
				a = fresh(t) // who has not seen the token yet
				began = time.Now()
				_, _ = identify(a, "Bearer "+c.token)
				took = time.Since(began)
			}
			if want := `Bearer error="invalid_token", error_description="` + c.want.message + `"`; rec.Header().Get("WWW-Authenticate") != want {
				t.Errorf("WWW-Authenticate is %q, want %q", rec.Header().Get("WWW-Authenticate"), want)
			}
			var body struct {
				Errors []struct {
					Message    string
					Extensions map[string]string
				}
			}
			if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil || len(body.Errors) != 1 || body.Errors[0].Message != c.want.message ||
				body.Errors[0].Extensions["code"] != "UNAUTHENTICATED" || body.Errors[0].Extensions["requestId"] != "request-1" {
				t.Errorf("answered %s (%v)", rec.Body, err)
			}
			for _, part := range append(strings.Split(c.token, "."), canary, "evil") {
				if len(part) > 8 && strings.Contains(rec.Body.String()+fmt.Sprint(rec.Header()), part) {
					t.Errorf("the answer repeats %q of the token", part)
				}
			}
		})
	}
	if log.Len() > 0 {
		t.Errorf("a log that anybody can fill: %s", log.String())
	}
	if documents, sets := o.Fetches(); documents > 2*issuers || sets > 2*issuers {
		t.Errorf("%d documents and %d key sets were fetched for %d issuers", documents, sets, issuers)
	}
}

func TestKeysThatAreNoneToVerifyWith(t *testing.T) {
	o := oidctest.Start(t)
	good, secret, encryption := o.Keys()[0], oidctest.NewSecret("secret", []byte("a secret that is published by mistake")), oidctest.NewRSA(t, "encryption")
	encryption.Public["use"] = "enc"
	broken, short, other := oidctest.NewRSA(t, "broken"), oidctest.NewRSA(t, "short"), oidctest.NewRSA(t, "other")
	broken.Public["n"] = "!"
	short.Public["n"] = base64.RawURLEncoding.EncodeToString(short.RSA().N.Bytes()[:128])
	other.Public["alg"] = "RS512"
	nameless := oidctest.NewRSA(t, "nameless")
	delete(nameless.Public, "kid")
	o.Publish(secret, encryption, broken, short, other, nameless, good)
	a := None(upstreamURL, believing(t, o))
	for _, key := range o.Keys() {
		caller, _ := identify(a, "Bearer "+key.Sign(t, header(key, nil), o.Claims(nil)))
		if (caller != nil) != (key == good) {
			t.Errorf("the key %s lets in: %v", key.ID, caller != nil)
		}
	}
}

func TestTenantsAreToldApart(t *testing.T) {
	o := oidctest.Start(t)
	all, one := oidctest.NewRSA(t, "of all"), oidctest.NewRSA(t, "of one")
	all.Public["issuer"], one.Public["issuer"] = o.Template(), o.URL+"/t1/v2.0"
	o.Publish(all, one)
	issuer := NewIssuer(IssuerOptions{Name: o.Template(), Audiences: []string{oidctest.Audience}})
	a := None(upstreamURL, issuer)
	for _, c := range []struct {
		name   string
		key    *oidctest.Key
		claims oidctest.Claims
		want   *refusal
	}{
		{"a tenant", all, oidctest.Claims{"tid": "t1"}, nil},
		{"another", all, oidctest.Claims{"tid": "t2"}, nil},
		{"a key of the tenant's own", one, oidctest.Claims{"tid": "t1"}, nil},
		{"a key of another tenant's", one, oidctest.Claims{"tid": "t2"}, errSignature},
		{"iss and tid that differ", all, oidctest.Claims{"tid": "t2", "iss": o.URL + "/t1/v2.0"}, errOtherIssuer},
		{"no tid", all, oidctest.Claims{"tid": nil}, errOtherIssuer},
		{"the template itself", all, oidctest.Claims{"tid": "{tenantid}", "iss": o.Template()}, errOtherIssuer},
		{"an empty tid", all, oidctest.Claims{"tid": "", "iss": o.URL + "//v2.0"}, errOtherIssuer},
		{"a path for a tid", all, oidctest.Claims{"tid": "t1/x", "iss": o.URL + "/t1/x/v2.0"}, errOtherIssuer},
		{"a tid that is no text", all, oidctest.Claims{"tid": 1, "iss": o.URL + "/1/v2.0"}, errOtherIssuer},
	} {
		t.Run(c.name, func(t *testing.T) {
			caller, rec := identify(a, "Bearer "+c.key.Sign(t, header(c.key, nil), o.Claims(c.claims)))
			if (caller != nil) != (c.want == nil) || c.want != nil && !strings.Contains(rec.Body.String(), c.want.message) {
				t.Errorf("let in: %v, %s", caller != nil, rec.Body)
			}
		})
	}
}
