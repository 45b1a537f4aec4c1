package graph

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestSocketClosesWithTheProtocolsCodes(t *testing.T) {
	const initial, acked = `{"type":"connection_init"}`, true
	for _, c := range []struct {
		name  string
		acked bool
		says  string
		code  int
	}{
		{"no JSON", acked, `{`, 4400},
		{"two values", acked, `{"type":"ping"}{}`, 4400},
		{"a list", acked, `[]`, 4400},
		{"no type", acked, `{"id":"1"}`, 4400},
		{"a type of a server's", acked, `{"id":"1","type":"next","payload":{}}`, 4400},
		{"a type of the older protocol", acked, `{"id":"1","type":"start","payload":{}}`, 4400},
		{"no id", acked, `{"type":"subscribe","payload":{"query":"{ __typename }"}}`, 4400},
		{"an empty id", acked, `{"id":"","type":"complete"}`, 4400},
		{"an id that is no text", acked, `{"id":1,"type":"complete"}`, 4400},
		{"no payload", acked, `{"id":"1","type":"subscribe"}`, 4400},
		{"no query", acked, `{"id":"1","type":"subscribe","payload":{"variables":{}}}`, 4400},
		{"not UTF-8", acked, "{\"type\":\"ping\",\"payload\":\"\xff\"}", 4400},
		{"a token that is no text", !acked, `{"type":"connection_init","payload":{"authorization":1}}`, 4400},
		{"a payload that is no object", !acked, `{"type":"connection_init","payload":"sesame"}`, 4400},
		{"an operation before connection_init", !acked, `{"id":"1","type":"subscribe","payload":{"query":"{ __typename }"}}`, 4401},
		{"a second connection_init", acked, initial, 4429},
		{"too large a message", acked, `{"type":"ping","payload":"` + strings.Repeat("x", maxSocketMessage) + `"}`, 1009},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, Options{Resolvers: &root{}})
			p := s.dial(t)
			if c.acked {
				p.say(initial)
				p.hear(`{"type":"connection_ack"}`)
			}
			p.say(c.says)
			if reason := p.closed(c.code); strings.Contains(reason, "sesame") {
				t.Errorf("closed for %s", reason)
			}
		})
	}
}

func TestSocketWantsText(t *testing.T) {
	s := serve(t, Options{Resolvers: &root{}})
	p := s.dial(t)
	if err := p.conn.Write(t.Context(), websocket.MessageBinary, []byte(`{"type":"ping"}`)); err != nil {
		t.Fatal(err)
	}
	p.closed(4400)
}

func TestSocketOfAnotherSubprotocolIsClosed(t *testing.T) {
	s := serve(t, Options{Resolvers: &root{}})
	for _, offered := range [][]string{nil, {"graphql-ws"}} {
		s.dial(t, &websocket.DialOptions{Subprotocols: offered}).closed(4406)
	}
}

func TestSocketOfASilentClientIsClosed(t *testing.T) {
	s := serve(t, Options{Resolvers: &root{}}, func(s *site) { s.h.times.init = 20 * time.Millisecond })
	p := s.dial(t)
	p.closed(4408)
}

func TestIDInUseClosesTheSocket(t *testing.T) {
	f := newFeed()
	s := serve(t, Options{Resolvers: &root{follow: f.follow}})
	p := s.greet(t)
	p.ask("mine", moving)
	p.ask("mine", moving)
	if reason := p.closed(4409); !strings.Contains(reason, "Subscriber for mine already exists") {
		t.Errorf("closed for %s", reason)
	}
	f.awaitDone(t)
}

func TestSocketEndsWithItsToken(t *testing.T) {
	for life := 2 * time.Second; !endsWithItsToken(t, life); life *= 2 { // a machine may be too busy to begin
		if life > 5*time.Second {
			t.Fatalf("a subscription did not begin within %v", life)
		}
	}
}

// endsWithItsToken reports whether a subscription began while the token lived.
func endsWithItsToken(t *testing.T, life time.Duration) (began bool) {
	t.Helper()
	f, follows := newFeed(), make(chan struct{}, 1)
	expires := time.Now().Add(life)
	s := serve(t, Options{Caller: identified(expires), Resolvers: &root{follow: func(ctx context.Context, key teamwork.DeviceOperationKey) (<-chan *teamwork.DeviceOperationEvent, error) {
		follows <- struct{}{}
		return f.follow(ctx, key)
	}}})
	sesame := &websocket.DialOptions{Subprotocols: []string{subprotocol}, HTTPHeader: http.Header{"Authorization": {"Bearer sesame"}}}
	p := s.dial(t, sesame)
	p.say(`{"type":"connection_init"}`)
	_, text, err := p.conn.Read(t.Context())
	if websocket.CloseStatus(err) == 4401 && time.Now().After(expires) {
		return false
	}
	if err != nil || string(text) != `{"type":"connection_ack"}` {
		t.Fatalf("heard %q, %v", text, err)
	}
	p.ask("1", moving)
	p.closed(4401)
	if time.Now().Before(expires) {
		t.Error("it ended before its token")
	}
	if len(follows) == 0 {
		return false
	}
	f.awaitDone(t)
	p = s.dial(t, sesame)
	p.say(`{"type":"connection_init"}`)
	if reason := p.closed(4401); !strings.Contains(reason, "expired") {
		t.Errorf("closed for %s", reason)
	}
	return true
}

func TestDrainSendsClientsElsewhere(t *testing.T) {
	f := newFeed()
	s := serve(t, Options{Resolvers: &root{follow: f.follow}})
	idle, watching := s.greet(t), s.greet(t)
	watching.ask("1", moving)
	f.events <- saw(teamwork.EventSnapshot, teamwork.StatusQueued)
	watching.next()
	drained := make(chan struct{})
	go func() { s.h.Drain(t.Context()); close(drained) }()
	idle.closed(1001)
	watching.closed(1001)
	f.awaitDone(t)
	<-drained
	_, resp, err := websocket.Dial(t.Context(), s.URL, &websocket.DialOptions{Subprotocols: []string{subprotocol}})
	if err == nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a new socket got %v", err)
	}
}

func TestDrainLetsAMutationOnASocketFinish(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	s := serve(t, Options{Resolvers: &root{create: func(context.Context, teamwork.CreateOperation) (*teamwork.CreateOperationPayload, error) {
		close(begun)
		<-finish
		return &teamwork.CreateOperationPayload{}, nil
	}}})
	p := s.greet(t)
	p.ask("1", `mutation { createDeviceOperation(input: {deviceId: "d1", operationType: DEVICE_RESTART}) { replayed } }`)
	<-begun
	drained := make(chan struct{})
	go func() { s.h.Drain(t.Context()); close(drained) }()
	for s.h.staying.add(late{}) { // until it drains
		s.h.staying.remove(late{})
		time.Sleep(time.Millisecond)
	}
	p.ask("2", `{ __typename }`)
	if got := p.next(); !strings.Contains(got, `"id":"2","type":"error"`) || !strings.Contains(got, "DRAINING") {
		t.Errorf("a query while draining heard %s", got)
	}
	close(finish)
	p.hear(`{"id":"1","type":"next","payload":{"data":{"createDeviceOperation":{"replayed":false}}}}`)
	p.hear(`{"id":"1","type":"complete"}`)
	p.closed(1001)
	<-drained
}

// late is a connection that comes after others.
type late struct{}

func (late) leave()            {}
func (late) cut()              {}
func (late) transport() string { return "late" }
