package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

const (
	onceDocument = `mutation($input: CreateDeviceOperationInput!) { createDeviceOperation(input: $input) { ...told } }
fragment told on CreateDeviceOperationPayload {
  replayed deviceOperation { operationId }
  userErrors { __typename ... on UserError { message path } ... on OutcomeUnknownError { candidates { operationId } } }
}`
	onceForManyDocument = `mutation($input: CreateDeviceOperationsInput!) { createDeviceOperations(input: $input) {
  replayed results { deviceOperation { operationId } userErrors { __typename } } userErrors { __typename } } }`
)

// once is what a keyed create ended in.
type once struct {
	operation, problem string
	replayed           bool
	candidates         int
}

// createOnce restarts a device under a key, or does what else the input says.
func (f *front) createOnce(device, key string, more ...map[string]any) once {
	f.t.Helper()
	input := map[string]any{"deviceId": device, "operationType": "CONFIG_UPDATE", "idempotencyKey": key}
	for _, m := range more {
		for name, value := range m {
			input[name] = value
		}
	}
	return onceOf(f.t, dig(f.t, f.must(onceDocument, map[string]any{"input": input}), "createDeviceOperation"))
}

// inTime asks again while the store is too slow, as it may be on a busy machine: then nothing
// was sent.
func inTime(tooSlow func() bool) {
	for range 50 {
		if !tooSlow() {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// createInTime is createOnce, in time.
func (f *front) createInTime(device, key string, more ...map[string]any) (o once) {
	f.t.Helper()
	inTime(func() bool {
		o = f.createOnce(device, key, more...)
		return o.problem == "UpstreamUnavailableError"
	})
	return o
}

// createManyInTime creates in bulk, in time, and reports whether all was replayed: in the last
// try alone, or in no try was anything done.
func (f *front) createManyInTime(input map[string]any, lastAlone bool) (payload any, replayed bool) {
	f.t.Helper()
	replayed = true
	inTime(func() bool {
		payload = dig(f.t, f.must(onceForManyDocument, map[string]any{"input": input}), "createDeviceOperations")
		replayed = (replayed || lastAlone) && dig(f.t, payload, "replayed").(bool)
		return strings.Contains(fmt.Sprint(payload), "UpstreamUnavailableError")
	})
	return payload, replayed
}

func onceOf(t *testing.T, payload any) (o once) {
	t.Helper()
	o.replayed = dig(t, payload, "replayed").(bool)
	if op, ok := dig(t, payload, "deviceOperation").(map[string]any); ok {
		o.operation = op["operationId"].(string)
	}
	if problems := dig(t, payload, "userErrors").([]any); len(problems) > 0 {
		problem := problems[0].(map[string]any)
		o.problem = problem["__typename"].(string)
		candidates, _ := problem["candidates"].([]any)
		o.candidates = len(candidates)
	}
	return o
}

// fault sets what goes wrong in a sandbox; "" for nothing.
func fault(t *testing.T, root, faults string) {
	t.Helper()
	method := http.MethodPost
	if faults == "" {
		method = http.MethodDelete
	}
	req, err := http.NewRequestWithContext(t.Context(), method, strings.TrimSuffix(root, "/beta")+"/_sandbox/faults", strings.NewReader(faults))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode >= 300 {
		t.Fatalf("the sandbox answers %d to %s", resp.StatusCode, faults)
	}
}

func TestKeyedCreateHappensOnce(t *testing.T) {
	for name, replicas := range map[string]func(*testing.T, string) (first, second *front){
		"in memory": func(t *testing.T, root string) (first, second *front) {
			f := serve(t, overSocket(root)...)
			return f, f
		},
		"without a cache": func(t *testing.T, root string) (first, second *front) {
			f := serve(t, overSocket(root, "CACHE=off")...)
			return f, f
		},
		"two replicas": func(t *testing.T, root string) (first, second *front) {
			url := "REDIS_URL=" + redistest.Start(t).URL()
			return serve(t, overSocket(root, url)...), serve(t, overSocket(root, url, "CACHE=off")...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			root := upstream(t, sandbox.Options{Pace: time.Hour})
			first, second := replicas(t, root)
			ids := deviceIDs(first, 3)
			created := first.createInTime(ids[0], "key-0001")
			if created.operation == "" || created.replayed {
				t.Fatalf("the first time: %+v", created)
			}
			if d := cmp.Diff(once{operation: created.operation, replayed: true}, second.createInTime(ids[0], "key-0001"), cmp.AllowUnexported(once{})); d != "" {
				t.Errorf("again (-want +got)\n%s", d)
			}
			reused := once{problem: "IdempotencyKeyReusedError"}
			if d := cmp.Diff(reused, second.createInTime(ids[0], "key-0001", map[string]any{"operationType": "REMOTE_LOGIN"}), cmp.AllowUnexported(once{})); d != "" {
				t.Errorf("another input (-want +got)\n%s", d)
			}
			many := map[string]any{"deviceIds": []string{ids[0], ids[1], ids[2]}, "operationType": "CONFIG_UPDATE", "idempotencyKey": "key-0001"}
			for i, replayed := range []bool{false, true} {
				payload, told := second.createManyInTime(many, i > 0)
				if got := dig(t, payload, "results", 0, "deviceOperation", "operationId"); got != created.operation || told != replayed {
					t.Errorf("in bulk, %d: %v, %v", i, told, payload)
				}
			}
			if n := statsOf(t, root).Creates; n != 3 {
				t.Errorf("%d operations were created, want 3", n)
			}
		})
	}
}

// wiretap keeps all that is sent to a sandbox.
type wiretap struct {
	next http.Handler
	mu   sync.Mutex
	seen bytes.Buffer
}

func (w *wiretap) ServeHTTP(out http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	req.Body = io.NopCloser(bytes.NewReader(body))
	w.mu.Lock()
	w.seen.WriteString(req.Method + " " + req.URL.String() + "\n")
	_ = req.Header.Write(&w.seen)
	w.seen.Write(body)
	w.mu.Unlock()
	w.next.ServeHTTP(out, req)
}

func TestKeyNeverGoesUpstream(t *testing.T) {
	tap := &wiretap{next: sandbox.New(sandbox.Options{Quiet: true})}
	server := httptest.NewServer(tap)
	t.Cleanup(server.Close)
	for _, route := range []string{"collection", "actions"} {
		f := serve(t, overSocket(server.URL+"/beta", "GRAPH_CREATE_ROUTE="+route, "LOG_LEVEL=debug", "AUDIT_LOG="+filepath.Join(t.TempDir(), "audit.json"))...)
		ids := deviceIDs(f, 5)
		device, many := ids[0], ids[1:3]
		if route == "actions" {
			device, many = ids[3], ids[3:]
		}
		restart := map[string]any{"operationType": "DEVICE_RESTART"}
		_ = f.createOnce(device, "key-of-somebody", restart)
		_ = f.createOnce(device, "key-of-somebody", restart)
		_ = f.must(onceForManyDocument, map[string]any{"input": map[string]any{"deviceIds": many, "operationType": "DEVICE_RESTART", "idempotencyKey": "key-of-somebody"}})
		if log := f.log.String(); strings.Contains(log, "somebody") {
			t.Errorf("%s: the log shows the key:\n%s", route, log)
		}
	}
	tap.mu.Lock()
	defer tap.mu.Unlock()
	if seen := tap.seen.String(); strings.Contains(seen, "somebody") || strings.Contains(strings.ToLower(seen), "idempotency") || !strings.Contains(seen, "deviceRestart") {
		t.Errorf("upstream was sent\n%s", seen)
	}
}

func TestRefusedCreateThatWasDoneIsFound(t *testing.T) {
	for _, c := range []struct{ faults, problem string }{
		{`{"throttle": 1, "afterWork": 1}`, "ThrottledError"},
		{`{"unavailable": 1, "afterWork": 1}`, "UpstreamUnavailableError"},
	} {
		root := upstream(t, sandbox.Options{Pace: time.Hour})
		f := serve(t, overSocket(root)...)
		id := deviceIDs(f, 1)[0]
		fault(t, root, c.faults)
		if got := f.createOnce(id, "key-0001"); got.problem != c.problem {
			t.Errorf("%s: %+v", c.faults, got)
		}
		fault(t, root, "")
		var got once
		for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(50 * time.Millisecond) { // upstream may have asked to wait
			if got = f.createOnce(id, "key-0001"); got.problem == "" {
				break
			}
		}
		if n := statsOf(t, root).Creates; got.operation == "" || !got.replayed || n != 1 {
			t.Errorf("%s: then %+v, and %d operations", c.faults, got, n)
		}
	}
}

func TestLostAnswerStaysUnknownAndShowsWhatAppeared(t *testing.T) {
	root := upstream(t, sandbox.Options{Pace: time.Hour})
	f := serve(t, overSocket(root)...)
	id := deviceIDs(f, 1)[0]
	fault(t, root, `{"error": 1, "afterWork": 1}`)
	_ = f.createOnce(id, "key-0001")
	fault(t, root, "")
	want := once{problem: "OutcomeUnknownError", replayed: true, candidates: 1}
	if d := cmp.Diff(want, f.createOnce(id, "key-0001"), cmp.AllowUnexported(once{})); d != "" {
		t.Errorf("again (-want +got)\n%s", d)
	}
	if n := statsOf(t, root).Creates; n != 1 {
		t.Errorf("%d operations", n)
	}
}

func TestKeyedCreateWithoutItsRedisIsRefused(t *testing.T) {
	server := redistest.Start(t)
	root := upstream(t, sandbox.Options{})
	f := serve(t, overSocket(root, "REDIS_URL="+server.URL())...)
	id := deviceIDs(f, 1)[0]
	server.Kill()
	if got := f.createOnce(id, "key-0001"); got.problem != "UpstreamUnavailableError" || statsOf(t, root).Creates != 0 {
		t.Errorf("got %+v", got)
	}
	plain := map[string]any{"input": map[string]any{"deviceId": id, "operationType": "CONFIG_UPDATE"}}
	if got := onceOf(t, dig(t, f.must(onceDocument, plain), "createDeviceOperation")); got.operation == "" {
		t.Errorf("without a key: %+v", got)
	}
}
