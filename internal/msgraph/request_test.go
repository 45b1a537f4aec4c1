package msgraph

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// dump writes down a request as it came over the wire. What is new in each request
// is checked, and replaced by a word.
func dump(t *testing.T, r *http.Request) []byte {
	t.Helper()
	if id := r.Header.Get("client-request-id"); uuid.Validate(id) != nil {
		t.Errorf("client-request-id is %q, not a GUID", id)
	}
	r.Header.Set("client-request-id", "GUID")
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s\n", r.Method, r.RequestURI)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(r.Header[name], ", "))
	}
	if body, err := io.ReadAll(r.Body); err != nil {
		t.Error(err)
	} else if len(body) > 0 {
		fmt.Fprintf(&b, "\n%s\n", body)
	}
	return b.Bytes()
}

// fullCreate sets all nine properties that a create may have.
func fullCreate() teamwork.CreateOperation {
	at := func(text string) teamwork.DateTime { return teamwork.ParseDateTime(text) }
	return teamwork.CreateOperation{
		DeviceID:           "d 1/é",
		OperationType:      teamwork.DeviceRestart,
		Status:             teamwork.StatusScheduled,
		Error:              &teamwork.OperationError{Code: new("Late"), Message: new(`"quoted" <&> text`)},
		CreatedBy:          &teamwork.IdentitySetInput{User: &teamwork.Identity{ID: new("u-1"), DisplayName: new("Maja O'Neill")}},
		CreatedDateTime:    at("2026-01-02T03:04:05.678901234+02:00"),
		StartedDateTime:    at("2026-01-02T03:05:00Z"),
		CompletedDateTime:  at("2026-01-02T03:06:00.5Z"),
		LastActionBy:       &teamwork.IdentitySetInput{Application: &teamwork.Identity{ID: new("a-1")}, Device: &teamwork.Identity{ID: new("d-1")}},
		LastActionDateTime: at("2026-01-02T03:07:00Z"),
	}
}

func update(version *string) teamwork.CreateOperation {
	req := action(teamwork.SoftwareUpdate)
	req.SoftwareUpdate = &teamwork.SoftwareUpdateRequest{SoftwareType: teamwork.SoftwareTypeTeamsClient, SoftwareVersion: version}
	return req
}

// action asks for an operation as the actions route can carry it.
func action(kind teamwork.DeviceOperationType) teamwork.CreateOperation {
	return teamwork.CreateOperation{DeviceID: "d1", OperationType: kind, Status: teamwork.StatusQueued}
}

// requests are what golden files exist for: one call, and the name of its file.
func requests() map[string]func(*testing.T, *Client) {
	create := func(req teamwork.CreateOperation) func(*testing.T, *Client) {
		return func(t *testing.T, c *Client) { _, _ = c.CreateOperation(t.Context(), req) }
	}
	devices := func(req teamwork.DevicesRequest) func(*testing.T, *Client) {
		return func(t *testing.T, c *Client) { _, _ = c.Devices(t.Context(), req) }
	}
	id := "d 1/é"
	return map[string]func(*testing.T, *Client){
		"devices":         devices(teamwork.DevicesRequest{Top: 20}),
		"devices-by-type": devices(teamwork.DevicesRequest{Top: 5, Filter: &teamwork.DeviceFilter{DeviceType: new(teamwork.DeviceTypeTeamsRoom)}}),
		"devices-by-unit": devices(teamwork.DevicesRequest{Top: 50, Filter: &teamwork.DeviceFilter{HardwareUniqueID: new("O'Brien & co. 100%+#=/")}}),
		"devices-by-user": devices(teamwork.DevicesRequest{Top: 50, Filter: &teamwork.DeviceFilter{CurrentUserID: new("' or 1 eq 1 or ''='")}}),
		"devices-next":    devices(teamwork.DevicesRequest{Top: 50, Page: "/teamwork/devices?$skiptoken=%2bRID%3a~a%3d%23RT:1+%zz"}),
		"device":          func(t *testing.T, c *Client) { _, _ = c.Device(t.Context(), id) },
		"activity":        func(t *testing.T, c *Client) { _, _ = c.Activity(t.Context(), id) },
		"configuration":   func(t *testing.T, c *Client) { _, _ = c.Configuration(t.Context(), id) },
		"health":          func(t *testing.T, c *Client) { _, _ = c.Health(t.Context(), id) },
		"operations": func(t *testing.T, c *Client) {
			_, _ = c.Operations(t.Context(), teamwork.OperationsRequest{DeviceID: id, Top: 5})
		},
		"operation": func(t *testing.T, c *Client) {
			_, _ = c.Operation(t.Context(), teamwork.DeviceOperationKey{DeviceID: id, OperationID: "o?1"})
		},
		"create":             create(fullCreate()),
		"create-least":       create(action(teamwork.RemoteLogout)),
		"restart":            create(action(teamwork.DeviceRestart)),
		"run-diagnostics":    create(action(teamwork.DeviceDiagnostics)),
		"update-software":    create(update(new("1.2.3 & 'x'"))),
		"update-to-whatever": create(update(nil)),
	}
}

