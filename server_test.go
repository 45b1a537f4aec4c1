package main

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

func TestServesOnItsEmbeddedDefault(t *testing.T) {
	f := serve(t)
	data := f.must(`{ devices(first: 3) { nodes { deviceId deviceType operations(first: 1) { nodes { status } } } } }`)
	if n := len(dig(t, data, "devices", "nodes").([]any)); n != 3 {
		t.Errorf("%d devices, want 3", n)
	}
	for _, want := range []string{"sandbox", "memory", f.url, "CURSOR_KEY is not set"} {
		if !strings.Contains(f.log.String(), want) {
			t.Errorf("the banner does not say %q:\n%s", want, f.log)
		}
	}
	if err := f.stop(); err != nil {
		t.Errorf("draining ended with %v", err)
	}
}

func TestSandboxAnswersOnTheServersOwnAddress(t *testing.T) {
	f := serve(t)
	f.must(`{ devices(first: 1) { nodes { id } } }`)
	if s := statsOf(t, f.url); s.Requests != 1 || s.ByRoute["GET /teamwork/devices"] != 1 {
		t.Errorf("stats %+v, want one request for devices", s)
	}
	root := upstream(t, sandbox.Options{})
	other := serve(t, overSocket(root)...)
	resp, err := http.Get(other.url + "/_sandbox/stats")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("with another upstream /_sandbox answers %d, want 404", resp.StatusCode)
	}
}

// get returns the status and the body of a page.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestIsReadyWithoutRedisAndNotWhileDraining(t *testing.T) {
	f := serve(t, "REDIS_URL=redis://127.0.0.1:1", "DRAIN_DELAY=3s")
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, body := get(t, f.url+path); status != http.StatusOK {
			t.Errorf("%s answers %d %s", path, status, body)
		}
	}
	f.must(`{ devices(first: 1) { nodes { id } } }`)
	late, began := redistest.Late(), time.Now()
	defer late.Stop()
	go func() { _ = f.stop() }()
	for status := 0; status != http.StatusServiceUnavailable; time.Sleep(5 * time.Millisecond) {
		status, _ = get(t, f.url+"/readyz") // which fails once the server has drained
	}
	if took := time.Since(began); late.Less(took, 0) > 300*time.Millisecond {
		t.Errorf("/readyz says so only after %v", took)
	}
	if status, _ := get(t, f.url+"/healthz"); status != http.StatusOK {
		t.Errorf("/healthz answers %d while draining", status)
	}
}

func TestDrainLetsARequestFinish(t *testing.T) {
	root := upstream(t, sandbox.Options{Latency: 500 * time.Millisecond})
	f := serve(t, overSocket(root)...)
	answered := make(chan answer, 1)
	go func() { answered <- f.try(`{ devices(first: 1) { nodes { id } } }`) }()
	for statsOf(t, root).Requests == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	if err := f.stop(); err != nil {
		t.Errorf("draining ended with %v", err)
	}
	if a := <-answered; a.status != http.StatusOK || len(a.Errors) > 0 {
		t.Errorf("the request under way got %d %s", a.status, a.raw)
	}
}

