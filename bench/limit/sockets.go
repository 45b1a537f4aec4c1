package main

import (
	"net/http"

	"github.com/coder/websocket"
)

// accepted opens a socket and waits for whatever comes.
func accepted(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"graphql-transport-ws"}, CompressionMode: websocket.CompressionDisabled})
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }()
	for {
		if _, _, err := conn.Read(r.Context()); err != nil {
			return
		}
	}
}
