package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/redis/go-redis/v9"

	"github.com/teamwork-graphql/teamwork-graphql/internal/auth/oidctest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

// What must not be told: secrets nowhere, what a token says of its caller in the audit
// alone, and what upstream says of people and things to callers and to the cache alone.
const (
	secretCanary = "SECRET-"
	claimCanary  = "CLAIM-"
	personCanary = "PERSON-"
)

// personalFields are members of upstream's bodies, as far as their values begin.
var personalFields = []string{
	`"displayName":"`, `"user":{"id":"`, `"currentUser":{"id":"`, `"serialNumber":"`, `"uniqueId":"`, `"macAddresses":["`, `"notes":"`, `"companyAssetTag":"`, `"hostName":"`,
	`"ipAddress":"`, `"domainName":"`, `"domain":"`, `"domainUserName":"`, `"smtpAddress":"`, `"emailToSendLogsAndFeedback":"`,
}

// TestNothingPersonalIsTold has a server of each mode answer, refuse and fail in every way
// there is, and looks for canaries in all that it leaves behind.
func TestNothingPersonalIsTold(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts servers")
	}
	program := built(t)
	for mode, environ := range map[string][]string{
		"application":  {"LOG_FORMAT=text"},
		"delegated":    {"LOG_FORMAT=json"},
		"pass-through": {"LOG_FORMAT=text"},
	} {
		t.Run(mode, func(t *testing.T) {
			p := newPersonal(t, program, mode, environ...)
			p.watchMessages()
			p.askAll()
			p.failAll()
			p.look(true)
			p.redis.Kill()
			p.askAll()
			p.look(false)
		})
	}
}

// personal is such a run.
type personal struct {
	t        *testing.T
	issuer   *oidctest.Issuer
	redis    *redistest.Server
	f        *front
	admin    string
	audit    string
	tokens   []string // all that were sent
	token    string
	weather  atomic.Pointer[string] // how upstream fails, nil for not at all
	devices  []mixedDevice
	mu       sync.Mutex
	messages strings.Builder // on Redis' channels
	answers  strings.Builder
	number   int
}

func newPersonal(t *testing.T, program, mode string, environ ...string) *personal {
	p := &personal{t: t, issuer: oidctest.StartTLS(t), redis: redistest.Start(t), audit: filepath.Join(t.TempDir(), "audit")}
	t.Cleanup(p.issuer.CloseClientConnections)
	p.issuer.Answer(func(e oidctest.Exchange) (int, map[string]any) {
		return oidctest.Granted(secretCanary + "upstream-of-" + e.Form.Get("assertion"))
	})
	upstream := httptest.NewServer(p.upstream(sandbox.New(sandbox.Options{Token: "*", Pace: time.Second})))
	t.Cleanup(upstream.Close)
	admin := freeAddr(t)
	p.admin = "http://" + admin
	environ = append(environ, "GRAPH_URL="+upstream.URL+"/beta", "GRAPH_AUTH="+mode, "REDIS_URL="+p.redis.URL(), "LOG_LEVEL=debug", "AUDIT_LOG="+p.audit,
		"SSL_CERT_FILE="+authorityOf(t, p.issuer), "AZURE_AUTHORITY_HOST="+p.issuer.URL, "AZURE_TENANT_ID="+oidctest.Tenant, "AZURE_CLIENT_ID=client",
		"AZURE_CLIENT_SECRET="+secretCanary+"client", "CURSOR_KEY="+secretCanary+"cursor-key", "ADMIN_ADDR="+admin, "ADMIN_TOKEN="+secretCanary+"admin-token", "CACHE_STALE=0s")
	environ = append(environ, shortcuts...)
	if mode != "pass-through" {
		environ = verifying(p.issuer, environ...)
	}
	log := &lockedBuffer{}
	server := &process{t: t, program: program, addr: freeAddr(t), environ: environ, log: log}
	server.start()
	t.Cleanup(server.kill)
	p.f = &front{t: t, url: "http://" + server.addr, log: log}
	p.token = p.newToken(oidctest.Claims{"scp": readScope + " " + writeScope})
	return p
}

// newToken returns a token that says a lot of whom it is of.
func (p *personal) newToken(claims oidctest.Claims) string {
	all := oidctest.Claims{"oid": claimCanary + "object", "sub": claimCanary + "subject", "azp": claimCanary + "app", "jti": fmt.Sprint(len(p.tokens))}
	for _, name := range []string{"name", "preferred_username", "email", "ipaddr", "given_name"} {
		all[name] = claimCanary + name
	}
	for name, value := range claims {
		all[name] = value
	}
	token := p.issuer.Token(p.t, all)
	p.tokens = append(p.tokens, token)
	return token
}

// upstream marks what a sandbox says, and fails as the weather is.
func (p *personal) upstream(box *sandbox.Server) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if weather := p.weather.Load(); weather != nil {
			p.fail(w, *weather)
			return
		}
		rec := httptest.NewRecorder()
		box.ServeHTTP(rec, r)
		body := rec.Body.Bytes()
		for _, start := range personalFields {
			body = bytes.ReplaceAll(body, []byte(start), []byte(start+personCanary))
		}
		for _, start := range []string{`"defaultPassword":"`, `"lockPin":"`} {
			body = bytes.ReplaceAll(body, []byte(start), []byte(start+secretCanary))
		}
		for name, values := range rec.Header() {
			if name != "Content-Length" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(body)
	})
}

