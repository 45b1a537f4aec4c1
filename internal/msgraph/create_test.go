package msgraph

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const (
	created    = `{"@odata.type":"#Microsoft.Teams.GraphSvc.teamworkDeviceOperation","id":"o1","status":"Queued","operationType":"deviceRestart"}`
	refusedFor = `{"error":{"code":"InvalidThing","message":"The thing is not valid.","innerError":{"date":"2026-01-02T03:04:05","request-id":"r-1"}}}`
	htmlPage   = "<!DOCTYPE html><html><body>An error page of some proxy's</body></html>"
)

func TestCreateIsSentOnce(t *testing.T) {
	for _, c := range []struct {
		name string
		step step
		kind teamwork.Kind
		sent int
	}{
		{"refused connection", step{refused: true}, teamwork.Unavailable, 0},
		{"reset after sending", step{broken: true}, teamwork.OutcomeUnknown, 1},
		{"truncated answer", step{status: 201, body: created[:20], cut: true}, teamwork.OutcomeUnknown, 1},
		{"truncated error", step{status: 400, body: refusedFor[:20], cut: true}, teamwork.OutcomeUnknown, 1},
		{"no answer", step{silent: true}, teamwork.OutcomeUnknown, 1},
		{"an answer after the deadline", step{after: time.Minute, status: 201, body: created}, teamwork.OutcomeUnknown, 1},
		{"201 with HTML", step{status: 201, body: htmlPage}, teamwork.OutcomeUnknown, 1},
		{"201 without a body", step{status: 201}, teamwork.OutcomeUnknown, 1},
		{"201 without an id", step{status: 201, body: `{"status":"Queued"}`}, teamwork.OutcomeUnknown, 1},
		{"201 with an array", step{status: 201, body: `[]`}, teamwork.OutcomeUnknown, 1},
		{"201 over 10 MB", step{status: 201, body: `{"id":"` + strings.Repeat("x", maxBody)}, teamwork.OutcomeUnknown, 1},
		{"204", step{status: 204}, teamwork.OutcomeUnknown, 1},
		{"redirect", step{status: 307, header: "Location: " + root + "/elsewhere"}, teamwork.OutcomeUnknown, 1},
		{"redirect as a GET", step{status: 303, header: "Location: " + root + "/elsewhere"}, teamwork.OutcomeUnknown, 1},
		{"redirect to another host", step{status: 308, header: "Location: https://evil.example/"}, teamwork.OutcomeUnknown, 1},
		{"500", step{status: 500, body: refusedFor}, teamwork.OutcomeUnknown, 1},
		{"502", step{status: 502, body: htmlPage}, teamwork.OutcomeUnknown, 1},
		{"504", step{status: 504}, teamwork.OutcomeUnknown, 1},
		{"408", step{status: 408}, teamwork.OutcomeUnknown, 1},
		{"503", step{status: 503, body: refusedFor}, teamwork.Unavailable, 1},
		{"501", step{status: 501}, teamwork.Unavailable, 1},
		{"410", step{status: 410}, teamwork.Unavailable, 1},
		{"429", step{status: 429, header: "Retry-After: 1"}, teamwork.Throttled, 1},
		{"409", step{status: 409}, teamwork.Conflict, 1},
		{"404", step{status: 404, body: refusedFor}, teamwork.NotFound, 1},
		{"404 of a segment", step{status: 404, body: `{"error":{"message":"Resource not found for the segment 'teamwork'."}}`}, teamwork.Unavailable, 1},
		{"400 of a segment", step{status: 400, body: `{"error":{"message":"Resource not found for the segment 'operations'."}}`}, teamwork.Unavailable, 1},
		{"400", step{status: 400, body: refusedFor}, teamwork.Rejected, 1},
		{"402", step{status: 402}, teamwork.Rejected, 1},
		{"405", step{status: 405}, teamwork.Rejected, 1},
		{"412", step{status: 412}, teamwork.Rejected, 1},
		{"401", step{status: 401}, teamwork.Unavailable, 1},
		{"403", step{status: 403}, teamwork.Unavailable, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, way := range []CreateRoute{Collection, Actions} {
				synctest.Test(t, func(t *testing.T) {
					client, s := scripted(t, Options{CreateRoute: way}, c.step)
					_, err := client.CreateOperation(t.Context(), action(teamwork.DeviceRestart))
					e := wantKind(t, err, c.kind)
					if len(s.sent) != c.sent || s.tries != 1 || e.Unsent != (c.sent == 0) {
						t.Errorf("%s: %d tries, %d sent, unsent %v", way, s.tries, len(s.sent), e.Unsent)
					}
				})
			}
		})
	}
}

