package web

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// serverBuffer is how much net/http's server gathers before it writes to a connection. The head of a larger
// answer would go by itself, with what of the body fits beside it: a write more, each a fifth of what a
// remembered answer costs.
const serverBuffer = 4 << 10

var buffers = sync.Pool{New: func() any { return new([serverBuffer]byte) }}

// A conn can hold back the head of a large answer until the body comes, and send both in one piece. Like every
// connection of net/http's it is written to by one goroutine at a time.
type conn struct {
	*net.TCPConn
	holds bool
	held  *[serverBuffer]byte // nil while nothing is
	both  [2][]byte
	all   net.Buffers // of both
}

// Write sends p, after what is held. While the connection holds, what fills net/http's buffer is held: more follows.
func (c *conn) Write(p []byte) (int, error) {
	switch {
	case c.held != nil:
		return c.join(p)
	case c.holds && len(p) == serverBuffer:
		c.held, _ = buffers.Get().(*[serverBuffer]byte)
		return copy(c.held[:], p), nil
	}
	return c.TCPConn.Write(p)
}

// join sends what is held and p in one piece, and returns how much of p was sent.
func (c *conn) join(p []byte) (int, error) {
	c.both = [2][]byte{c.held[:], p}
	c.all = c.both[:]
	n, err := c.all.WriteTo(c.TCPConn)
	buffers.Put(c.held)
	c.held, c.both = nil, [2][]byte{}
	return max(0, int(n)-serverBuffer), err
}

// whole has p, the body of an answer or a part of it, written, in one piece with the head if it is large. Nothing
// is held when it returns. Of a nil conn it just calls write.
func (c *conn) whole(write func([]byte) (int, error), p []byte) (int, error) {
	if c == nil || len(p) < serverBuffer {
		return write(p)
	}
	c.holds = true
	n, err := write(p)
	c.holds = false
	if c.held == nil {
		return n, err
	}
	if _, late := c.join(nil); err == nil {
		err = late
	}
	return n, err
}

type connKey struct{}

// Serve is server.Serve, but for large answers, which are sent in one piece. It sets the
// server's ConnContext.
func Serve(server *http.Server, l net.Listener) error {
	server.ConnContext = withConn
	return server.Serve(listener{l})
}

type listener struct{ net.Listener }

// Accept waits for the next connection.
func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return &conn{TCPConn: tcp}, err
	}
	return c, err
}

// withConn lets the answers on a connection know it.
func withConn(ctx context.Context, c net.Conn) context.Context {
	if c, ok := c.(*conn); ok {
		return context.WithValue(ctx, connKey{}, c)
	}
	return ctx
}

// connFrom returns nil where it was not Serve that serves.
func connFrom(ctx context.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}
