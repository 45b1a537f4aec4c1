package msgraph

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// TestCreateIsNotSentAgainOverHTTP2 has an upstream that refuses the stream once it
// has the whole body: net/http takes that for leave to send it again.
func TestCreateIsNotSentAgainOverHTTP2(t *testing.T) {
	certified := httptest.NewUnstartedServer(nil)
	certified.StartTLS()
	certificates := certified.TLS.Certificates
	certified.Close()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: certificates, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var bodies atomic.Int32
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go refuseFirst(conn, &bodies)
		}
	}()
	transport := newTransport()
	transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} // the test's own certificate
	defer transport.CloseIdleConnections()
	client := newClient(t, Options{URL: "https://" + listener.Addr().String() + "/beta", Transport: transport})
	_, err = client.CreateOperation(t.Context(), teamwork.CreateOperation{
		DeviceID: "d", OperationType: teamwork.ConfigUpdate, Status: teamwork.StatusQueued})
	wantKind(t, err, teamwork.OutcomeUnknown)
	if n := bodies.Load(); n != 1 {
		t.Errorf("the body was sent %d times", n)
	}
}

// refuseFirst speaks just enough HTTP/2 to refuse the first stream and answer later
// ones.
func refuseFirst(conn net.Conn, bodies *atomic.Int32) {
	defer conn.Close()
	if _, err := io.ReadFull(conn, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	framer := http2.NewFramer(conn, conn)
	_ = framer.WriteSettings()
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return
		}
		switch f := frame.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				_ = framer.WriteSettingsAck()
			}
		case *http2.DataFrame:
			if !f.StreamEnded() {
				continue
			}
			if bodies.Add(1) == 1 {
				_ = framer.WriteRSTStream(f.StreamID, http2.ErrCodeRefusedStream)
				continue
			}
			var head bytes.Buffer
			_ = hpack.NewEncoder(&head).WriteField(hpack.HeaderField{Name: ":status", Value: "201"})
			_ = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: f.StreamID, BlockFragment: head.Bytes(), EndHeaders: true})
			_ = framer.WriteData(f.StreamID, true, []byte(`{"id":"o1","operationType":"configUpdate","status":"Queued"}`))
		}
	}
}
