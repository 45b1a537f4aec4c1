package graph

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// idlers is how many connections are compared.
const idlers = 1000

// inUse is what the process holds, in bytes. Stacks shrink by half in each collection.
func inUse() int64 {
	var m runtime.MemStats
	for range 6 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// cost returns what one connection more costs, once open has opened it.
func cost(t *testing.T, open func() net.Conn) int64 {
	t.Helper()
	conns := make([]net.Conn, idlers)
	open().Close() // what is made once
	before := inUse()
	for i := range conns {
		conns[i] = open()
	}
	time.Sleep(50 * time.Millisecond) // until the last have come to rest; a stack less or more does not matter
	per := (inUse() - before) / idlers
	for _, conn := range conns {
		conn.Close()
	}
	return per
}

func TestIdleSubscriberCostsAtMostTwiceABareConnection(t *testing.T) {
	if testing.Short() {
		t.Skip("it opens 2,000 sockets")
	}
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{subprotocol}})
		for err == nil {
			_, _, err = conn.Read(context.Background())
		}
	}))
	defer bare.Close()
	bareCost := cost(t, func() net.Conn {
		conn, _ := (&site{Server: bare}).raw(t)
		return conn
	})
	s := serve(t, Options{Resolvers: &root{follow: func(ctx context.Context, key teamwork.DeviceOperationKey) (<-chan *teamwork.DeviceOperationEvent, error) {
		told := false
		return Follow(ctx, func(ctx context.Context) (*teamwork.DeviceOperationEvent, error) {
			if !told {
				told = true
				return saw(teamwork.EventSnapshot, teamwork.StatusQueued), nil
			}
			<-ctx.Done()
			return nil, ctx.Err()
		}, func() {})
	}}})
	ourCost := cost(t, func() net.Conn {
		conn, r := s.raw(t)
		watch(t, conn, moving)
		awaitText(t, bufio.NewReaderSize(r, 16), "SNAPSHOT")
		return conn
	})
	t.Logf("a bare connection costs %d bytes, an idle subscriber %d: %.2f times", bareCost, ourCost, float64(ourCost)/float64(bareCost))
	if ourCost > 2*bareCost {
		t.Error("that is more than twice")
	}
}
