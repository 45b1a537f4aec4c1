package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// clientMessage is what a client may send.
type clientMessage struct {
	Type    string          `json:"type"`
	ID      *string         `json:"id"`
	Payload json.RawMessage `json:"payload"`
}

// invalid closes a socket whose client does not keep to the protocol. It repeats nothing
// of what was sent: that may be a secret.
func invalid(reason string) *closing { return &closing{4400, reason} }

// receive does what a message asks for, or returns how to close the socket.
func (s *socket) receive(kind websocket.MessageType, text []byte) *closing {
	if kind != websocket.MessageText || !utf8.Valid(text) {
		return invalid("A message is text in UTF-8")
	}
	var m clientMessage
	if err := decodeJSON(text, &m); err != nil {
		return invalid("A message is a JSON object with a type")
	}
	switch m.Type {
	case "connection_init":
		return s.acknowledge(m.Payload)
	case "ping":
		_ = s.send(func(b *bytes.Buffer) { writeMessage(b, "pong", "", m.Payload) })
		return nil
	case "pong":
		return nil
	}
	if m.ID == nil || *m.ID == "" || len(*m.ID) > maxMessage {
		return invalid("The message needs a type of the protocol's, and an id")
	}
	switch m.Type {
	case "subscribe":
		return s.subscribe(*m.ID, m.Payload)
	case "complete":
		s.complete(*m.ID)
		return nil
	}
	return invalid("A message of that type is none of a client's")
}

// acknowledge lets the client ask, once it is known who it is.
func (s *socket) acknowledge(payload json.RawMessage) *closing {
	if s.acknowledged { // only the reader writes it
		return &closing{4429, "Too many initialisation requests"}
	}
	header, ok := s.credentials(payload)
	if !ok {
		return invalid("The payload of connection_init is an object, and its authorization a text")
	}
	if err := s.identify(header); teamwork.KindOf(err) == teamwork.Unavailable { // it can't be told now
		return &closing{websocket.StatusTryAgainLater, shortened(err.Error())}
	} else if err != nil {
		return &closing{4401, shortened(err.Error())}
	}
	s.header = nil
	s.mu.Lock()
	s.acknowledged = true
	s.mu.Unlock()
	_ = s.send(func(b *bytes.Buffer) { writeMessage(b, "connection_ack", "", nil) })
	s.rest()
	return nil
}

// credentials returns the headers by which the client says who it is: its word in
// connection_init counts before that of the request, which a browser can't give.
func (s *socket) credentials(payload json.RawMessage) (header http.Header, ok bool) {
	if isNull(payload) {
		return s.header, true
	}
	var params map[string]json.RawMessage
	if json.Unmarshal(payload, &params) != nil {
		return nil, false
	}
	for name, value := range params {
		if !strings.EqualFold(name, "authorization") || isNull(value) {
			continue
		}
		var text string
		if json.Unmarshal(value, &text) != nil {
			return nil, false
		}
		return http.Header{"Authorization": {text}}, true
	}
	return s.header, true
}

func isNull(value json.RawMessage) bool { return len(value) == 0 || string(value) == "null" }

// writeMessage writes a message, of which id and payload may be missing.
func writeMessage(b *bytes.Buffer, kind, id string, payload json.RawMessage) {
	beginMessage(b, kind, id)
	if len(payload) > 0 {
		b.WriteString(`,"payload":`)
		b.Write(payload)
	}
	b.WriteByte('}')
}

// beginMessage writes all of a message but its payload and its last brace.
func beginMessage(b *bytes.Buffer, kind, id string) {
	b.WriteByte('{')
	if id != "" {
		b.WriteString(`"id":`)
		writeJSON(b, id)
		b.WriteByte(',')
	}
	b.WriteString(`"type":"` + kind + `"`)
}

// send sends one message. A client that does not take it is gone with the next tick, and
// the socket with it.
func (s *socket) send(write func(*bytes.Buffer)) error {
	b := takeBuffer()
	defer giveBuffer(b)
	write(b)
	if s.writing.Load() == 0 { // before it counts: a tick must not take an older write's time for this one's
		s.moved.Store(time.Now().UnixNano())
	}
	s.writing.Add(1)
	defer s.writing.Add(-1)
	err := s.conn.Write(context.Background(), websocket.MessageText, b.Bytes())
	s.moved.Store(time.Now().UnixNano())
	return err
}

// maxReason is the longest that a close frame can say, in bytes.
const maxReason = 123

func shortened(reason string) string {
	if len(reason) <= maxReason {
		return reason
	}
	return strings.ToValidUTF8(reason[:maxReason], "")
}
