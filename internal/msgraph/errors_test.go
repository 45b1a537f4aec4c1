package msgraph

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const segment = `{"error":{"code":"BadRequest","message":"Resource not found for the segment 'teamwork'."}}`

// verdicts are what each answer to a read comes to: of one device, unless list
// says of all. Kinds that no answer to a read comes to are in unread.
var verdicts = []struct {
	name         string
	list         bool
	callersToken bool
	step         step
	kind         teamwork.Kind
}{
	{"400", false, false, step{status: 400, body: refusedFor}, teamwork.Rejected},
	{"402", false, false, step{status: 402}, teamwork.Rejected},
	{"405", false, false, step{status: 405}, teamwork.Rejected},
	{"412", false, false, step{status: 412}, teamwork.Rejected},
	{"422", false, false, step{status: 422}, teamwork.Rejected},
	{"401 of the caller's token", false, true, step{status: 401}, teamwork.Unauthenticated},
	{"401 of ours", false, false, step{status: 401}, teamwork.Unavailable},
	{"403 of the caller's token", false, true, step{status: 403, body: refusedFor}, teamwork.Forbidden},
	{"403 of ours", false, false, step{status: 403, body: refusedFor}, teamwork.Unavailable},
	{"404 of one thing", false, false, step{status: 404, body: refusedFor}, teamwork.NotFound},
	{"404 of one thing without a body", false, false, step{status: 404}, teamwork.NotFound},
	{"404 of the collection", true, false, step{status: 404, body: refusedFor}, teamwork.Unavailable},
	{"404 of a segment", false, false, step{status: 404, body: segment}, teamwork.Unavailable},
	{"400 of a segment", false, false, step{status: 400, body: segment}, teamwork.Unavailable},
	{"409", false, false, step{status: 409}, teamwork.Conflict},
	{"410", false, false, step{status: 410}, teamwork.Unavailable},
	{"429", false, false, step{status: 429}, teamwork.Throttled},
	{"500", false, false, step{status: 500, body: refusedFor}, teamwork.Unavailable},
	{"501", false, false, step{status: 501}, teamwork.Unavailable},
	{"503 with HTML", false, false, step{status: 503, body: htmlPage}, teamwork.Unavailable},
	{"507", false, false, step{status: 507}, teamwork.Unavailable},
	{"599", false, false, step{status: 599}, teamwork.Unavailable},
	{"no route", false, false, step{refused: true}, teamwork.Unavailable},
	{"reset", false, false, step{broken: true}, teamwork.Unavailable},
	{"truncated", false, false, step{body: `{"id":`, cut: true}, teamwork.Unavailable},
	{"200 with HTML", false, false, step{header: "Content-Type: text/html", body: htmlPage}, teamwork.BadResponse},
	{"200 with an array", false, false, step{body: `[]`}, teamwork.BadResponse},
	{"200 with null", false, false, step{body: `null`}, teamwork.BadResponse},
	{"200 with a text", false, false, step{body: `"fine"`}, teamwork.BadResponse},
	{"200 with nothing", false, false, step{}, teamwork.BadResponse},
	{"200 with blanks", false, false, step{body: " \r\n\t"}, teamwork.BadResponse},
	{"200 with half of it", false, false, step{body: `{"id":"d1","deviceType":"si`}, teamwork.BadResponse},
	{"200 with something after it", false, false, step{body: `{"id":"d1"}{"id":"d2"}`}, teamwork.BadResponse},
	{"200 with null under value", false, false, step{body: `{"value":null}`}, teamwork.BadResponse},
	{"200 with a page for a thing", false, false, step{body: `{"value":[{"id":"d1"}]}`}, teamwork.BadResponse},
	{"200 with a thing for a page", true, false, step{body: `{"id":"d1"}`}, teamwork.BadResponse},
	{"200 with a page of null", true, false, step{body: `{"value":null}`}, teamwork.BadResponse},
	{"200 with a page of text", true, false, step{body: `{"value":"none"}`}, teamwork.BadResponse},
	{"200 with nothing for a page", true, false, step{body: `{}`}, teamwork.BadResponse},
	{"200 over 10 MB", false, false, step{body: `{"id":"` + strings.Repeat("x", maxBody)}, teamwork.BadResponse},
	{"200 with half of a page", true, false, step{body: `{"value":[{"id":"d1"},{"id`}, teamwork.BadResponse},
	{"204", false, false, step{status: 204}, teamwork.BadResponse},
	{"202", true, false, step{status: 202, body: `{"value":[]}`}, teamwork.BadResponse},
	{"304", false, false, step{status: 304}, teamwork.BadResponse},
	{"redirect to nowhere", false, false, step{status: 302}, teamwork.BadResponse},
	{"redirect to another host", false, false, step{status: 302, header: "Location: https://evil.example/beta/x"}, teamwork.BadResponse},
	{"redirect to plain http", false, false, step{status: 307, header: "Location: http://graph.example/beta/x"}, teamwork.BadResponse},
	{"redirect in circles", false, false, step{status: 308, header: "Location: " + root + "/teamwork/devices/d1"}, teamwork.BadResponse},
}

