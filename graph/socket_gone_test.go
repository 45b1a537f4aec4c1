package graph

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// raw opens a socket by hand, over a connection that does nothing by itself: it answers
// no ping.
func (s *site) raw(t testing.TB) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: %s\r\n\r\n", subprotocol)
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("the handshake got %v, %v", resp, err)
	}
	return conn, r
}

// frame is a text as a client sends it, masked by zeros.
func frame(text string) []byte {
	head := []byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}
	if len(text) > 125 {
		head = []byte{0x81, 0x80 | 126, byte(len(text) >> 8), byte(len(text)), 0, 0, 0, 0}
	}
	return append(head, text...)
}

// watch introduces itself and subscribes.
func watch(t testing.TB, conn net.Conn, document string) {
	t.Helper()
	for _, text := range []string{`{"type":"connection_init"}`, `{"id":"1","type":"subscribe","payload":{"query":` + quoted(document) + `}}`} {
		if _, err := conn.Write(frame(text)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestClientThatVanishesLeavesNothing(t *testing.T) {
	f := newFeed()
	s := serve(t, Options{Resolvers: &root{follow: f.follow}})
	conn, r := s.raw(t)
	watch(t, conn, moving)
	f.events <- saw(teamwork.EventSnapshot, teamwork.StatusQueued)
	awaitText(t, r, "SNAPSHOT")
	_ = conn.(*net.TCPConn).SetLinger(0)
	conn.Close() // a reset, without a word
	f.awaitDone(t)
	s.h.staying.gone.Wait()
}

func TestClientThatAnswersNoPingIsGone(t *testing.T) {
	f := newFeed()
	s := serve(t, Options{Resolvers: &root{follow: f.follow}}, func(s *site) {
		s.h.times.ping, s.h.times.pong = 30*time.Millisecond, 2*time.Second // who is there may be late
	})
	there := s.greet(t) // answers, as long as it reads
	there.ask("1", `{ __typename }`)
	there.next()
	conn, r := s.raw(t)
	watch(t, conn, moving)
	f.awaitDone(t)
	if _, err := io.Copy(io.Discard, r); err != nil {
		t.Errorf("the connection ended with %v", err)
	}
}

func TestClientThatAnswersPingsStays(t *testing.T) {
	s := serve(t, Options{Resolvers: &root{}}, func(s *site) {
		s.h.times.ping, s.h.times.pong = 10*time.Millisecond, 5*time.Second
	})
	pings := make(chan struct{}, 100)
	p := s.dial(t, &websocket.DialOptions{Subprotocols: []string{subprotocol}, OnPingReceived: func(_ context.Context, _ []byte) bool {
		pings <- struct{}{}
		return true
	}})
	p.say(`{"type":"connection_init"}`)
	p.hear(`{"type":"connection_ack"}`)
	go func() {
		for range 5 {
			<-pings
		}
		_ = p.conn.Write(t.Context(), websocket.MessageText, []byte(`{"type":"ping"}`))
	}()
	p.hear(`{"type":"pong"}`)
}

// stalled watches with a client that reads nothing, and fills all that lies between.
func (s *site) stalled(t *testing.T, f *feed) {
	t.Helper()
	conn, _ := s.raw(t)
	_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	watch(t, conn, strings.Replace(moving, "{ status }", "{ statusRaw }", 1))
	large := saw(teamwork.EventChanged, teamwork.DeviceOperationStatus(strings.Repeat("x", 1<<20)))
	for range 20 {
		f.events <- large
	}
	for len(f.events) == 20 { // until it is told
		time.Sleep(time.Millisecond)
	}
}

func TestClientThatReadsNothingIsGone(t *testing.T) {
	f := newFeed()
	s := serve(t, Options{Resolvers: &root{follow: f.follow}}, func(s *site) {
		s.h.times.write = 2 * time.Second // long enough to be stalled by then: before, it is pinged, and has time for that
	})
	s.stalled(t, f)
	f.awaitDone(t)
	if len(f.events) == 0 {
		t.Error("all was told")
	}
	s.h.staying.gone.Wait()
}

func TestSlowReaderHoldsNobody(t *testing.T) {
	slow, quick := newFeed(), newFeed()
	s := serve(t, Options{Resolvers: &root{follow: func(ctx context.Context, key teamwork.DeviceOperationKey) (<-chan *teamwork.DeviceOperationEvent, error) {
		if key.OperationID == "o1" {
			return slow.follow(ctx, key)
		}
		return quick.follow(ctx, key)
	}}})
	s.stalled(t, slow)
	p := s.greet(t)
	p.ask("1", strings.Replace(moving, "o1", "o2", 1))
	quick.events <- saw(teamwork.EventSnapshot, teamwork.StatusQueued)
	p.next()
	if len(slow.events) == 0 {
		t.Error("nobody was slow")
	}
}

// awaitText reads until text comes by.
func awaitText(t testing.TB, r io.Reader, text string) {
	t.Helper()
	var got bytes.Buffer
	for chunk := make([]byte, 1<<10); !strings.Contains(got.String(), text); {
		n, err := r.Read(chunk)
		if err != nil {
			t.Fatalf("%v after %q", err, got.String())
		}
		got.Write(chunk[:n])
	}
}

func TestClientThatTakesWhatItIsSentIsThere(t *testing.T) {
	s := &socket{h: &Handler{times: times{write: time.Minute}}}
	s.writing.Store(2)
	for ago, want := range map[time.Duration]bool{time.Second: true, 2 * time.Minute: false} {
		s.moved.Store(time.Now().Add(-ago).UnixNano())
		if got := s.isThere(); got != want {
			t.Errorf("who took something %v ago is there: %v", ago, got)
		}
	}
}