func TestStartEndsWithOneClearLine(t *testing.T) {
	for _, c := range []struct {
		name    string
		environ []string
		want    string
	}{
		{"unknown auth", []string{"GRAPH_URL=http://localhost:1/beta", "GRAPH_AUTH=magic"}, "GRAPH_AUTH"},
		{"auth without an upstream", []string{"GRAPH_AUTH=application"}, "needs GRAPH_URL"},
		{"no auth without an upstream", []string{"GRAPH_AUTH=none"}, "needs GRAPH_URL"},
		{"no version root", []string{"GRAPH_URL=https://graph.microsoft.com", "GRAPH_AUTH=pass-through"}, "version root"},
		{"upstream without auth", []string{"GRAPH_URL=https://graph.microsoft.com/beta"}, "GRAPH_AUTH must be set"},
		{"http off loopback", []string{"GRAPH_URL=http://graph.example.com/beta", "GRAPH_AUTH=pass-through"}, "must be https"},
		{"no token off loopback", []string{"GRAPH_URL=https://graph.microsoft.com/beta", "GRAPH_AUTH=none"}, "only for a GRAPH_URL on loopback"},
		{"not a URL", []string{"GRAPH_URL=graph", "GRAPH_AUTH=none"}, "absolute URL"},
		{"a query in the URL", []string{"GRAPH_URL=https://graph.microsoft.com/beta?x=1", "GRAPH_AUTH=none"}, "without a query"},
		{"application without a credential", []string{"GRAPH_URL=https://graph.microsoft.com/beta", "GRAPH_AUTH=application"}, "AZURE_TENANT_ID"},
		{"application off loopback", []string{"GRAPH_URL=https://graph.microsoft.com/beta", "GRAPH_AUTH=application", "LISTEN_ADDR=:8080"}, "GRAPH_AUTH=application on LISTEN_ADDR=:8080 needs OIDC_ISSUER and OIDC_AUDIENCE"},
		{"delegated off loopback", []string{"GRAPH_URL=https://graph.microsoft.com/beta", "GRAPH_AUTH=delegated", "LISTEN_ADDR=0.0.0.0:8080"}, "GRAPH_AUTH=delegated on LISTEN_ADDR=0.0.0.0:8080 needs OIDC_ISSUER and OIDC_AUDIENCE"},
		{"delegated without a program", []string{"GRAPH_URL=https://graph.microsoft.com/beta", "GRAPH_AUTH=delegated"}, "GRAPH_AUTH=delegated needs AZURE_TENANT_ID"},
		{"an issuer without an audience", []string{"OIDC_ISSUER=https://login.example/v2.0"}, "OIDC_ISSUER needs OIDC_AUDIENCE"},
		{"an issuer with an audience that is none", []string{"OIDC_ISSUER=https://login.example/v2.0", "OIDC_AUDIENCE= "}, "OIDC_ISSUER needs OIDC_AUDIENCE"},
		{"an audience without an issuer", []string{"OIDC_AUDIENCE=api://x"}, "OIDC_AUDIENCE needs OIDC_ISSUER"},
		{"an issuer over http", []string{"OIDC_ISSUER=http://login.example/v2.0", "OIDC_AUDIENCE=api://x"}, "OIDC_ISSUER must be https"},
		{"an issuer that is no URL", []string{"OIDC_ISSUER=login.example", "OIDC_AUDIENCE=api://x"}, "OIDC_ISSUER is no absolute URL"},
		{"an issuer with pass-through", []string{"GRAPH_URL=https://graph.microsoft.com/beta", "GRAPH_AUTH=pass-through", "OIDC_ISSUER=https://login.example/v2.0", "OIDC_AUDIENCE=api://x"}, "OIDC_ISSUER has no use"},
		{"an issuer with an application of no tenant", []string{"GRAPH_URL=https://graph.microsoft.com/beta", "GRAPH_AUTH=application", "OIDC_ISSUER=https://login.example/v2.0", "OIDC_AUDIENCE=api://x"}, "needs AZURE_TENANT_ID, as a GUID"},
		{"a host with a port", []string{"ALLOWED_HOSTS=a.example:443"}, "ALLOWED_HOSTS"},
		{"any host", []string{"ALLOWED_HOSTS=a.example,*"}, "ALLOWED_HOSTS"},
		{"unknown create route", []string{"GRAPH_CREATE_ROUTE=both"}, "GRAPH_CREATE_ROUTE"},
		{"unknown cache", []string{"CACHE=maybe"}, "CACHE"},
		{"memory in other units", []string{"CACHE_MEMORY=64MB"}, "CACHE_MEMORY: want bytes"},
		{"negative memory", []string{"CACHE_MEMORY=-1"}, "CACHE_MEMORY: want bytes"},
		{"more memory than there is", []string{"CACHE_MEMORY=9999999999GiB"}, "CACHE_MEMORY: want bytes"},
		{"memory in fractions", []string{"CACHE_MEMORY=1.5GiB"}, "CACHE_MEMORY: want bytes"},
		{"stale", []string{"CACHE_STALE=1day"}, "CACHE_STALE"},
		{"negative stale", []string{"CACHE_STALE=-1s"}, "CACHE_STALE must not be negative"},
		{"patience", []string{"CACHE_PATIENCE=2"}, "CACHE_PATIENCE"},
		{"negative patience", []string{"CACHE_PATIENCE=-2s"}, "CACHE_PATIENCE must not be negative"},
		{"unknown redis mode", []string{"REDIS_URL=redis://localhost", "REDIS_MODE=replica"}, `REDIS_MODE="replica" is not one of: single, sentinel, cluster`},
		{"redis mode without redis", []string{"REDIS_MODE=single"}, "REDIS_MODE=single needs REDIS_URL"},
		{"sentinel without a master", []string{"REDIS_URL=redis://:hunter22@localhost", "REDIS_MODE=sentinel"}, "REDIS_URL: the Redis URL has no master_name"},
		{"cluster on a socket", []string{"REDIS_URL=unix://:hunter22@/tmp/redis", "REDIS_MODE=cluster"}, "REDIS_URL"},
		{"admin without a port", []string{"ADMIN_ADDR=localhost"}, "ADMIN_ADDR"},
		{"admin port in words", []string{"ADMIN_ADDR=localhost:metrics"}, "ADMIN_ADDR"},
		{"short admin token", []string{"ADMIN_TOKEN=hunter22"}, "ADMIN_TOKEN must have 16 characters"},
		{"admin token with a blank", []string{"ADMIN_TOKEN=hunter22 hunter22"}, "ADMIN_TOKEN must have 16 characters"},
		{"redis of another kind", []string{"REDIS_URL=memcached://user:hunter22@localhost"}, "REDIS_URL"},
		{"short cursor key", []string{"CURSOR_KEY=short"}, "CURSOR_KEY"},
		{"origin with a path", []string{"ALLOWED_ORIGINS=https://a.example/x"}, "ALLOWED_ORIGINS"},
		{"any origin", []string{"ALLOWED_ORIGINS=*"}, "ALLOWED_ORIGINS"},
		{"no port", []string{"LISTEN_ADDR=localhost"}, "LISTEN_ADDR"},
		{"port in words", []string{"LISTEN_ADDR=localhost:graphql"}, "LISTEN_ADDR"},
		{"no subscription for a caller", []string{"WATCH_PER_CALLER=0"}, "WATCH_PER_CALLER=0 is not 1 or more"},
		{"no cost", []string{"COST_LIMIT=0"}, "COST_LIMIT=0 is not positive"},
		{"a budget that pays for nothing", []string{"COST_BUDGET=100"}, "no less than COST_LIMIT"},
		{"documents that are not there", []string{"TRUSTED_DOCUMENTS=/nowhere/documents.json"}, "TRUSTED_DOCUMENTS: no such file"},
		{"a proxy by name", []string{"TRUSTED_PROXIES=proxy.example.com"}, "TRUSTED_PROXIES"},
		{"an audit in a folder that is not there", []string{"AUDIT_LOG=/nowhere/audit.json"}, "AUDIT_LOG"},
		{"introspection", []string{"INTROSPECTION=no"}, "INTROSPECTION"},
		{"log level", []string{"LOG_LEVEL=loud"}, "LOG_LEVEL"},
		{"log format", []string{"LOG_FORMAT=xml"}, "LOG_FORMAT"},
		{"request timeout", []string{"REQUEST_TIMEOUT=15"}, "REQUEST_TIMEOUT"},
		{"short request timeout", []string{"REQUEST_TIMEOUT=999ms"}, "REQUEST_TIMEOUT=999ms is not from 1s to 5m"},
		{"long request timeout", []string{"REQUEST_TIMEOUT=301s"}, "REQUEST_TIMEOUT=5m1s is not from 1s to 5m"},
		{"drain delay", []string{"DRAIN_DELAY=soon"}, "DRAIN_DELAY"},
		{"negative drain delay", []string{"DRAIN_DELAY=-1s"}, "DRAIN_DELAY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, name := range []string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE", "IDENTITY_ENDPOINT", "AZURE_TOKEN_CREDENTIALS"} {
				t.Setenv(name, "")
			}
			environ := append([]string{"LISTEN_ADDR=localhost:0", "ADMIN_ADDR=localhost:0"}, c.environ...)
			err := program{environ: environ, out: io.Discard, log: io.Discard}.run(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("ended with %q, want one line with %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter22") {
				t.Errorf("the line shows a password: %v", err)
			}
		})
	}
}

