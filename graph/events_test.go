package graph

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// post asks by POST; the caller reads the answer.
func (s *site) post(t *testing.T, document string, headers ...string) *http.Response {
	t.Helper()
	body := `{"query":` + quoted(document) + `}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

// all returns the whole answer.
func all(t *testing.T, resp *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

const (
	first = "event: next\ndata: {\"data\":{\"deviceOperation\":{\"kind\":\"SNAPSHOT\",\"previousStatus\":null,\"observedAt\":\"2026-10-15T12:00:00Z\",\"deviceOperation\":{\"status\":\"QUEUED\"}}}}\n\n"
	last  = "event: complete\ndata:\n\n"
)

func TestEventStreamTellsASubscriptionToItsEnd(t *testing.T) {
	f := newFeed()
	s := serve(t, Options{Resolvers: &root{follow: f.follow}})
	f.events <- saw(teamwork.EventSnapshot, teamwork.StatusQueued)
	f.ends <- io.EOF
	resp := s.post(t, moving, "Accept", "text/event-stream", "Accept-Encoding", "gzip")
	if got := all(t, resp); resp.StatusCode != http.StatusOK || got != first+last {
		t.Errorf("got %d %q", resp.StatusCode, got)
	}
	for name, want := range map[string]string{"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Encoding": ""} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	f.awaitDone(t)
}

func TestEventStreamTellsWhatElseIsAsked(t *testing.T) {
	f := newFeed()
	s := serve(t, Options{Resolvers: &root{
		follow: func(ctx context.Context, key teamwork.DeviceOperationKey) (<-chan *teamwork.DeviceOperationEvent, error) {
			if key.DeviceID == "none" {
				return nil, &teamwork.Error{Kind: teamwork.NotFound, Message: "there is no such operation"}
			}
			return f.follow(ctx, key)
		},
		status: func(ctx context.Context) (*teamwork.UpstreamStatus, error) {
			teamwork.TrailFrom(ctx).Warn(teamwork.Warning{Code: "MISSING_ID", Message: "careful"})
			return &teamwork.UpstreamStatus{Circuit: teamwork.CircuitOpen}, nil
		},
	}})
	f.events <- saw(teamwork.EventSnapshot, teamwork.StatusQueued)
	f.ends <- &teamwork.Error{Kind: teamwork.Forbidden, Message: "not any more"}
	for _, c := range []struct{ name, document, want string }{
		{"a query", `{ upstreamStatus { circuit } }`,
			`event: next` + "\n" + `data: {"data":{"upstreamStatus":{"circuit":"OPEN"}},"extensions":{"warnings":[{"code":"MISSING_ID","message":"careful"}]}}` + "\n\n"},
		{"what is not valid", `subscription { nothing }`,
			`event: next` + "\n" + `data: {"errors":[{"message":"Cannot query field \"nothing\" on type \"Subscription\".","locations":[{"line":1,"column":16}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED","requestId":"request-1"}}]}` + "\n\n"},
		{"what is not there", strings.ReplaceAll(moving, "d1", "none"),
			`event: next` + "\n" + `data: {"errors":[{"message":"there is no such operation","path":["deviceOperation"],"locations":[{"line":1,"column":16}],"extensions":{"code":"NOT_FOUND","requestId":"request-1"}}]}` + "\n\n"},
		{"what ends early", moving, first +
			`event: next` + "\n" + `data: {"errors":[{"message":"not any more","path":["deviceOperation"],"locations":[{"line":1,"column":16}],"extensions":{"code":"FORBIDDEN","requestId":"request-1"}}]}` + "\n\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := all(t, s.post(t, c.document, "Accept", "text/event-stream")); got != c.want+last {
				t.Errorf("got\n%swant\n%s", got, c.want+last)
			}
		})
	}
}

func TestSubscriptionNeedsAStream(t *testing.T) {
	s := serve(t, Options{Resolvers: &root{}})
	for _, c := range []struct {
		name, method, accept string
		status               int
		message              string
	}{
		{"plain", http.MethodPost, "application/json", http.StatusNotAcceptable, "a subscription is told over WebSocket"},
		{"anything", http.MethodPost, "*/*", http.StatusNotAcceptable, "a subscription is told over WebSocket"},
		{"multipart", http.MethodPost, `multipart/mixed;subscriptionSpec="1.0"`, http.StatusNotAcceptable, "text/event-stream"},
		{"multipart or plain", http.MethodPost, `multipart/mixed;subscriptionSpec="1.0", application/json`, http.StatusNotAcceptable, "a subscription is told over WebSocket"},
		{"by GET", http.MethodGet, "application/json", http.StatusNotAcceptable, "a subscription is told over WebSocket"},
		{"an event stream by GET", http.MethodGet, "text/event-stream", http.StatusMethodNotAllowed, "an event stream is the answer to a POST"},
	} {
		t.Run(c.name, func(t *testing.T) {
			req := httptest.NewRequestWithContext(t.Context(), c.method, "/graphql?query="+strings.ReplaceAll(moving, " ", "%20"), strings.NewReader(`{"query":`+quoted(moving)+`}`))
			req.Header.Set(preflightHeader, "1")
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Accept", c.accept)
			w := httptest.NewRecorder()
			s.h.ServeHTTP(w, req)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.message) || !strings.Contains(w.Header().Get("Content-Type"), "json") {
				t.Errorf("got %d %s %s", w.Code, w.Header().Get("Content-Type"), w.Body)
			}
			if (w.Code == http.StatusMethodNotAllowed) != (w.Header().Get("Allow") == http.MethodPost) {
				t.Errorf("Allow is %q", w.Header().Get("Allow"))
			}
		})
	}
}