// unread are the kinds that no answer to a read comes to.
var unread = map[teamwork.Kind]string{
	teamwork.Internal:       "a mistake of this program's",
	teamwork.Invalid:        "found before anything is sent: TestCreateIsValidatedFirst, FuzzIDsStayInTheirSegment",
	teamwork.OutcomeUnknown: "only of a create: TestCreateIsSentOnce",
	teamwork.KeyReused:      "no affair of upstream's",
	teamwork.TooMany:        "neither",
}

func TestAnswersHaveAKind(t *testing.T) {
	seen := map[teamwork.Kind]bool{}
	for _, c := range verdicts {
		seen[c.kind] = true
		t.Run(c.name, func(t *testing.T) {
			client, s := scripted(t, Options{CallersToken: c.callersToken, RetryDelay: 1}, c.step)
			var err error
			if c.list {
				_, err = client.Devices(t.Context(), teamwork.DevicesRequest{Top: 20})
			} else {
				_, err = client.Device(t.Context(), "d1")
			}
			e := wantKind(t, err, c.kind)
			if e.Message == "" || strings.Contains(e.Message, "<") {
				t.Errorf("message %q", e.Message)
			}
			if c.kind == teamwork.BadResponse && s.tries > maxRedirects+1 {
				t.Errorf("%d tries for a bad answer", s.tries)
			}
		})
	}
	for _, kind := range teamwork.Kinds() {
		if _, ok := unread[kind]; ok == seen[kind] {
			t.Errorf("kind %q has no row, or is in unread too", kind)
		}
	}
}

func TestErrorsSayWhatTheCallerMayKnow(t *testing.T) {
	const said = `{"error":{"code":"Odd\u0000Code","message":"first\r\nsecond \u001b[31m<b>` + "\u202e" + `","innererror":{"code":"x"}}}`
	for _, c := range []struct {
		name, body, message, err string
		status                   int
		code                     string
	}{
		{"rejected adds upstream's words", refusedFor, "Microsoft Graph refused the request: The thing is not valid.", "", 400, "InvalidThing"},
		{"forbidden too", refusedFor, "Microsoft Graph denied permission: The thing is not valid.", "", 403, "InvalidThing"},
		{"conflict too", refusedFor, "the same work is already under way: The thing is not valid.", "", 409, "InvalidThing"},
		{"unavailable keeps them for the log", refusedFor, "Microsoft Graph does not know this API: it is retired, or GRAPH_URL is not its version root", "The thing is not valid.", 501, "InvalidThing"},
		{"not found keeps them for the log", refusedFor, "Microsoft Graph knows no such thing", "The thing is not valid.", 404, "InvalidThing"},
		{"what can't be printed is dropped", said, "Microsoft Graph refused the request: firstsecond [31m<b>", "", 400, "OddCode"},
		{"words are bounded", `{"error":{"message":"` + strings.Repeat("é", 500) + `"}}`, "Microsoft Graph refused the request: " + strings.Repeat("é", 200), "", 400, ""},
		{"another envelope", `{"error":"no object"}`, "Microsoft Graph refused the request", "", 400, ""},
		{"HTML", htmlPage, "Microsoft Graph refused the request", "", 400, ""},
		{"nothing", "", "Microsoft Graph refused the request", "", 400, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, _ := scripted(t, Options{CallersToken: true}, step{status: c.status, header: "request-id: r-1", body: c.body})
			_, err := client.Device(t.Context(), "d1")
			e := wantKind(t, err, teamwork.KindOf(err))
			cause := ""
			if e.Err != nil {
				cause = e.Err.Error()
			}
			if e.Message != c.message || cause != c.err {
				t.Errorf("message %q, for the log %q", e.Message, cause)
			}
			if diff := cmp.Diff(&teamwork.UpstreamAnswer{Status: c.status, Code: c.code, RequestID: "r-1"}, e.Upstream); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBodyMayBeTenMegabytes(t *testing.T) {
	start := `{"id":"d1","notes":"`
	body := start + strings.Repeat("x", maxBody-len(start)-2) + `"}`
	client, _ := scripted(t, Options{}, step{body: body}, step{body: body + " "})
	if _, err := client.Device(t.Context(), "d1"); err != nil {
		t.Error(err)
	}
	_, err := client.Device(t.Context(), "d1")
	if e := wantKind(t, err, teamwork.BadResponse); !strings.Contains(e.Message, "10 MB") {
		t.Errorf("message %q", e.Message)
	}
}

func TestReadFollowsRedirectsWithinTheHost(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			opts := Options{Authorization: bearerOf("canary")}
			client, s := scripted(t, opts, step{status: status, header: "Location: /beta/teamwork/devices/d2?a=%2b"}, step{body: fine})
			if _, err := client.Device(t.Context(), "d1"); err != nil {
				t.Fatal(err)
			}
			if last := s.sent[1]; last.url != root+"/teamwork/devices/d2?a=%2b" || last.header.Get("Authorization") != "Bearer canary" {
				t.Errorf("went on to %s with %v", last.url, last.header)
			}
		})
	}
}