func TestHelpNamesEveryVariableAndVersionIsOneLine(t *testing.T) {
	var out bytes.Buffer
	if err := (program{args: []string{"-help"}, out: &out, log: io.Discard}).run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"LISTEN_ADDR", "GRAPH_URL", "GRAPH_AUTH", "OIDC_ISSUER", "OIDC_AUDIENCE", "ALLOWED_HOSTS", "GRAPH_CREATE_ROUTE", "REDIS_URL", "REDIS_MODE", "CACHE", "CACHE_MEMORY",
		"CACHE_STALE", "CACHE_PATIENCE", "DIRECT_ENCODING", "REMEMBER_ANSWERS", "COST_LIMIT", "COST_BUDGET", "TRUSTED_DOCUMENTS", "INTROSPECTION", "HTTP_GET", "CONSOLE", "AUDIT_LOG", "TRUSTED_PROXIES", "ADMIN_ADDR", "ADMIN_TOKEN", "CURSOR_KEY",
		"ALLOWED_ORIGINS", "DRAIN_DELAY", "LOG_LEVEL", "LOG_FORMAT", "localhost:8080"} {
		if !strings.Contains(out.String(), name) {
			t.Errorf("-help does not name %s", name)
		}
	}
	out.Reset()
	if err := (program{args: []string{"-version"}, out: &out, log: io.Discard}).run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if strings.Count(out.String(), "\n") != 1 || !strings.HasPrefix(out.String(), "teamwork-graphql ") {
		t.Errorf("-version prints %q", out.String())
	}
	if err := (program{args: []string{"-serve"}, out: &out, log: io.Discard}).run(t.Context()); err == nil {
		t.Error("an unknown argument is taken")
	}
}