func TestCreateIsAnsweredWithTheOperation(t *testing.T) {
	for name, body := range map[string]string{"bare": created, "wrapped": `{"value":` + created + `}`, "after a byte order mark": "\ufeff" + created} {
		t.Run(name, func(t *testing.T) {
			client, s := scripted(t, Options{}, step{status: 201, body: body})
			op, err := client.CreateOperation(t.Context(), action(teamwork.DeviceRestart))
			if err != nil {
				t.Fatal(err)
			}
			want := &teamwork.DeviceOperation{DeviceID: "d1", OperationID: "o1", OperationTypeRaw: "deviceRestart", StatusRaw: "Queued", Meta: op.Meta}
			if diff := cmp.Diff(want, op); diff != "" || !op.Meta.FetchedAt.Known() || len(s.sent) != 1 {
				t.Errorf("%d sent, meta %+v: %s", len(s.sent), op.Meta, diff)
			}
		})
	}
}

func TestRefusedCreateSaysWhatUpstreamSaid(t *testing.T) {
	client, _ := scripted(t, Options{}, step{status: 400, header: "request-id: r-1", body: refusedFor})
	_, err := client.CreateOperation(t.Context(), action(teamwork.DeviceRestart))
	e := wantKind(t, err, teamwork.Rejected)
	want := &teamwork.UpstreamAnswer{Status: 400, Code: "InvalidThing", RequestID: "r-1"}
	if diff := cmp.Diff(want, e.Upstream); diff != "" || !strings.Contains(e.Message, "The thing is not valid.") {
		t.Errorf("message %q: %s", e.Message, diff)
	}
	client, _ = scripted(t, Options{}, step{status: 429, header: "Retry-After: 17"})
	_, err = client.CreateOperation(t.Context(), action(teamwork.DeviceRestart))
	if e := wantKind(t, err, teamwork.Throttled); e.RetryAfter != 17*time.Second {
		t.Errorf("told to wait %v", e.RetryAfter)
	}
}

func TestCancelledCreate(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration
		step  step
		kind  teamwork.Kind
		sent  int
	}{
		{"before it is sent is nobody's error", 0, step{silent: true}, teamwork.Internal, 0},
		{"after it is sent may have been done", time.Second, step{silent: true}, teamwork.OutcomeUnknown, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				if c.after == 0 {
					cancel()
				}
				time.AfterFunc(c.after, cancel)
				client, s := scripted(t, Options{}, c.step)
				_, err := client.CreateOperation(ctx, action(teamwork.DeviceRestart))
				if !errors.Is(err, context.Canceled) || teamwork.KindOf(err) != c.kind || len(s.sent) != c.sent {
					t.Errorf("%d sent: %v", len(s.sent), err)
				}
				if code := client.Status(ctx).LastErrorCode; code != nil {
					t.Errorf("status notes %q", *code)
				}
			})
		})
	}
}

