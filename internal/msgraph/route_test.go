package msgraph

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// oddIDs are ids that somebody might try.
var oddIDs = []string{
	"d1", "0f3c-e432", "../../users", "..", ".", "...", "%2e%2e", "%2e%2e%2fusers", "..%2f", "a/../b", "/", "//evil.example/x", `\..\x`,
	"?$filter=x", "a?b=c&d=e", "#fragment", "a#b", "O'Brien", "''", `"quoted"`, "('x')", "d)/restart", "$count", "$batch", "*", "+", "a b", " ",
	"\r\nX-Evil: yes", "a\rb", "a\nb", "\x00", "a\x00b", "\x7f", "\u0085", "\u2028", "\xff\xfe", "%", "%zz", "%00", ";jsessionid=1", ",", ":", "@evil.example",
	"é", "日本", "🦉🪑", "\u202eabc", "http://evil.example", strings.Repeat("x", 256), strings.Repeat("x", 257), strings.Repeat("🦉", 64), strings.Repeat("ab", 5<<10),
}

// arrival is what a real server makes of a request.
type arrival struct{ host, uri, path, query, fragment string }

// listen returns a Client of a real server which answers all with nothing, and the
// way to see what arrived since the last look.
func listen(f testing.TB) (*Client, func() []arrival) {
	arrivals := make(chan arrival, 16)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, query, _ := strings.Cut(r.RequestURI, "?")
		arrivals <- arrival{r.Host, r.RequestURI, path, query, r.URL.Fragment}
		if path == "/beta/teamwork/devices" {
			_, _ = w.Write([]byte(`{"value":[]}`))
			return
		}
		_, _ = w.Write([]byte(`{}`))
	}))
	f.Cleanup(server.Close)
	transport := newTransport()
	f.Cleanup(transport.CloseIdleConnections)
	c := newClient(f, Options{URL: server.URL + "/beta", Transport: transport, RetryDelay: time.Millisecond})
	return c, func() (seen []arrival) {
		for {
			select {
			case a := <-arrivals:
				seen = append(seen, a)
			default:
				return seen
			}
		}
	}
}

// FuzzIDsStayInTheirSegment: an id is refused, or it arrives as one segment that
// decodes to it.
func FuzzIDsStayInTheirSegment(f *testing.F) {
	for _, id := range oddIDs {
		f.Add(id, "op")
		f.Add("d1", id)
	}
	c, arrived := listen(f)
	f.Fuzz(func(t *testing.T, deviceID, operationID string) {
		_, err := c.Health(t.Context(), deviceID)
		checkArrival(t, c, arrived(), err, "$expand=*", deviceID, "health")
		r, err := restartRoute.fill(deviceID)
		if err == nil {
			_, err = c.post(t.Context(), write{r, []byte(`{}`)})
		}
		checkArrival(t, c, arrived(), err, "", deviceID, "restart")
		_, err = c.Operation(t.Context(), teamwork.DeviceOperationKey{DeviceID: deviceID, OperationID: operationID})
		checkArrival(t, c, arrived(), err, "", deviceID, "operations", operationID)
	})
}

// checkArrival wants exactly one request for these segments below the devices, or
// a refusal and none.
func checkArrival(t *testing.T, c *Client, got []arrival, err error, query string, below ...string) {
	t.Helper()
	if err != nil {
		wantKind(t, err, teamwork.Invalid)
		if len(got) > 0 {
			t.Fatalf("%q was refused, and sent as %q", below, got[0].uri)
		}
		return
	}
	if len(got) != 1 {
		t.Fatalf("%q: %d requests arrived", below, len(got))
	}
	want := append([]string{"", "beta", "teamwork", "devices"}, below...)
	var segments []string
	for s := range strings.SplitSeq(got[0].path, "/") {
		plain, err := url.PathUnescape(s)
		if err != nil {
			t.Fatalf("%q arrived as %q: %v", below, got[0].uri, err)
		}
		segments = append(segments, plain)
	}
	if diff := cmp.Diff(want, segments); diff != "" {
		t.Fatalf("segments of %q (-want +got):\n%s", got[0].uri, diff)
	}
	if got[0].host != c.root.Host || got[0].query != query || got[0].fragment != "" {
		t.Fatalf("%q arrived as %+v", below, got[0])
	}
}

// FuzzFilterStaysALiteral: whatever is searched for is one literal of one
// condition.
func FuzzFilterStaysALiteral(f *testing.F) {
	for _, text := range oddIDs {
		f.Add(text)
	}
	c, arrived := listen(f)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 64<<10 {
			t.Skip("longer than a server's limit for headers")
		}
		for condition, filter := range map[string]*teamwork.DeviceFilter{
			"hardwareDetail/uniqueId eq ": {HardwareUniqueID: &text},
			"currentUser/id eq ":          {CurrentUserID: &text},
			"deviceType eq ":              {DeviceType: (*teamwork.DeviceType)(&text)},
		} {
			if _, err := c.Devices(t.Context(), teamwork.DevicesRequest{Top: 7, Filter: filter}); err != nil {
				t.Fatal(err)
			}
			got := arrived()
			if len(got) != 1 || got[0].path != "/beta/teamwork/devices" || strings.Contains(got[0].query, "+") {
				t.Fatalf("%q arrived as %+v", text, got)
			}
			query, err := url.ParseQuery(got[0].query)
			if err != nil {
				t.Fatal(err)
			}
			want := url.Values{"$filter": {condition + "'" + strings.ReplaceAll(text, "'", "''") + "'"}, "$top": {"7"}}
			if diff := cmp.Diff(want, query); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
