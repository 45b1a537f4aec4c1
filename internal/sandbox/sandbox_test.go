package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tenant is a server under test, with a clock that moves only when told.
type tenant struct {
	*testing.T
	*Server
	mu  sync.Mutex
	now time.Time
}

func newTenant(t *testing.T, opts Options) *tenant {
	t.Helper()
	n := &tenant{T: t, now: time.Date(2026, 3, 14, 9, 26, 53, 589e6, time.UTC)}
	opts.Now = func() time.Time {
		n.mu.Lock()
		defer n.mu.Unlock()
		return n.now
	}
	n.Server = New(opts)
	return n
}

func (n *tenant) pass(d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now = n.now.Add(d)
}

// result is an answer, decoded.
type result struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// do sends a request below /beta, or to an absolute path. Headers come as "Name: value".
func (n *tenant) do(method, path, body string, headers ...string) result {
	n.Helper()
	if !strings.HasPrefix(path, "http") && !strings.HasPrefix(path, "/_sandbox") {
		path = "http://graph.test/beta" + path
	}
	req := httptest.NewRequest(method, "/", strings.NewReader(body))
	parsed := httptest.NewRequest(method, strings.ReplaceAll(path, " ", "%20"), nil)
	req.URL, req.Host = parsed.URL, "graph.test"
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	rec := httptest.NewRecorder()
	n.ServeHTTP(rec, req)
	res := result{status: rec.Code, header: rec.Header(), text: rec.Body.String()}
	_ = json.Unmarshal(rec.Body.Bytes(), &res.body)
	return res
}

func (n *tenant) get(path string, headers ...string) result {
	n.Helper()
	return n.do("GET", path, "", headers...)
}

// want fails unless the status is the one expected, and gives the result back.
func (n *tenant) want(status int, r result) result {
	n.Helper()
	if r.status != status {
		n.Fatalf("status %d, want %d: %.300s", r.status, status, r.text)
	}
	return r
}

func (n *tenant) faults(body string) {
	n.Helper()
	n.want(200, n.do("POST", "/_sandbox/faults", body))
}

// path is where device i lives.
func (n *tenant) path(i int) string { return "/teamwork/devices/" + n.units[i].device.ID }

// at digs into a result: "value.0.id".
func (r result) at(path string) any {
	var v any = r.body
	for step := range strings.SplitSeq(path, "/") {
		switch inner := v.(type) {
		case map[string]any:
			v = inner[step]
		case []any:
			if i := int(step[0] - '0'); i < len(inner) {
				v = inner[i]
			} else {
				return nil
			}
		default:
			return nil
		}
	}
	return v
}

func (r result) values() []map[string]any {
	var out []map[string]any
	list, _ := r.body["value"].([]any)
	for _, v := range list {
		out = append(out, v.(map[string]any))
	}
	return out
}

func ids(r result) []string {
	var out []string
	for _, v := range r.values() {
		id, _ := v["id"].(string)
		out = append(out, id)
	}
	return out
}

func TestOneSeedIsOneTenant(t *testing.T) {
	a, b := newTenant(t, Options{Devices: 12}), newTenant(t, Options{Seed: 1, Devices: 40})
	other := newTenant(t, Options{Seed: 2, Devices: 12})
	for _, part := range []string{"", "/activity?expand=*", "/configuration?expand=*", "/health?expand=*", "/operations"} {
		for i := range 12 {
			first, second := a.get(a.path(i)+part), b.get(b.path(i)+part)
			if diff := cmp.Diff(first.text, second.text); diff != "" {
				t.Fatalf("device %d %s differs between tenants of one seed: %s", i, part, diff)
			}
		}
	}
	if a.path(0) == other.path(0) {
		t.Error("two seeds gave the same device")
	}
	create := `{"status":"Queued","operationType":"deviceRestart"}`
	if x, y := a.do("POST", a.path(0)+"/operations", create), b.do("POST", b.path(0)+"/operations", create); x.text != y.text {
		t.Errorf("the first created operation differs: %s and %s", x.text, y.text)
	}
}

func TestFirstDeviceIsTheOneInTheReadme(t *testing.T) {
	n := newTenant(t, Options{})
	got := n.want(200, n.get(n.path(0)))
	for path, want := range map[string]any{
		"id": "7aaf2f10-dc4f-b43d-bbd9-9af1a767eca8", "deviceType": "teamsRoom", "companyAssetTag": "BLR-4-KIRANA",
		"notes": "Boardroom, 4th floor",
	} {
		if got.at(path) != want {
			t.Errorf("%s is %v, want %v", path, got.at(path), want)
		}
	}
}