// fail is a failure of upstream's whose body names a person, where no error should.
func (p *personal) fail(w http.ResponseWriter, weather string) {
	body := `{"id":"` + personCanary + `half","notes":"` + personCanary + `half","hardwareDetail":{"serialNumber":"` + personCanary + `half`
	status := http.StatusOK
	w.Header().Set("Content-Type", "application/json")
	switch weather {
	case "reset":
		panic(http.ErrAbortHandler)
	case "HTML":
		w.Header().Set("Content-Type", "text/html")
		body = "<html>" + personCanary + "page</html>"
	case "redirect":
		w.Header().Set("Location", "http://other.example/"+personCanary+"place")
		status = http.StatusFound
	case "other types":
		body = `{"id":["` + personCanary + `id"],"value":[{"id":{"a":"` + personCanary + `id"}},"` + personCanary + `item"],"createdDateTime":"` + personCanary + `time","hardwareDetail":"` + personCanary + `hardware"}`
	case "throttled", "unavailable", "forbidden", "unauthenticated", "gone":
		status = map[string]int{"throttled": 429, "unavailable": 503, "forbidden": 403, "unauthenticated": 401, "gone": 410}[weather]
		body = `{"error":{"code":"Failed","message":"it failed","innerError":{"request-id":"11111111-1111-4111-8111-111111111111","user":"` + personCanary + `user"}}}`
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// watchMessages hears what replicas tell each other.
func (p *personal) watchMessages() {
	client := redis.NewClient(&redis.Options{Addr: p.redis.Addr})
	p.t.Cleanup(func() { _ = client.Close() })
	all := client.PSubscribe(p.t.Context(), "*")
	if _, err := all.Receive(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		for message := range all.Channel() {
			p.mu.Lock()
			p.messages.WriteString(message.Channel + " " + message.Payload + "\n")
			p.mu.Unlock()
		}
	}()
}

// send sends a body, with a token unless it is "", and keeps the answer.
func (p *personal) send(token, body string) string {
	p.t.Helper()
	header := http.Header{"X-Forwarded-For": {"192.0.2.7"}, "Cookie": {secretCanary + "cookie=1"}, "X-Api-Key": {secretCanary + "key"}}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	a := p.f.post(strings.NewReader(body), header)
	p.answers.WriteString(a.raw)
	return a.raw
}

func (p *personal) query(query string, variables map[string]any) string {
	p.t.Helper()
	text, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		p.t.Fatal(err)
	}
	return p.send(p.token, string(text))
}

// askAll asks for everything there is, and creates.
func (p *personal) askAll() {
	p.t.Helper()
	var listed struct {
		Data struct {
			Devices struct {
				Nodes []struct {
					DeviceID        string
					LatestOperation struct{ OperationID string }
				}
			}
		}
	}
	text := p.query(`{ devices(first: 10) { nodes { deviceId latestOperation { operationId } } } }`, nil)
	if err := json.Unmarshal([]byte(text), &listed); err != nil {
		p.t.Fatal(err)
	}
	for _, d := range listed.Data.Devices.Nodes {
		p.devices = append(p.devices, mixedDevice{d.DeviceID, d.LatestOperation.OperationID})
	}
	if len(p.devices) < 10 {
		p.t.Fatalf("no devices: %s\n%s", text, p.f.log)
	}
	for _, d := range p.devices[:3] {
		for _, kind := range mixedKinds {
			p.number++
			p.send(p.token, string(kind.encode(p.t, &mixedGroup{kind: kind, device: d, number: p.number})))
		}
		schema := contract(p.t)
		all := func(typ string) string { return selectAll(schema, schema.Types[typ]) }
		p.query(`query($id: String!) { device(by: {deviceId: $id}) { notes companyAssetTag currentUser { id displayName } createdBy `+all("IdentitySet")+` hardwareDetail `+all("HardwareDetail")+
			` activity `+all("DeviceActivity")+` configuration `+all("DeviceConfiguration")+` health `+all("DeviceHealth")+` } }`, map[string]any{"id": d.id})
	}
	p.query(createDocument, map[string]any{"input": map[string]any{
		"deviceId": p.devices[4].id, "operationType": "CONFIG_UPDATE", "idempotencyKey": fmt.Sprint("personal-", p.number),
		"createdBy": map[string]any{"user": map[string]any{"id": personCanary + "given-id", "displayName": personCanary + "given-name"}},
		"error":     map[string]any{"code": personCanary + "code", "message": personCanary + "message"},
	}})
	for _, filter := range []string{"currentUserId", "hardwareUniqueId"} {
		p.query(`query($f: DeviceFilter) { devices(first: 1, filter: $f) { nodes { id } } }`, map[string]any{"f": map[string]any{filter: personCanary + "filter"}})
	}
	m := &mixed{t: p.t}
	for _, token := range []string{p.token, "e30.e30.e30"} {
		for _, how := range []func(context.Context, *mixedCaller, string, map[string]any) (string, error){m.overSocket, m.overEvents} {
			ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Second)
			text, err := how(ctx, &mixedCaller{tokens: []string{token}}, strings.TrimPrefix(p.f.url, "http://"), map[string]any{"query": mixedWatch, "variables": map[string]any{"ids": []string{p.devices[0].id}}})
			cancel()
			if err != nil && token == p.token && websocket.CloseStatus(err) < 0 {
				p.t.Error(err)
			}
			p.answers.WriteString(text)
		}
	}
}
