package msgraph

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// counted counts what is written to a connection.
type counted struct {
	net.Conn
	writes *atomic.Int64
}

func (c counted) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

// TestRequestLeavesInOnePiece counts the writes of creates, alone and in a batch.
func TestRequestLeavesInOnePiece(t *testing.T) {
	const created = `{"id":"1","operationType":"configUpdate","status":"queued"}`
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		answer := created
		if r.URL.Path == "/beta"+batchPath {
			answer = `{"responses":[{"id":"1","status":201,"body":` + created + `},{"id":"2","status":201,"body":` + created + `}]}`
		}
		_, _ = w.Write([]byte(answer))
	}))
	defer upstream.Close()
	var writes atomic.Int64
	transport := newTransport()
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		return counted{conn, &writes}, err
	}
	defer transport.CloseIdleConnections()
	client := newClient(t, Options{URL: upstream.URL + "/beta", Transport: transport})
	create := teamwork.CreateOperation{DeviceID: "d", OperationType: teamwork.ConfigUpdate, Status: teamwork.StatusQueued}
	for _, reqs := range [][]teamwork.CreateOperation{{create}, {create, create}} {
		before := writes.Load()
		for _, result := range client.CreateOperations(t.Context(), reqs) {
			if result.Err != nil {
				t.Fatal(result.Err)
			}
		}
		if n := writes.Load() - before; n != 1 {
			t.Errorf("a request that creates %d was written in %d pieces", len(reqs), n)
		}
	}
}
