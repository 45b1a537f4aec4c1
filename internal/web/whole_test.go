package web

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// connected returns both ends of a connection.
func connected(t *testing.T) (*conn, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := listener{l}.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = client.Close(), server.Close() })
	return server.(*conn), client
}

// has returns the next n bytes, however long a busy machine takes for them, and what more
// arrives within a moment.
func has(t *testing.T, c net.Conn, n int) []byte {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	all := make([]byte, n)
	got, err := io.ReadFull(c, all)
	if err != nil {
		t.Errorf("%d bytes of %d: %v", got, n, err)
	}
	_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	more, _ := io.ReadAll(c)
	return append(all[:got], more...)
}

func TestHeadWaitsForItsBody(t *testing.T) {
	server, client := connected(t)
	head, body := bytes.Repeat([]byte("h"), serverBuffer), bytes.Repeat([]byte("b"), 10_000)
	n, err := server.whole(func(p []byte) (int, error) {
		if n, err := server.Write(head); n != len(head) || err != nil {
			t.Errorf("the head: %d, %v", n, err)
		}
		if got := has(t, client, 0); len(got) > 0 {
			t.Errorf("%d bytes of the head went by themselves", len(got))
		}
		return server.Write(p)
	}, body)
	if n != len(body) || err != nil {
		t.Errorf("the body: %d, %v", n, err)
	}
	if got := has(t, client, len(head)+len(body)); !bytes.Equal(got, append(head, body...)) {
		t.Errorf("%d bytes arrived, want %d", len(got), len(head)+len(body))
	}
}

func TestNothingStaysHeld(t *testing.T) {
	server, client := connected(t)
	head := bytes.Repeat([]byte("h"), serverBuffer)
	_, err := server.whole(func([]byte) (int, error) { return server.Write(head) }, head)
	if got := has(t, client, len(head)); err != nil || !bytes.Equal(got, head) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	_, _ = server.Write(head)
	if got := has(t, client, len(head)); !bytes.Equal(got, head) {
		t.Errorf("after it a full buffer is held: %d bytes", len(got))
	}
}

func TestHeldBytesOfADeadConnectionAreAnError(t *testing.T) {
	server, _ := connected(t)
	head := bytes.Repeat([]byte("h"), serverBuffer)
	n, err := server.whole(func(p []byte) (int, error) {
		_, _ = server.Write(head)
		_ = server.Close()
		return server.Write(p)
	}, head)
	if n != 0 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
	_, err = server.whole(func(p []byte) (int, error) { return len(p), nil }, head)
	if err != nil {
		t.Errorf("nothing was held, and yet: %v", err)
	}
}

// sized writes a body of ?size= bytes in ?parts=, with or without a Content-Length, and flushes
// where it is told to.
func sized(w http.ResponseWriter, r *http.Request) {
	size, _ := strconv.Atoi(r.FormValue("size"))
	parts, _ := strconv.Atoi(r.FormValue("parts"))
	if r.FormValue("said") != "" {
		w.Header().Set("Content-Length", strconv.Itoa(size*parts))
	}
	for i := range parts {
		_, _ = w.Write(bytes.Repeat([]byte{'a' + byte(i)}, size))
		if r.FormValue("flush") != "" {
			_ = http.NewResponseController(w).Flush()
		}
	}
}

// raw sends requests over one connection, and returns all bytes of the answers but the dates.
func raw(t *testing.T, addr string, queries []string) string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i, query := range queries {
		method, last := "GET", "keep-alive"
		if i == len(queries)-1 {
			last = "close"
		}
		if strings.Contains(query, "head=1") {
			method = "HEAD"
		}
		fmt.Fprintf(c, "%s /?%s HTTP/1.1\r\nHost: x\r\nConnection: %s\r\n\r\n", method, query, last)
	}
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	all, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for line := range strings.SplitSeq(string(all), "\r\n") {
		if !strings.HasPrefix(line, "Date: ") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\r\n")
}

func TestAnswersAreTheSameInOnePiece(t *testing.T) {
	h := logAccess(slog.New(slog.DiscardHandler))(http.HandlerFunc(sized))
	plain := httptest.NewServer(h)
	defer plain.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	whole := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go func() { _ = Serve(whole, l) }()
	defer whole.Close()
	var queries []string
	for _, size := range []int{0, 1, 2047, 2048, 3900, 4095, 4096, 4097, 4200, 8000, 8191, 8192, 8193, 20_000, 1 << 20} {
		for _, more := range []string{"parts=1", "parts=1&said=1", "parts=3", "parts=3&said=1", "parts=3&flush=1", "parts=1&said=1&head=1"} {
			queries = append(queries, fmt.Sprintf("size=%d&%s", size, more))
		}
	}
	if a, b := raw(t, plain.Listener.Addr().String(), queries), raw(t, l.Addr().String(), queries); a != b {
		t.Errorf("%d bytes without, %d bytes with", len(a), len(b))
	}
}
