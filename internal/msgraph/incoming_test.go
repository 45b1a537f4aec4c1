package msgraph

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// fetched sends a GET through a pipeline that is a wire, and returns the body as it is taken, and as it is read.
func fetched(t *testing.T, transport *http.Transport, url string) (taken, read []byte, err error) {
	t.Helper()
	req, err := runtime.NewRequest(t.Context(), http.MethodGet, url)
	if err != nil {
		t.Fatal(err)
	}
	line := runtime.NewPipeline("", "", runtime.PipelineOptions{PerCall: []policy.Policy{newWire(transport)}}, nil)
	resp, err := line.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	if taken, err = wholeOf(resp); err != nil {
		return nil, nil, err
	}
	read, err = io.ReadAll(resp.Body)
	return taken, read, err
}

func TestBodyArrivesHoweverLongItSaysItIs(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size, _ := strconv.Atoi(r.URL.Query().Get("size"))
		body := bytes.Repeat([]byte("x"), size)
		switch r.URL.Path {
		case "/said":
			w.Header().Set("Content-Length", strconv.Itoa(size))
		case "/unsaid":
			_ = http.NewResponseController(w).Flush()
		case "/packed":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close()
			_, _ = z.Write(body)
			return
		}
		_, _ = w.Write(body)
	}))
	defer server.Close()
	transport := newTransport()
	transport.ResponseHeaderTimeout = time.Minute // packing takes its time on a busy machine
	defer transport.CloseIdleConnections()
	for _, size := range []int{0, 1, 5000, 300_000, plausible, plausible + 1, maxBody, maxBody + 1} {
		for _, how := range []string{"said", "unsaid", "packed"} {
			taken, read, err := fetched(t, transport, fmt.Sprintf("%s/%s?size=%d", server.URL, how, size))
			switch {
			case size > maxBody && !errors.Is(err, errTooLarge):
				t.Errorf("%s, %d bytes: %v, want that it is too large", how, size, err)
			case size <= maxBody && (err != nil || len(taken) != size || !bytes.Equal(taken, read)):
				t.Errorf("%s, %d bytes: %d taken, %d read, %v", how, size, len(taken), len(read), err)
			}
		}
	}
}

// breaksOff answers with more said than sent.
func breaksOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"id":`)
}

func TestBodyThatBreaksOffIsNoAnswer(t *testing.T) {
	c, mux, _ := setup(t, Options{})
	mux.HandleFunc("GET /beta/teamwork/devices/d", breaksOff)
	mux.HandleFunc("POST /beta/teamwork/devices/d/operations", breaksOff)
	_, err := c.Device(t.Context(), "d")
	wantKind(t, err, teamwork.Unavailable)
	create := fullCreate()
	create.DeviceID = "d"
	_, err = c.CreateOperation(t.Context(), create)
	wantKind(t, err, teamwork.OutcomeUnknown)
}

// TestWholeBodyResetsNoStream: over HTTP/2 to close a body before its end is to give the
// stream up, which servers count as an attack.
func TestWholeBodyResetsNoStream(t *testing.T) {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "40000")
		_, _ = w.Write(make([]byte, 40000))
	}))
	server.Config.Protocols = &protocols
	server.Start()
	defer server.Close()
	sent := &frames{}
	transport := newTransport()
	transport.Protocols, transport.ForceAttemptHTTP2, transport.DisableCompression = &protocols, false, true
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		return watchedConn{conn, sent}, err
	}
	defer transport.CloseIdleConnections()
	for range 200 {
		if body, _, err := fetched(t, transport, server.URL); err != nil || len(body) != 40000 {
			t.Fatalf("%d bytes, %v", len(body), err)
		}
	}
	if streams, resets := sent.count(1), sent.count(3); streams != 200 || resets != 0 {
		t.Errorf("%d streams were opened, and %d reset", streams, resets)
	}
}

// frames are those that were written to an HTTP/2 connection.
type frames struct {
	mu   sync.Mutex
	text []byte
}

// count returns how many of a kind there are.
// https://www.rfc-editor.org/rfc/rfc9113#section-4.1
func (f *frames) count(kind byte) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	rest := f.text[strings.Index(string(f.text), "\r\n\r\nSM\r\n\r\n")+len("\r\n\r\nSM\r\n\r\n"):]
	for len(rest) >= 9 {
		length := int(binary.BigEndian.Uint32(append([]byte{0}, rest[:3]...)))
		if rest[3] == kind {
			n++
		}
		rest = rest[min(9+length, len(rest)):]
	}
	return n
}

type watchedConn struct {
	net.Conn
	sent *frames
}

func (c watchedConn) Write(p []byte) (int, error) {
	c.sent.mu.Lock()
	c.sent.text = append(c.sent.text, p...)
	c.sent.mu.Unlock()
	return c.Conn.Write(p)
}
