package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

// spoiler is upstream with its own answer for some paths, whether they are asked for
// alone or in a batch. It counts the HTTP requests.
type spoiler struct {
	next http.Handler
	mu   sync.Mutex
	own  map[string]spoiled // by path, without the version
	sent int
}

// spoiled is an answer; a body that is no JSON is base64 in a batch.
type spoiled struct {
	status int
	header map[string]string
	body   string
}

func (s *spoiler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.sent++
	instead := s.own
	s.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/beta")
	if own, ok := instead[path]; ok {
		for name, value := range own.header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(own.status)
		_, _ = io.WriteString(w, own.body)
		return
	}
	if path != "/$batch" {
		s.next.ServeHTTP(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	answered := httptest.NewRecorder()
	s.next.ServeHTTP(answered, r)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(answered.Code)
	_, _ = w.Write(inBatch(instead, body, answered.Body.Bytes()))
}

// inBatch replaces the answers of members that have one of their own.
func inBatch(instead map[string]spoiled, asked, answered []byte) []byte {
	var requests struct{ Requests []struct{ ID, URL string } }
	var responses struct {
		Responses []map[string]any `json:"responses"`
	}
	if json.Unmarshal(asked, &requests) != nil || json.Unmarshal(answered, &responses) != nil {
		return answered
	}
	for _, member := range requests.Requests {
		path, _, _ := strings.Cut(member.URL, "?")
		own, ok := instead[path]
		if !ok {
			continue
		}
		i := slices.IndexFunc(responses.Responses, func(r map[string]any) bool { return r["id"] == member.ID })
		var body any = base64.RawURLEncoding.EncodeToString([]byte(own.body))
		if json.Valid([]byte(own.body)) {
			body = json.RawMessage(own.body)
		}
		responses.Responses[i] = map[string]any{"id": member.ID, "status": own.status, "headers": own.header, "body": body}
	}
	text, _ := json.Marshal(responses)
	return text
}

// spoil gives paths their own answers, and forgets what was counted.
func (s *spoiler) spoil(own map[string]spoiled) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.own, s.sent = own, 0
}

// requests is how many HTTP requests came since the last spoil.
func (s *spoiler) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent
}

// failure is upstream's answer with an error.
func failure(status int, code, message string, header map[string]string) spoiled {
	headers := map[string]string{"Content-Type": "application/json"}
	for name, value := range header {
		headers[name] = value
	}
	return spoiled{status, headers, fmt.Sprintf(`{"error":{"code":%q,"message":%q}}`, code, message)}
}

// asCaller sends a query with a token of the caller's own.
func asCaller(f *front, query string, variables map[string]any) answer {
	f.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		f.t.Fatal(err)
	}
	return f.post(bytes.NewReader(body), http.Header{"Authorization": {"Bearer a-caller"}})
}

// serveSpoiled serves a tenant of 100 devices, and returns their ids in order.
func serveSpoiled(t *testing.T, environ ...string) (*front, *spoiler, []string) {
	t.Helper()
	s := &spoiler{next: sandbox.New(sandbox.Options{Devices: 100, Quiet: true})}
	f, _ := serveOver(t, s, append([]string{"GRAPH_AUTH=pass-through"}, environ...)...)
	a := asCaller(f, `{ devices(first: 100) { nodes { deviceId } } }`, nil)
	var ids []string
	for _, node := range dig(t, a.Data, "devices", "nodes").([]any) {
		ids = append(ids, dig(t, node, "deviceId").(string))
	}
	if len(ids) != 100 {
		t.Fatalf("%d devices, want 100", len(ids))
	}
	return f, s, ids
}

// fourFailures spoils one read of four devices: without a licence, throttled for longer
// than anybody waits, a page of HTML, and a gateway that gave up.
func fourFailures(ids []string, read string) map[string]spoiled {
	at := func(i int) string { return "/teamwork/devices/" + ids[i] + "/" + read }
	return map[string]spoiled{
		at(7):  failure(http.StatusForbidden, "Forbidden", "Failed to get license information for the user.", nil),
		at(31): failure(http.StatusTooManyRequests, "TooManyRequests", "Too many requests.", map[string]string{"Retry-After": "120"}),
		at(55): {http.StatusOK, map[string]string{"Content-Type": "text/html"}, "<html><body>Sign in</body></html>"},
		at(99): failure(http.StatusGatewayTimeout, "GatewayTimeout", "", nil),
	}
}