func TestRequestsAreAsDocumented(t *testing.T) {
	for name, call := range requests() {
		t.Run(name, func(t *testing.T) {
			opts := Options{UserAgent: "teamwork-graphql/test"}
			if slices.Contains([]string{"restart", "run-diagnostics", "update-software", "update-to-whatever"}, name) {
				opts.CreateRoute = Actions
			}
			c, mux, _ := setup(t, opts)
			var got [][]byte
			mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
				got = append(got, dump(t, r))
				w.WriteHeader(http.StatusConflict) // one answer that nobody tries again
			})
			call(t, c)
			if len(got) != 1 {
				t.Fatalf("%d requests were sent, want 1", len(got))
			}
			golden(t, "requests/"+name+".txt", got[0])
		})
	}
}

func TestEachTryHasARequestIDOfItsOwn(t *testing.T) {
	c, s := scripted(t, Options{RetryDelay: time.Nanosecond}, step{status: 503}, step{broken: true}, step{body: `{"id":"d1"}`})
	if _, err := c.Device(t.Context(), "d1"); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, one := range s.sent {
		ids[one.header.Get("client-request-id")] = true
	}
	if len(s.sent) != 3 || len(ids) != 3 || ids[""] {
		t.Errorf("%d tries had the ids %v", len(s.sent), ids)
	}
}

func TestRoutesAreThoseOfTheClient(t *testing.T) {
	var mu sync.Mutex
	used := map[string]bool{}
	c, mux, _ := setup(t, Options{})
	actions := *c
	actions.createRoute = Actions
	for _, r := range Routes() {
		method, path, _ := strings.Cut(r, " ")
		mux.HandleFunc(method+" /beta"+path, func(w http.ResponseWriter, _ *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			used[r] = true
			w.WriteHeader(http.StatusConflict)
		})
	}
	for name, call := range requests() {
		client := c
		if name == "restart" || name == "run-diagnostics" || name == "update-software" {
			client = &actions
		}
		call(t, client)
	}
	for _, r := range Routes() {
		if !used[r] {
			t.Errorf("no call uses %s", r)
		}
	}
}

func TestURLMustBeAVersionRoot(t *testing.T) {
	for name, c := range map[string]struct {
		url string
		ok  bool
	}{
		"https":                {"https://graph.microsoft.com/beta", true},
		"a slash at the end":   {"https://graph.microsoft.com/beta/", true},
		"http and a port":      {"http://127.0.0.1:8081/beta", true},
		"IPv6":                 {"http://[::1]:8081/beta", true},
		"empty":                {"", false},
		"no scheme":            {"//graph.microsoft.com/beta", false},
		"no host":              {"https:///beta", false},
		"only a path":          {"/beta", false},
		"another scheme":       {"ftp://graph.microsoft.com/beta", false},
		"a query":              {"https://graph.microsoft.com/beta?a=b", false},
		"an empty query":       {"https://graph.microsoft.com/beta?", false},
		"a fragment":           {"https://graph.microsoft.com/beta#a", false},
		"something not a URL":  {"https://graph microsoft com/beta", false},
		"only a name":          {"graph.microsoft.com", false},
		"a control character":  {"https://graph.microsoft.com/be\nta", false},
		"an escape that is no": {"https://graph.microsoft.com/%zz", false},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := New(Options{URL: c.url})
			if (err == nil) != c.ok {
				t.Fatalf("New(%q): %v", c.url, err)
			}
			if err == nil && client.url(ref{path: "/teamwork/devices"}) != strings.TrimSuffix(c.url, "/")+"/teamwork/devices" {
				t.Errorf("devices are at %s", client.url(ref{path: "/teamwork/devices"}))
			}
		})
	}
}