func TestBadRequestForEventsIsAnsweredAsAnyOther(t *testing.T) {
	s := serve(t, Options{Resolvers: &root{}})
	resp := s.post(t, "", "Accept", "text/event-stream")
	if got := all(t, resp); resp.StatusCode != http.StatusBadRequest || !strings.Contains(got, "the request has no query") || resp.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("got %d %s", resp.StatusCode, got)
	}
}

// TestEventStreamOutlivesTheServersTimes has a server that would cut it long before.
func TestEventStreamOutlivesTheServersTimes(t *testing.T) {
	f := newFeed()
	s := serve(t, Options{Timeout: 20 * time.Millisecond, Resolvers: &root{follow: f.follow}}, func(s *site) {
		s.h.times.heartbeat = 200 * time.Millisecond
		s.Config.ReadTimeout, s.Config.WriteTimeout = time.Second, time.Second // also for the request to be read
	})
	lines := bufio.NewScanner(s.post(t, moving, "Accept", "text/event-stream").Body)
	for range 10 { // two seconds
		if !lines.Scan() || lines.Text() != ":" || !lines.Scan() || lines.Text() != "" {
			t.Fatalf("got %q, want a heartbeat; %v", lines.Text(), lines.Err())
		}
	}
	f.events <- saw(teamwork.EventSnapshot, teamwork.StatusQueued)
	f.ends <- io.EOF
	var got strings.Builder
	for lines.Scan() {
		if lines.Text() != ":" {
			got.WriteString(lines.Text() + "\n")
		}
	}
	if strings.TrimLeft(got.String(), "\n") != first+last {
		t.Errorf("got %q, %v", got.String(), lines.Err())
	}
}

func TestEventStreamOfAClientThatLeavesEnds(t *testing.T) {
	f := newFeed()
	s := serve(t, Options{Resolvers: &root{follow: f.follow}})
	resp := s.post(t, moving, "Accept", "text/event-stream")
	resp.Body.Close()
	f.awaitDone(t)
}

// TestDrainEndsAnEventStreamWithoutComplete: a client of graphql-sse takes that for the
// end of the subscription, and does not come again.
func TestDrainEndsAnEventStreamWithoutComplete(t *testing.T) {
	f := newFeed()
	s := serve(t, Options{Resolvers: &root{follow: f.follow}})
	f.events <- saw(teamwork.EventSnapshot, teamwork.StatusQueued)
	resp := s.post(t, moving, "Accept", "text/event-stream")
	body := bufio.NewReader(resp.Body)
	if _, err := body.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	s.h.Drain(t.Context())
	rest, err := io.ReadAll(body)
	if err != nil || strings.Contains(string(rest), "complete") {
		t.Errorf("the rest is %q, %v", rest, err)
	}
	f.awaitDone(t)
	if resp := s.post(t, moving, "Accept", "text/event-stream"); resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(all(t, resp), "DRAINING") {
		t.Errorf("a new stream got %d", resp.StatusCode)
	}
}

func TestDrainLetsAMutationAmongEventsFinish(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	s := serve(t, Options{Resolvers: &root{create: func(ctx context.Context, _ teamwork.CreateOperation) (*teamwork.CreateOperationPayload, error) {
		close(begun)
		<-finish
		return &teamwork.CreateOperationPayload{}, ctx.Err()
	}}})
	drained := make(chan struct{})
	go func() {
		<-begun
		go func() { s.h.Drain(context.Background()); close(drained) }()
		for s.h.staying.add(late{}) {
			s.h.staying.remove(late{})
			time.Sleep(time.Millisecond)
		}
		close(finish)
	}()
	got := all(t, s.post(t, `mutation { createDeviceOperation(input: {deviceId: "d1", operationType: DEVICE_RESTART}) { replayed } }`, "Accept", "text/event-stream"))
	if want := "event: next\ndata: {\"data\":{\"createDeviceOperation\":{\"replayed\":false}}}\n\n" + last; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	<-drained
}

func TestEventStreamEndsWithItsToken(t *testing.T) {
	f := newFeed()
	h := NewHandler(Options{Resolvers: &root{follow: f.follow}})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller := &teamwork.Caller{Partition: "p", Expires: time.Now().Add(2 * time.Second)} // time to begin
		h.ServeHTTP(w, r.WithContext(teamwork.WithCaller(r.Context(), caller)))
	}))
	defer server.Close()
	got := all(t, (&site{Server: server}).post(t, moving, "Accept", "text/event-stream"))
	if !strings.Contains(got, `"message":"the token has expired"`) || !strings.Contains(got, "UNAUTHENTICATED") || !strings.HasSuffix(got, last) {
		t.Errorf("got %q", got)
	}
	f.awaitDone(t)
}
