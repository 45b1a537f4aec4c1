package main

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/coder/websocket"
)

// dialing is how many connections are opened at a time.
const dialing = 32

// sockets are open connections.
type sockets []*websocket.Conn

func (s sockets) close() {
	for _, conn := range s {
		if conn != nil {
			_ = conn.CloseNow()
		}
	}
}

var dialer = &http.Client{Transport: &http.Transport{}}

func dialSocket(ctx context.Context, at address) (*websocket.Conn, error) {
	conn, resp, err := websocket.Dial(ctx, "ws://"+string(at)+"/graphql", &websocket.DialOptions{
		HTTPClient: dialer, Subprotocols: []string{"graphql-transport-ws"}, CompressionMode: websocket.CompressionDisabled,
	})
	if resp != nil && resp.Body != nil && err != nil {
		_ = resp.Body.Close()
	}
	return conn, err
}

// openSockets connects to each address, some at a time, and says hello if there is one to
// say. It returns what is open even if something fails.
func openSockets(ctx context.Context, to []address, hello func(context.Context, *websocket.Conn) error) (sockets, error) {
	all, errs := make(sockets, len(to)), make([]error, len(to))
	var dialers sync.WaitGroup
	for turn := range dialing {
		dialers.Go(func() {
			for i := turn; i < len(to); i += dialing {
				if all[i], errs[i] = dialSocket(ctx, to[i]); errs[i] == nil && hello != nil {
					errs[i] = hello(ctx, all[i])
				}
			}
		})
	}
	dialers.Wait()
	return all, errors.Join(errs...)
}
