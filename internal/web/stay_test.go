package web

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// upgrade asks for a WebSocket on the host of httptest's requests, example.com.
func upgrade(origins ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/graphql", nil)
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "WebSocket")
	for _, origin := range origins {
		r.Header.Add("Origin", origin)
	}
	return r
}

func TestSocketsAreForPagesThatMayCall(t *testing.T) {
	site := NewHandler(Options{Logger: quiet, GraphQL: answer("graphql"), Sockets: answer("socket"), AllowedOrigins: []string{"https://dashboard.example.org"}})
	for _, c := range []struct {
		name    string
		origins []string
		allowed bool
	}{
		{"no page", nil, true},
		{"a page of this server", []string{"http://example.com"}, true},
		{"a page of this server behind TLS", []string{"https://EXAMPLE.com"}, true},
		{"an allowed page", []string{"https://dashboard.example.org"}, true},
		{"another page", []string{"https://evil.example.org"}, false},
		{"another port", []string{"http://example.com:8080"}, false},
		{"another scheme of an allowed page", []string{"http://dashboard.example.org"}, false},
		{"a page without an origin", []string{"null"}, false},
		{"a file", []string{"file://"}, false},
		{"no URL", []string{"https://exa mple.com"}, false},
		{"two origins", []string{"http://example.com", "https://evil.example.org"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp := serve(site, upgrade(c.origins...))
			body, _ := io.ReadAll(resp.Body)
			if c.allowed && string(body) != "socket" {
				t.Errorf("got %d %s", resp.StatusCode, body)
			}
			if !c.allowed && (resp.StatusCode != http.StatusForbidden || errorCode(t, string(body)) != "FORBIDDEN") {
				t.Errorf("got %d %s", resp.StatusCode, body)
			}
		})
	}
}

func TestWithoutSocketsAnUpgradeIsARequest(t *testing.T) {
	resp := serve(NewHandler(Options{Logger: quiet, GraphQL: answer("graphql")}), upgrade())
	if body, _ := io.ReadAll(resp.Body); string(body) != "graphql" {
		t.Errorf("got %s", body)
	}
}

func TestStreamsHaveNoDeadlineAndNoCompression(t *testing.T) {
	logger, out := jsonLogger(0)
	events := strings.Repeat(":\n\n", minCompressed)
	site := NewHandler(Options{Logger: logger, GraphQL: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if deadline, ok := r.Context().Deadline(); ok {
			t.Errorf("a stream has the deadline %v", time.Until(deadline))
		}
		w.Header().Set("Content-Type", eventStream+"; charset=utf-8")
		_, _ = io.WriteString(w, events)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("flushing: %v", err)
		}
		if !strings.Contains(out.String(), "a stream begins") {
			t.Errorf("logged %s", out)
		}
	})})
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader("{}"))
	r.Header.Set("Accept", "Text/Event-Stream")
	r.Header.Set("Accept-Encoding", "gzip, zstd")
	resp := serve(site, r)
	if body, _ := io.ReadAll(resp.Body); string(body) != events {
		t.Errorf("got %d bytes, encoded %q", len(body), resp.Header.Get("Content-Encoding"))
	}
}

// What urql asks for by itself, whatever the operation.
const anyAnswer = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"

func TestAnAnswerIsCompressedForWhoWouldTakeEventsToo(t *testing.T) {
	logger, out := jsonLogger(0)
	long := `{"data":"` + strings.Repeat("teamwork ", 500) + `"}`
	site := NewHandler(Options{Logger: logger, GraphQL: answer(long)})
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader("{}"))
	r.Header.Set("Accept", anyAnswer)
	r.Header.Set("Accept-Encoding", "gzip")
	resp := serve(site, r)
	body, _ := io.ReadAll(resp.Body)
	if got := resp.Header.Get("Content-Encoding"); got != "gzip" || len(body) > len(long)/2 {
		t.Errorf("encoded %q, %d bytes of %d", got, len(body), len(long))
	}
	if strings.Contains(out.String(), "a stream begins") {
		t.Errorf("no stream began, and was logged: %s", out)
	}
}

func TestStreamsBeginBeforeTheirFirstEvent(t *testing.T) {
	written := make(chan struct{})
	server := httptest.NewServer(NewHandler(Options{Logger: quiet, GraphQL: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", eventStream)
		w.WriteHeader(http.StatusOK)
		control := http.NewResponseController(w)
		if err := cmp.Or(control.SetWriteDeadline(time.Now().Add(time.Minute)), control.Flush()); err != nil {
			t.Errorf("a stream can't be flushed or bounded: %v", err)
		}
		<-written
		_, _ = io.WriteString(w, "event: complete\n\n")
	})}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/graphql", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", anyAnswer)
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err := server.Client().Do(req) // returns when the header is there
	close(written)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); string(body) != "event: complete\n\n" {
		t.Errorf("got %q, encoded %q", body, resp.Header.Get("Content-Encoding"))
	}
}

func TestStreamsHaveTheSameBodyLimit(t *testing.T) {
	site := NewHandler(Options{Logger: quiet, GraphQL: answer("{}"), MaxBody: 1})
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader("{}"))
	r.Header.Set("Accept", eventStream)
	if resp := serve(site, r); resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d", resp.StatusCode)
	}
}

// broken can't be flushed.
type broken struct{ *httptest.ResponseRecorder }

func (broken) FlushError() error { return io.ErrClosedPipe }

func TestRecorderTellsThatAClientIsGone(t *testing.T) {
	if err := http.NewResponseController(&recorder{ResponseWriter: broken{httptest.NewRecorder()}}).Flush(); err == nil {
		t.Error("flushed to nobody")
	}
}
