package main

import (
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/auth/oidctest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

// TestDelegatedFromTheTokenToTheWire runs the program in a process of its own, which
// believes the certificate of the issuer's.
func TestDelegatedFromTheTokenToTheWire(t *testing.T) {
	o, redis, log := oidctest.StartTLS(t), redistest.Start(t), &lockedBuffer{}
	t.Cleanup(o.CloseClientConnections)
	sent := make(chan string, 100)
	box := sandbox.New(sandbox.Options{Quiet: true, Token: "*"})
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent <- r.Header.Get("Authorization")
		box.ServeHTTP(w, r)
	}))
	t.Cleanup(upstream.Close)
	audit := filepath.Join(t.TempDir(), "audit")
	p := &process{t: t, program: built(t), addr: freeAddr(t), log: log, environ: verifying(o,
		"GRAPH_URL="+upstream.URL+"/beta", "GRAPH_AUTH=delegated", "REDIS_URL="+redis.URL(), "LOG_LEVEL=debug", "AUDIT_LOG="+audit, "SSL_CERT_FILE="+authorityOf(t, o),
		"AZURE_AUTHORITY_HOST="+o.URL, "AZURE_TENANT_ID="+oidctest.Tenant, "AZURE_CLIENT_ID=client", "AZURE_CLIENT_SECRET=CANARY-secret")}
	p.start()
	t.Cleanup(p.kill)
	f := &front{t: t, url: "http://" + p.addr, log: log}

	alice, bob := o.Token(t, oidctest.Claims{"oid": "CANARY-alice"}), o.Token(t, oidctest.Claims{"oid": "CANARY-bob"})
	renewed := o.Token(t, oidctest.Claims{"oid": "CANARY-alice", "jti": "2"})
	for _, token := range []string{alice, bob} {
		if a := f.as(token); a.status != http.StatusOK || len(a.Errors) > 0 {
			t.Fatalf("%d %s\n%s", a.status, a.raw, log)
		}
		if got := <-sent; got != "Bearer upstream-of-"+token {
			t.Errorf("upstream was sent %q", got)
		}
	}
	waitForKeys(t, redis, 2)
	if a := f.as(renewed); a.status != http.StatusOK || len(sent) > 0 || len(o.Exchanges()) != 2 {
		t.Errorf("a renewed token: %d, %d requests, %d exchanges", a.status, len(sent), len(o.Exchanges()))
	}
	mayWrite := oidctest.Claims{"oid": "CANARY-dave", "azp": "CANARY-app", "scp": "TeamworkDevice.ReadWrite.All"}
	dave, erin := o.Token(t, mayWrite), o.Token(t, oidctest.Claims{"oid": "CANARY-erin", "scp": "other"})
	for name, c := range map[string]struct{ token, query, want string }{
		"without a scope":        {erin, firstDevice, `"FORBIDDEN"`},
		"with a scope to read":   {alice, restart, `"userErrors":[{"__typename":"PermissionDeniedError","requiredScopes":[["TeamworkDevice.ReadWrite.All"]]}]`},
		"with a scope to write":  {dave, restart, `"deviceOperation":{"status":"QUEUED"}`},
		"to read what it writes": {dave, firstDevice, `"nodes":[{`},
	} {
		if a := f.post(strings.NewReader(c.query), http.Header{"Authorization": {"Bearer " + c.token}}); !strings.Contains(a.raw, c.want) {
			t.Errorf("%s: %s", name, a.raw)
		}
	}
	written, err := os.ReadFile(audit)
	if err != nil || strings.Count(string(written), `"oid":"CANARY-dave","app":"CANARY-app","tid":"`+oidctest.Tenant+`"`) != 2 ||
		strings.Count(string(written), `"oid":"CANARY-alice"`) != 2 || strings.Count(string(written), `"deviceId":"7aaf2f10-dc4f-b43d-bbd9-9af1a767eca8","operationType":"deviceRestart","outcome":"forbidden"`) != 1 {
		t.Errorf("the audit is %s, %v", written, err)
	}
	const claims = `{"access_token":{"nbf":{"essential":true}}}`
	o.Answer(func(oidctest.Exchange) (int, map[string]any) { return oidctest.Refusal("interaction_required", claims) })
	carol := o.Token(t, oidctest.Claims{"oid": "CANARY-carol"})
	want := `claims="` + base64.StdEncoding.EncodeToString([]byte(claims)) + `"`
	for range 2 {
		if status, challenge := challenged(f, carol); status != http.StatusUnauthorized || !strings.Contains(challenge, want) {
			t.Errorf("a token that is not enough: %d %q", status, challenge)
		}
	}
	// What a process writes comes here by a goroutine.
	if !eventually(5*time.Second, func() bool { return strings.Contains(log.String(), "interaction_required") }) {
		t.Errorf("the log does not say why:\n%s", log)
	}
	for place, text := range map[string]string{"log": log.String(), "Redis": dump(t, redis)} {
		for _, secret := range append(strings.Split(alice+"."+bob+"."+renewed+"."+carol+"."+dave+"."+erin, "."), "CANARY", "upstream-of-", "person@example.com") {
			if len(secret) > 0 && strings.Contains(text, secret) {
				t.Errorf("%q is in the %s", secret, place)
			}
		}
	}
}

const restart = `{"query":"mutation { createDeviceOperation(input: {deviceId: \"7aaf2f10-dc4f-b43d-bbd9-9af1a767eca8\", operationType: DEVICE_RESTART}) { deviceOperation { status } userErrors { __typename ... on PermissionDeniedError { requiredScopes } } } }"}`

// challenged asks with a token, and returns the status and what it lacks.
func challenged(f *front, token string) (status int, challenge string) {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.url+"/graphql", strings.NewReader(firstDevice))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + token}}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("WWW-Authenticate")
}

// authorityOf is a file with the certificate of an issuer's.
func authorityOf(t *testing.T, o *oidctest.Issuer) string {
	t.Helper()
	authority := filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: o.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return authority
}