func TestTokenDoesNotLeaveForAnotherHost(t *testing.T) {
	client, mux, _ := setup(t, Options{Authorization: bearerOf("canary")})
	_, other, otherURL := setup(t, Options{})
	other.HandleFunc("/", func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the other host was asked for %s with %v", r.URL, r.Header)
	})
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		mux.HandleFunc(method+" /", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, otherURL+"/beta/elsewhere", http.StatusTemporaryRedirect)
		})
	}
	_, err := client.Device(t.Context(), "d1")
	if e := wantKind(t, err, teamwork.BadResponse); !strings.Contains(e.Message, "another host") {
		t.Errorf("message %q", e.Message)
	}
	_, err = client.CreateOperation(t.Context(), action(teamwork.DeviceRestart))
	wantKind(t, err, teamwork.OutcomeUnknown)
}

func TestRedirectInCirclesIsNotCalledAnotherHost(t *testing.T) {
	client, s := scripted(t, Options{}, step{status: 302, header: "Location: " + root + "/teamwork/devices/d1"})
	_, err := client.Device(t.Context(), "d1")
	e := wantKind(t, err, teamwork.BadResponse)
	if strings.Contains(e.Message, "another host") || len(s.sent) != maxRedirects+1 {
		t.Errorf("%d requests, message %q", len(s.sent), e.Message)
	}
}

func TestErrorsHoldNoToken(t *testing.T) {
	for _, c := range verdicts {
		client, _ := scripted(t, Options{Authorization: bearerOf("canary-token"), RetryDelay: 1, CallersToken: c.callersToken}, c.step)
		if _, err := client.Device(t.Context(), "d1"); err != nil && strings.Contains(err.Error(), "canary-token") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestHTMLIsNotRepeated(t *testing.T) {
	for _, status := range []int{200, 400, 403, 500} {
		client, _ := scripted(t, Options{RetryDelay: 1}, step{status: status, body: htmlPage})
		_, err := client.Device(t.Context(), "d1")
		if err == nil || strings.Contains(err.Error(), "proxy") {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestCompressedBodyIsBoundedOnceDecompressed(t *testing.T) {
	client, mux, _ := setup(t, Options{})
	bomb := gzipped(t, `{"id":"d1","notes":"`, strings.Repeat(" ", 1<<20), 11)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = io.WriteString(w, bomb)
	})
	_, err := client.Device(t.Context(), "d1")
	wantKind(t, err, teamwork.BadResponse)
	if len(bomb) > maxBody/100 {
		t.Errorf("%d bytes are no bomb", len(bomb))
	}
}

// gzipped returns start and then count times more, compressed.
func gzipped(t *testing.T, start, more string, count int) string {
	t.Helper()
	var b strings.Builder
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, start)
	for range count {
		if err == nil {
			_, err = io.WriteString(w, more)
		}
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// bearerOf is a policy that authorizes with one token.
type bearerOf string

func (b bearerOf) Do(req *policy.Request) (*http.Response, error) {
	req.Raw().Header.Set("Authorization", "Bearer "+string(b))
	return req.Next()
}

// nobody is an authorization that finds no token for a caller.
type nobody struct{}

func (nobody) Do(*policy.Request) (*http.Response, error) { return nil, nobody{} }
func (nobody) Error() string                              { return "nobody" }
func (nobody) NonRetriable()                              {}
func (nobody) Unwrap() error                              { return &teamwork.Error{Kind: teamwork.Unauthenticated, Message: "who?"} }

func TestErrorOfTheAuthorizationPasses(t *testing.T) {
	client, s := scripted(t, Options{Authorization: nobody{}, CallersToken: true}, step{body: fine})
	_, read := client.Device(t.Context(), "d1")
	_, create := client.CreateOperation(t.Context(), action(teamwork.DeviceRestart))
	for _, err := range []error{read, create} {
		if e := wantKind(t, err, teamwork.Unauthenticated); e.Message != "who?" {
			t.Errorf("message %q", e.Message)
		}
	}
	if code := client.Status(t.Context()).LastErrorCode; code != nil || len(s.sent) > 0 {
		t.Errorf("%d sent, and upstream is blamed for %v", len(s.sent), code)
	}
}