func TestOnlyAllowedOriginsMayCall(t *testing.T) {
	f := serve(t, "ALLOWED_ORIGINS=https://dashboard.example.com")
	for origin, want := range map[string]string{"https://dashboard.example.com": "https://dashboard.example.com", "https://evil.example": ""} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, f.url+"/graphql", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"Origin": {origin}, "Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {"content-type"}}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := resp.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("origin %s is allowed as %q, want %q", origin, got, want)
		}
	}
}

func TestLoopbackIsNotServedUnderAnotherName(t *testing.T) {
	f := serve(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/graphql", strings.NewReader(`{"query":"{ __typename }"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Host = "evil.example"
	if a := f.do(req); a.status != http.StatusMisdirectedRequest {
		t.Errorf("a rebound name got %d %s", a.status, a.raw)
	}
}

func TestEveryErrorCarriesTheRequestsID(t *testing.T) {
	f := serve(t)
	for name, a := range map[string]answer{
		"field":      f.ask(`{ node(id: "x") { id } }`),
		"validation": f.ask(`{ nope }`),
		"variable":   f.ask(`query($n: Int!) { devices(first: $n) { nodes { id } } }`),
		"no query":   f.post(strings.NewReader(`{}`), nil),
		"no JSON":    f.post(strings.NewReader(`x`), nil),
	} {
		if len(a.Errors) == 0 || a.Errors[0].Extensions["requestId"] == nil {
			t.Errorf("%s: %s", name, a.raw)
		}
	}
}
