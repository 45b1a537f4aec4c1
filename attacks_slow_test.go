package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestSlowClientsAreLetGoOf opens connections by the dozen that never say what they want,
// while others are answered.
func TestSlowClientsAreLetGoOf(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes as long as the server waits")
	}
	f := serve(t)
	w := watchOver(t, f)
	const request = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
	const socket = "GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
	var waiting sync.WaitGroup
	for _, c := range []struct {
		name, sent string
		patience   time.Duration
	}{
		{"nothing", "", headerTimeout},
		{"half a header", request + "X-Slow: ", headerTimeout},
		{"half a body", request + "Content-Length: 100\r\n\r\n{", readTimeout},
		{"half a chunk", request + "Transfer-Encoding: chunked\r\n\r\n64\r\n{", readTimeout},
		{"a socket without connection_init", socket, 5 * time.Second},
		{"a socket with half a frame", socket + "\x81\xfe", 5 * time.Second},
	} {
		for range 20 {
			waiting.Go(func() {
				if took := f.linger(t, c.sent); took > c.patience+20*time.Second {
					t.Errorf("%s was let go of after %v, want %v", c.name, took, c.patience)
				}
			})
		}
	}
	for range 10 {
		f.must(`{ devices(first: 1) { nodes { id } } }`)
	}
	waiting.Wait()
	w.look(t)
}

// linger sends a text and then, every second, a byte that does not end it; it returns after
// how long the server let go.
func (f *front) linger(t *testing.T, text string) time.Duration {
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(f.url, "http://"))
	if err != nil {
		t.Error(err)
		return 0
	}
	defer conn.Close()
	began := time.Now()
	_ = conn.SetDeadline(began.Add(time.Minute))
	if _, err := fmt.Fprint(conn, text); err != nil {
		t.Error(err)
	}
	if strings.Contains(text, "POST") {
		go func() {
			for range 60 { // which ends with the connection
				time.Sleep(time.Second)
				if _, err := conn.Write([]byte("a")); err != nil {
					return
				}
			}
		}()
	}
	_, _ = io.Copy(io.Discard, bufio.NewReader(conn))
	return time.Since(began)
}
