package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/redis/go-redis/v9"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

// dump returns all that a Redis holds, also what is packed.
func dump(t *testing.T, server *redistest.Server) string {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer client.Close()
	var all strings.Builder
	for _, key := range keysIn(t, server) {
		value, err := client.Get(t.Context(), key).Result()
		if errors.Is(err, redis.Nil) {
			continue // it was a lease's, and is over
		}
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(key + "\n" + value + "\n")
		if head, packed, ok := strings.Cut(value, "\n"); ok && head[0] == '2' {
			text, err := s2.Decode(nil, []byte(packed))
			if err != nil {
				t.Fatalf("%s: %v", key, err)
			}
			all.Write(text)
		}
	}
	return all.String()
}

func TestDeviceSecretsReachNeitherAnswerNorCacheNorLog(t *testing.T) {
	const canary = "CANARY-8841"
	body := `{"id":"d","createdDateTime":"2026-01-01T00:00:00Z","systemConfiguration":{"defaultPassword":"` + canary + `","lockPin":"` + canary +
		`","language":"en-GB","isLoggingEnabled":` // cut off: an error must not quote it either
	whole := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/configuration") && strings.Contains(r.URL.Path, "broken"):
			_, _ = w.Write([]byte(body))
		case strings.HasSuffix(r.URL.Path, "/configuration"):
			_, _ = w.Write([]byte(body + `true}}`))
		default:
			_, _ = w.Write([]byte(`{"id":"` + r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:] + `","deviceType":"sip"}`))
		}
	})
	server := redistest.Start(t)
	f, _ := serveOver(t, whole, "REDIS_URL="+server.URL(), "LOG_LEVEL=debug")
	query := `query($id: String!) { device(by: {deviceId: $id}) { configuration { systemConfiguration { language isLoggingEnabled } } } }`
	good := f.must(query, map[string]any{"id": "good"})
	if dig(t, good, "device", "configuration", "systemConfiguration", "language") != "en-GB" {
		t.Errorf("got %v", good)
	}
	broken := f.ask(query, map[string]any{"id": "broken"})
	if len(broken.Errors) != 1 {
		t.Errorf("got %s", broken.raw)
	}
	for try := 1; !eventually(2*time.Second, func() bool { return strings.Contains(dump(t, server), "en-GB") }); try++ {
		if try == 5 {
			t.Fatal("the configuration was not kept: the test would look at nothing")
		}
		f.must(query, map[string]any{"id": fmt.Sprint("good", try)}) // the store was too slow to keep the last one
	}
	for place, text := range map[string]string{"answer": broken.raw, "log": f.log.String(), "cache": dump(t, server)} {
		if strings.Contains(text, canary) {
			t.Errorf("the secret is in the %s:\n%s", place, text)
		}
	}
}

func TestCallersTokenGoesUpstreamAndNowhereElse(t *testing.T) {
	const alice, bob = "CANARY-alice-4711", "CANARY-bob-4712"
	box := sandbox.New(sandbox.Options{Quiet: true, Token: "*"})
	sent := make(chan string, 10)
	server := redistest.Start(t)
	f, root := serveOver(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/beta") {
			sent <- r.Header.Get("Authorization")
		}
		box.ServeHTTP(w, r)
	}), "GRAPH_AUTH=pass-through", "REDIS_URL="+server.URL(), "LOG_LEVEL=debug")
	ask := func(token string) answer {
		return f.post(strings.NewReader(`{"query":"{ devices(first: 1) { nodes { id } } }"}`), http.Header{"Authorization": {"Bearer " + token}})
	}
	if a := f.try(`{ devices { nodes { id } } }`); a.status != http.StatusUnauthorized || a.Errors[0].Extensions["code"] != "UNAUTHENTICATED" {
		t.Errorf("without a token: %d %s", a.status, a.raw)
	}
	for _, token := range []string{alice, bob} {
		if a := ask(token); len(a.Errors) > 0 {
			t.Fatalf("%s", a.raw)
		}
	}
	waitForKeys(t, server, 2)
	before := statsOf(t, root).Requests
	ask(alice)
	ask(bob)
	if n := statsOf(t, root).Requests - before; n != 0 || len(sent) != 2 {
		t.Errorf("%d more requests for remembered answers; sent %d in all, want 2: one for each caller", n, len(sent))
	}
	if len(sent) == 2 && (<-sent != "Bearer "+alice || <-sent != "Bearer "+bob) {
		t.Error("another token went upstream")
	}
	for place, text := range map[string]string{"log": f.log.String(), "cache": dump(t, server)} {
		if strings.Contains(text, "CANARY") {
			t.Errorf("a token is in the %s", place)
		}
	}
}

func TestNothingOutlivesTheCallersToken(t *testing.T) {
	box := sandbox.New(sandbox.Options{Quiet: true, Token: "*"})
	server := redistest.Start(t)
	f, root := serveOver(t, box, "GRAPH_AUTH=pass-through", "REDIS_URL="+server.URL())
	ask := func(claims string) (requests int) {
		before := statsOf(t, root).Requests
		token := "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
		a := f.post(strings.NewReader(`{"query":"{ devices(first: 1) { nodes { id } } }"}`), http.Header{"Authorization": {"Bearer " + token}})
		if a.status != http.StatusOK || len(a.Errors) > 0 {
			t.Fatalf("%s: %d %s", claims, a.status, a.raw)
		}
		return statsOf(t, root).Requests - before
	}
	for claims, want := range map[string]int{`{"exp":4102444800}`: 0, `{"exp":1}`: 1, `{"exp":"never"}`: 0} {
		if first, again := ask(claims), ask(claims); first != 1 || again != want {
			t.Errorf("%s: %d requests, then %d, want 1, then %d", claims, first, again, want)
		}
	}
	eventually(5*time.Second, func() bool { return len(keptIn(t, server)) >= 2 })
	if n := len(keptIn(t, server)); n != 2 {
		t.Errorf("%d answers are kept, want 2", n)
	}
}