func TestEveryAnswerCarriesGraphsHeaders(t *testing.T) {
	n := newTenant(t, Options{})
	for name, path := range map[string]string{"success": "/teamwork/devices", "error": "/teamwork/devices/none"} {
		t.Run(name, func(t *testing.T) {
			r := n.get(path, "client-request-id: my-own")
			for _, h := range []string{"request-id", "Date", "Cache-Control", "Strict-Transport-Security", "x-ms-ags-diagnostic", "Content-Type"} {
				if r.header.Get(h) == "" {
					t.Errorf("no %s", h)
				}
			}
			if got := r.header.Get("client-request-id"); got != "my-own" {
				t.Errorf("client-request-id is %q, not echoed", got)
			}
			if again := n.get(path).header.Get("request-id"); again == r.header.Get("request-id") {
				t.Error("request-id is not fresh")
			}
			if hasVersion := r.header.Get("OData-Version") == "4.0"; hasVersion != (r.status == 200) {
				t.Errorf("OData-Version present: %v on status %d", hasVersion, r.status)
			}
		})
	}
}

func TestErrorsComeInTheDocumentedEnvelope(t *testing.T) {
	n := newTenant(t, Options{})
	r := n.want(404, n.get("/teamwork/devices/none", "client-request-id: mine"))
	want := map[string]any{"error": map[string]any{
		"code": "NotFound", "message": "The device was not found in this tenant.",
		"innerError": map[string]any{
			"date": "2026-03-14T09:26:53", "request-id": r.header.Get("request-id"), "client-request-id": "mine",
		},
	}}
	if diff := cmp.Diff(want, r.body); diff != "" {
		t.Error(diff)
	}
}

func TestTokenIsDemanded(t *testing.T) {
	for _, c := range []struct {
		name, demanded, sent string
		status               int
		message              string
	}{
		{"none is sent", "secret", "", 401, "Access token is empty."},
		{"an empty one is sent", "*", "Bearer ", 401, "Access token is empty."},
		{"another scheme is used", "*", "Basic eA==", 401, "Access token is empty."},
		{"a wrong one is sent", "secret", "Bearer guess", 401, "Access token validation failure. Invalid signature."},
		{"the right one is sent", "secret", "bearer secret", 200, ""},
		{"any will do", "*", "Bearer whatever", 200, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newTenant(t, Options{Token: c.demanded})
			r := n.want(c.status, n.get("/teamwork/devices", "Authorization: "+c.sent))
			if c.status == 401 {
				if r.at("error/code") != "InvalidAuthenticationToken" || r.at("error/message") != c.message {
					t.Errorf("got %s", r.text)
				}
			}
		})
	}
}

func TestRateIsCountedPerInnerRequest(t *testing.T) {
	n := newTenant(t, Options{Rate: 3})
	batch := `{"requests":[{"id":"1","method":"GET","url":"/teamwork/devices"},{"id":"2","method":"GET","url":"/teamwork/devices"}]}`
	n.want(200, n.do("POST", "/$batch", batch))
	n.want(200, n.get("/teamwork/devices"))
	r := n.want(429, n.get("/teamwork/devices"))
	if r.header.Get("Retry-After") != "1" || r.at("error/innerError/code") != "429" || r.at("error/code") != "TooManyRequests" {
		t.Errorf("got %v %s", r.header, r.text)
	}
	n.pass(time.Second)
	for range 3 {
		n.want(200, n.get("/teamwork/devices"))
	}
	n.want(429, n.get("/teamwork/devices"))
}

func TestLatencyIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newTenant(t, Options{Latency: 30 * time.Second})
		began := time.Now()
		n.want(200, n.get("/teamwork/devices"))
		if took := time.Since(began); took != 30*time.Second {
			t.Errorf("answered after %v", took)
		}
	})
}

func TestManyCallersMayReadAndCreateAtOnce(t *testing.T) {
	n := newTenant(t, Options{Devices: 4, Pace: time.Millisecond})
	n.Server.faults.Store(&faults{Throttle: 0.01})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 60 {
				at := n.path(i % 4)
				body := io.Reader(http.NoBody)
				method, path := "GET", []string{"", "/health", "/operations", "/configuration"}[i%4]
				if i%5 == 0 {
					method, path, body = "POST", "/operations", bytes.NewReader([]byte(`{"status":"Queued","operationType":"configUpdate"}`))
				}
				req := httptest.NewRequest(method, "http://graph.test/beta"+at+path, body)
				req.Header.Set("Content-Type", "application/json")
				n.ServeHTTP(httptest.NewRecorder(), req)
				n.pass(time.Millisecond)
			}
		})
	}
	group.Wait()
	report := n.stats.report()
	if report.Requests != 480 || report.Inner != 480 || report.Creates == 0 || report.Creates > 96 {
		t.Errorf("counted %+v", report)
	}
}
