package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

// dial opens a socket as a page of origin would, "" for no page.
func (f *front) dial(origin string) (*websocket.Conn, *http.Response, error) {
	ctx, cancel := context.WithTimeout(f.t.Context(), 10*time.Second)
	defer cancel()
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	conn, resp, err := websocket.Dial(ctx, f.url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: header})
	if err == nil {
		f.t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, resp, err
}

// say sends messages, and returns the last answer of as many.
func (f *front) say(conn *websocket.Conn, messages ...string) string {
	f.t.Helper()
	last, err := f.trySaying(conn, messages...)
	if err != nil {
		f.t.Fatal(err)
	}
	return last
}

// trySaying is say on a socket that may end.
func (f *front) trySaying(conn *websocket.Conn, messages ...string) (last string, err error) {
	ctx, cancel := context.WithTimeout(f.t.Context(), 10*time.Second)
	defer cancel()
	for _, message := range messages {
		if err := conn.Write(ctx, websocket.MessageText, []byte(message)); err != nil {
			return "", err
		}
		_, text, err := conn.Read(ctx)
		if err != nil {
			return "", err
		}
		last = string(text)
	}
	return last, nil
}

const oneQuery = `{"id":"1","type":"subscribe","payload":{"query":"{ devices(first: 1) { nodes { deviceType } } }"}}`

func TestSocketsAreServedBesideRequests(t *testing.T) {
	f := serve(t, "ADMIN_ADDR=localhost:0", "ALLOWED_ORIGINS=https://dashboard.example.org")
	for origin, allowed := range map[string]bool{"": true, f.url: true, "https://dashboard.example.org": true, "https://evil.example.org": false} {
		conn, resp, err := f.dial(origin)
		if !allowed {
			if err == nil || resp.StatusCode != http.StatusForbidden {
				t.Errorf("a page of %q got %v", origin, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("a page of %q: %v", origin, err)
		}
		if got, want := f.say(conn, `{"type":"connection_init"}`, oneQuery), `{"id":"1","type":"next","payload":{"data":{"devices":{"nodes":[{"deviceType":"TEAMS_ROOM"}]}}}}`; got != want {
			t.Errorf("got %s", got)
		}
	}
	if n := f.metric(`open_connections{transport="websocket"}`); n != 3 {
		t.Errorf("%v sockets are counted, want 3", n)
	}
	if !strings.Contains(f.log.String(), "status=101") {
		t.Errorf("no line of an opened socket in\n%s", f.log)
	}
}

func TestStoppingClosesSockets(t *testing.T) {
	f := serve(t)
	conn, _, err := f.dial("")
	if err != nil {
		t.Fatal(err)
	}
	f.say(conn, `{"type":"connection_init"}`)
	closed := make(chan error, 1)
	go func() {
		_, _, err := conn.Read(context.Background())
		closed <- err
	}()
	if err := f.stop(); err != nil {
		t.Errorf("draining ended with %v", err)
	}
	if err := <-closed; websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("the socket ended with %v", err)
	}
	if !strings.Contains(f.log.String(), "code=1001") {
		t.Errorf("no line of a closed socket in\n%s", f.log)
	}
}

func TestTokenOfConnectionInitGoesUpstream(t *testing.T) {
	root := upstream(t, sandbox.Options{Token: "sesame-4711"})
	f := serve(t, "GRAPH_URL="+root, "GRAPH_AUTH=pass-through", "LOG_LEVEL=debug")
	conn, _, err := f.dial("")
	if err != nil {
		t.Fatal(err)
	}
	if got := f.say(conn, `{"type":"connection_init","payload":{"authorization":"Bearer sesame-4711"}}`, oneQuery); !strings.Contains(got, "TEAMS_ROOM") {
		t.Errorf("got %s", got)
	}
	conn, _, err = f.dial("")
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Write(t.Context(), websocket.MessageText, []byte(`{"type":"connection_init"}`)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != 4401 {
		t.Errorf("nobody got %v", err)
	}
	if strings.Contains(f.log.String(), "sesame") {
		t.Errorf("the log tells the token:\n%s", f.log)
	}
}
