package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/auth/oidctest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

// answeredOfTen asks two new replicas ten times in turn for what a budget pays for thrice.
func answeredOfTen(t *testing.T) (answered int, replicas []*front) {
	t.Helper()
	redis := redistest.Start(t)
	environ := []string{"REDIS_URL=" + redis.URL(), "COST_LIMIT=100", "COST_BUDGET=200"}
	replicas = []*front{serve(t, environ...), serve(t, environ...)}
	const document = `{ devices(first: 50) { nodes { meta { stale } } } }` // 5 + 1 + 50
	for i := range 10 {
		a := replicas[i%2].try(document)
		if a.status == http.StatusOK {
			answered++
			continue
		}
		if a.status != http.StatusTooManyRequests || a.Errors[0].Extensions["code"] != "COST_BUDGET_EXCEEDED" || a.Errors[0].Extensions["retryAfterSeconds"] == nil {
			t.Errorf("refused with %d %s", a.status, a.raw)
		}
	}
	return answered, replicas
}

func TestBudgetIsOfAllReplicasTogether(t *testing.T) {
	answered, replicas := answeredOfTen(t)
	for try := 1; answered != 3; try++ { // a replica whose store is too slow has a budget of its own, and one that takes seconds earns more
		if try == 5 {
			t.Errorf("%d of 10 were answered, want 3", answered)
			break
		}
		answered, replicas = answeredOfTen(t)
	}
	a := replicas[0].ask(`{ devices(first: 100) { nodes { meta { stale } health { meta { stale } } } } }`)
	if a.Errors[0].Extensions["code"] != "COST_BUDGET_EXCEEDED" && a.Errors[0].Extensions["code"] != "COST_LIMIT_EXCEEDED" {
		t.Errorf("answered %s", a.raw)
	}
}

// TestBudgetIsOfAVerifiedCaller asks from one address all along.
func TestBudgetIsOfAVerifiedCaller(t *testing.T) {
	o := oidctest.Start(t)
	f := serve(t, verifying(o, "COST_LIMIT=60", "COST_BUDGET=60")...)
	const fifty = `{"query":"{ devices(first: 50) { nodes { meta { stale } } } }"}` // 56: one a minute
	alice, bob := oidctest.Claims{"oid": "alice"}, oidctest.Claims{"oid": "bob"}
	for _, c := range []struct {
		name  string
		token string
		want  int
	}{
		{"one caller", o.Token(t, alice), http.StatusOK},
		{"the same with a new token", o.Token(t, oidctest.Claims{"oid": "alice", "jti": "2"}), http.StatusTooManyRequests},
		{"another caller", o.Token(t, bob), http.StatusOK},
		{"that one again", o.Token(t, bob), http.StatusTooManyRequests},
	} {
		a := f.post(strings.NewReader(fifty), http.Header{"Authorization": {"Bearer " + c.token}})
		if a.status != c.want {
			t.Errorf("%s: %d %s", c.name, a.status, a.raw)
		}
	}
}

func TestDocumentSentToOneReplicaIsKnownToAll(t *testing.T) {
	redis := redistest.Start(t)
	first, second := serve(t, "REDIS_URL="+redis.URL()), serve(t, "REDIS_URL="+redis.URL())
	for try := 1; !sharesDocument(t, first, second, fmt.Sprintf("query Kept%d { __typename }", try)); try++ {
		if try == 5 {
			t.Error("the second replica does not know what the first was sent")
			break
		}
	}
	if a := second.post(strings.NewReader(namedDocument("no hash at all")), nil); a.Errors[0].Extensions["code"] != "PERSISTED_QUERY_NOT_FOUND" {
		t.Errorf("no hash: %s", a.raw)
	}
}

// namedDocument is a request for a document by its hash alone.
func namedDocument(hash string) string {
	return `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + hash + `"}}}`
}

// sharesDocument sends a document to one server, and reports whether another one knows it
// soon: never, if the store was too slow to keep it.
func sharesDocument(t *testing.T, first, second *front, document string) bool {
	t.Helper()
	digest := sha256.Sum256([]byte(document))
	named := namedDocument(hex.EncodeToString(digest[:]))
	whole := `{"query":"` + document + `",` + named[1:]
	if a := second.post(strings.NewReader(named), nil); a.Errors[0].Extensions["code"] != "PERSISTED_QUERY_NOT_FOUND" {
		t.Errorf("nobody sent it: %s", a.raw)
	}
	for i, body := range []string{whole, named} {
		if a := first.post(strings.NewReader(body), nil); a.Data["__typename"] != "Query" {
			t.Errorf("request %d: %s", i, a.raw)
		}
	}
	return eventually(2*time.Second, func() bool { return second.post(strings.NewReader(named), nil).Data["__typename"] == "Query" })
}

func TestCreatesAreAudited(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.json")
	f := serve(t, "AUDIT_LOG="+path)
	device := devicesOf(t, f)[0]
	f.must(`mutation($id: ID!) { createDeviceOperation(input: {deviceId: $id, operationType: DEVICE_RESTART, idempotencyKey: "audited-1"}) { deviceOperation { id } userErrors { __typename } } }`,
		map[string]any{"id": device})
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines: %s", len(lines), text)
	}
	for i, event := range []string{"create.asked", "create.done"} {
		var line map[string]any
		if err := json.Unmarshal([]byte(lines[i]), &line); err != nil {
			t.Fatal(err)
		}
		if line["event"] != event || line["deviceId"] != device || line["requestId"] == "" || line["idempotencyKey"] != "audited-1" || (i == 1) != (line["outcome"] == "created") {
			t.Errorf("line %d: %s", i, lines[i])
		}
	}
}

func TestTrustedDocumentsAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "documents.json")
	if err := os.WriteFile(path, []byte(`{"a1": "{ devices(first: 1) { nodes { id } } }"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	f := serve(t, "TRUSTED_DOCUMENTS="+path)
	if a := f.post(strings.NewReader(`{"documentId":"a1"}`), nil); a.Data["devices"] == nil {
		t.Errorf("a trusted one: %s", a.raw)
	}
	if a := f.ask(`{ __typename }`); a.Data != nil || a.Errors[0].Extensions["code"] != "DOCUMENT_NOT_TRUSTED" {
		t.Errorf("another: %s", a.raw)
	}
}