func TestFleetSurvivesItsBadDevices(t *testing.T) {
	for _, list := range []struct{ name, selection, path string }{
		{"nodes", "nodes { %s }", "devices nodes %d health"},
		{"edges", "edges { node { %s } }", "devices edges %d node health"},
	} {
		t.Run(list.name, func(t *testing.T) {
			f, s, ids := serveSpoiled(t, "CACHE=off", "REQUEST_TIMEOUT=1m")
			s.spoil(fourFailures(ids, "health"))
			fields := `deviceId health { connection { connectionStatus } }`
			a := asCaller(f, `{ devices(first: 100) { `+fmt.Sprintf(list.selection, fields)+` } }`, nil)
			if a.status != http.StatusOK || len(a.Errors) != 4 {
				t.Fatalf("%d errors: %.2000s", len(a.Errors), a.raw)
			}
			got := map[string]any{}
			for _, e := range a.Errors {
				got[strings.Trim(fmt.Sprint(e.Path), "[]")] = fmt.Sprint(e.Extensions["code"], " ", e.Extensions["retryAfterSeconds"])
			}
			want := map[string]any{
				fmt.Sprintf(list.path, 7):  "FORBIDDEN <nil>",
				fmt.Sprintf(list.path, 31): "RATE_LIMITED 120",
				fmt.Sprintf(list.path, 55): "UPSTREAM_BAD_RESPONSE <nil>",
				fmt.Sprintf(list.path, 99): "UPSTREAM_UNAVAILABLE <nil>",
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("errors (-want +got)\n%s", d)
			}
			whole := 0
			for i, item := range dig(t, a.Data, "devices", list.name).([]any) {
				if list.name == "edges" {
					item = dig(t, item, "node")
				}
				if dig(t, item, "deviceId") != ids[i] {
					t.Errorf("device %d is %v", i, item)
				}
				if dig(t, item, "health") != nil {
					whole++
				}
			}
			if whole != 96 {
				t.Errorf("%d whole devices, want 96", whole)
			}
		})
	}
}

func TestFirstCreateIsAnsweredThoughTheSecondIsForbidden(t *testing.T) {
	f, s, ids := serveSpoiled(t)
	s.spoil(map[string]spoiled{"/teamwork/devices/" + ids[1] + "/operations": failure(http.StatusForbidden, "Forbidden", "no", nil)})
	a := asCaller(f, `mutation($first: ID!, $second: ID!) {
		first: createDeviceOperation(input: {deviceId: $first, operationType: REMOTE_LOGIN}) { ...outcome }
		second: createDeviceOperation(input: {deviceId: $second, operationType: REMOTE_LOGIN}) { ...outcome }
	}
	fragment outcome on CreateDeviceOperationPayload {
		deviceOperation { deviceId status device { deviceId } } userErrors { __typename }
	}`, map[string]any{"first": ids[0], "second": ids[1]})
	done := map[string]any{"deviceId": ids[0], "status": "QUEUED", "device": map[string]any{"deviceId": ids[0]}}
	want := map[string]any{
		"first":  map[string]any{"deviceOperation": done, "userErrors": []any{}},
		"second": map[string]any{"deviceOperation": nil, "userErrors": []any{map[string]any{"__typename": "PermissionDeniedError"}}},
	}
	if d := cmp.Diff(want, a.Data); d != "" || len(a.Errors) > 0 {
		t.Errorf("%s (-want +got)\n%s", a.raw, d)
	}
}

// TestFleetIsReadInBatches: two pages of fifty devices, and five batches of twenty for
// each field. On a busy machine a batch may leave before it is full; without batches it
// would be 102 requests and more.
func TestFleetIsReadInBatches(t *testing.T) {
	for _, c := range []struct {
		name, query   string
		least, atMost int
	}{
		{"nodes", `{ devices(first: 100) { nodes { operations(first: 5) { nodes { operationId } } } } }`, 7, 25},
		{"edges", `{ devices(first: 100) { edges { node { operations(first: 5) { nodes { operationId } } } } } }`, 7, 25},
		{"two fields", `{ devices(first: 100) { nodes { health { meta { stale } } activity { meta { stale } } } } }`, 12, 50},
		{"nodes and edges", `{ devices(first: 100) { nodes { health { meta { stale } } } edges { node { health { meta { stale } } } } } }`, 7, 25},
		{"back to the devices", `{ devices(first: 100) { nodes { operations(first: 5) { nodes { operationId device { deviceId } } } } } }`, 7, 25},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &spoiler{next: sandbox.New(sandbox.Options{Devices: 100, Quiet: true})}
			f, _ := serveOver(t, s, "GRAPH_AUTH=pass-through", "REQUEST_TIMEOUT=1m")
			if a := asCaller(f, c.query, nil); len(a.Errors) > 0 {
				t.Fatalf("errors in %.500s", a.raw)
			}
			if got := s.requests(); got < c.least || got > c.atMost {
				t.Errorf("%d upstream requests, want %d to %d", got, c.least, c.atMost)
			}
			s.spoil(nil)
			if asCaller(f, c.query, nil); s.requests() != 0 {
				t.Errorf("%d upstream requests for what is remembered", s.requests())
			}
		})
	}
}