func TestCreateIsValidatedFirst(t *testing.T) {
	for _, c := range []struct {
		name string
		bend func(*teamwork.CreateOperation)
		path []string
	}{
		{"device", func(r *teamwork.CreateOperation) { r.DeviceID = ".." }, []string{"input", "deviceId"}},
		{"type", func(r *teamwork.CreateOperation) { r.OperationType = "" }, []string{"input", "operationType"}},
		{"newer type", func(r *teamwork.CreateOperation) { r.OperationType = teamwork.OperationTypeUnknownFutureValue }, []string{"input", "operationType"}},
		{"status", func(r *teamwork.CreateOperation) { r.Status = "" }, []string{"input", "status"}},
		{"time", func(r *teamwork.CreateOperation) { r.StartedDateTime = teamwork.ParseDateTime("noon") }, []string{"input", "startedDateTime"}},
		{"what the collection has no place for", func(r *teamwork.CreateOperation) { *r = update(nil) }, []string{"input", "softwareUpdate"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, s := scripted(t, Options{}, step{status: 201, body: created})
			req := action(teamwork.DeviceRestart)
			c.bend(&req)
			_, err := client.CreateOperation(t.Context(), req)
			e := wantKind(t, err, teamwork.Invalid)
			if diff := cmp.Diff(c.path, e.Path); diff != "" || !e.Unsent || len(s.sent) > 0 {
				t.Errorf("%d sent, unsent %v: %s", len(s.sent), e.Unsent, diff)
			}
		})
	}
}

// credentialOverHTTP gets its tokens over HTTP, as azidentity's do: with the
// context of the request that wants one.
type credentialOverHTTP struct {
	client *http.Client
	url    string
}

func (c credentialOverHTTP) GetToken(ctx context.Context, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		return azcore.AccessToken{}, err
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	return azcore.AccessToken{}, errors.New("the tenant knows no such secret")
}

func TestCreateWithoutATokenWasNotSent(t *testing.T) {
	_, mux, url := setup(t, Options{})
	mux.HandleFunc("/token", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	transport := newTransport()
	t.Cleanup(transport.CloseIdleConnections)
	cred := credentialOverHTTP{&http.Client{Transport: transport}, url + "/token"}
	client, s := scripted(t, Options{Authorization: runtime.NewBearerTokenPolicy(cred, []string{"scope"}, nil)}, step{status: 201, body: created})
	_, err := client.CreateOperation(t.Context(), action(teamwork.DeviceRestart))
	wantKind(t, err, teamwork.Unavailable)
	if len(s.sent) > 0 {
		t.Errorf("sent %+v", s.sent)
	}
}

// TestCreateIsNotSentAgainOverRealSockets reuses a connection, because that is
// where net/http would send again what it thinks it may.
func TestCreateIsNotSentAgainOverRealSockets(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(http.ResponseWriter, net.Conn)
	}{
		{"closed without an answer", func(http.ResponseWriter, net.Conn) {}},
		{"reset", func(_ http.ResponseWriter, conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0) }},
		{"cut off in the body", func(_ http.ResponseWriter, conn net.Conn) {
			_, _ = io.WriteString(conn, "HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{\"id\":")
		}},
		{"cut off in the header", func(_ http.ResponseWriter, conn net.Conn) { _, _ = io.WriteString(conn, "HTTP/1.1 201 Crea") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, mux, _ := setup(t, Options{})
			var creates atomic.Int32
			mux.HandleFunc("GET /beta/teamwork/devices/d1", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, fine) })
			mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
				creates.Add(1)
				_, _ = io.ReadAll(r.Body)
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				c.do(w, conn)
				_ = conn.Close()
			})
			if _, err := client.Device(t.Context(), "d1"); err != nil {
				t.Fatal(err)
			}
			_, err := client.CreateOperation(t.Context(), action(teamwork.DeviceRestart))
			wantKind(t, err, teamwork.OutcomeUnknown)
			if n := creates.Load(); n != 1 {
				t.Errorf("sent %d times", n)
			}
		})
	}
}

func TestCreateThatFindsNobodyWasNotSent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	client := newClient(t, Options{URL: "http://" + listener.Addr().String() + "/beta"})
	_, err = client.CreateOperation(t.Context(), action(teamwork.DeviceRestart))
	wantKind(t, err, teamwork.Unavailable)
}
