package graph

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// subprotocol is the one that sockets speak.
// https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
const subprotocol = "graphql-transport-ws"

// Limits of a socket.
const (
	maxSocketMessage    = 256 << 10 // bytes
	maxSocketOperations = 100       // at a time
)

// closing says how a socket is closed.
type closing struct {
	code   websocket.StatusCode
	reason string
}

// goingAway lets a client look for another server.
var goingAway = closing{websocket.StatusGoingAway, "Going away"}

// socket is one WebSocket, over which many operations may run. Its reader is the only
// goroutine that it has while nothing runs; operations write by themselves, so that who
// reads slowly slows down nobody else.
type socket struct {
	h     *Handler
	conn  *websocket.Conn
	began time.Time
	// header is what the request that opened it had; nil once somebody said who they are.
	header http.Header
	// ctx ends with the socket; it holds the caller, once it is known.
	ctx     context.Context
	cancel  context.CancelFunc
	expires time.Time // when the caller's token does

	mu           sync.Mutex
	acknowledged bool
	draining     bool
	ended        bool
	timer        *time.Timer
	operations   map[string]*socketOperation
	pending      int // of which are no subscriptions
	under        sync.WaitGroup

	writing atomic.Int32
	moved   atomic.Int64            // when it last began to write or came to an end of it, in ns
	closed  atomic.Pointer[closing] // how this side closed it
	heard   websocket.StatusCode    // how the other did
}

// Sockets returns the handler of requests that ask for a WebSocket. Who opens one may say
// who they are in its first message, so nobody was identified before; and whether a page
// of that origin may open one was checked.
func (h *Handler) Sockets() http.Handler { return http.HandlerFunc(h.openSocket) }

// openSocket returns when the socket is open, so that what net/http holds for a request is
// let go of, and the access log has its line.
func (h *Handler) openSocket(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	s := &socket{h: h, ctx: ctx, cancel: cancel, began: time.Now(), operations: map[string]*socketOperation{}}
	if !h.staying.add(s) {
		cancel()
		h.refuse(w, r, plainJSON, tooLate)
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols: []string{subprotocol}, InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil { // it was answered
		cancel()
		h.staying.remove(s)
		return
	}
	conn.SetReadLimit(maxSocketMessage)
	s.mu.Lock()
	s.conn = conn
	s.header = http.Header{"Authorization": r.Header.Values("Authorization")}
	s.timer = time.AfterFunc(h.times.init, s.tick)
	draining := s.draining
	s.mu.Unlock()
	if draining {
		go s.leave()
	}
	go s.serve() //nolint:gosec // a socket outlives the request that opened it
}

// serve reads until the socket ends, and returns when nothing of it is left.
func (s *socket) serve() {
	defer s.end()
	if s.conn.Subprotocol() == "" {
		s.close(closing{4406, "Subprotocol not acceptable"})
		return
	}
	for {
		kind, message, err := s.conn.Read(context.Background())
		if err != nil {
			s.heard = websocket.CloseStatus(err)
			return
		}
		if c := s.receive(kind, message); c != nil {
			s.close(*c)
			return
		}
	}
}

// end lets go of everything.
func (s *socket) end() {
	if cause := recover(); cause != nil {
		_ = s.h.presenter.recovered(s.ctx, cause)
	}
	s.mu.Lock()
	s.ended = true
	s.timer.Stop()
	s.mu.Unlock()
	s.cancel()
	_ = s.conn.CloseNow()
	s.under.Wait()
	s.logEnd()
	s.h.staying.remove(s)
}

// close closes the socket for a reason that its client is told, unless it is being closed.
func (s *socket) close(c closing) {
	if s.closed.CompareAndSwap(nil, &c) {
		_ = s.conn.Close(c.code, c.reason)
	}
}

// leave closes the socket for a reason that lets its client look for another server: at
// once, or when the last query or mutation is over.
func (s *socket) leave() {
	s.mu.Lock()
	s.draining = true
	idle := s.pending == 0 && s.conn != nil
	s.mu.Unlock()
	if idle {
		go s.close(goingAway)
	}
}

func (s *socket) cut() {
	s.mu.Lock()
	conn := s.conn
	s.mu.Unlock()
	if conn != nil {
		_ = conn.CloseNow()
	}
}

func (s *socket) transport() string { return "websocket" }

// tick is called when the socket's time is up for something: to say who its client is, to
// show that it is there, or its token's.
func (s *socket) tick() {
	s.mu.Lock()
	acknowledged := s.acknowledged
	s.mu.Unlock()
	switch {
	case !acknowledged:
		s.close(closing{4408, "Connection initialisation timeout"})
	case s.expired(time.Now()):
		s.close(closing{4401, errExpired.Message})
	case s.isThere():
		s.rest()
	default:
		_ = s.conn.CloseNow()
	}
}

// isThere reports whether the client answers a ping, or takes what it is sent: no write has
// a timer of its own, of which a change before a thousand sockets would start as many.
func (s *socket) isThere() bool {
	if s.writing.Load() > 0 {
		return time.Since(time.Unix(0, s.moved.Load())) < s.h.times.write
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.h.times.pong)
	defer cancel()
	return s.conn.Ping(ctx) == nil
}

// rest sets the timer for the next tick.
func (s *socket) rest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	until := min(s.h.times.ping, s.h.times.write)
	if !s.expires.IsZero() {
		until = min(until, max(0, time.Until(s.expires)))
	}
	s.timer.Reset(until)
}

func (s *socket) expired(now time.Time) bool {
	return !s.expires.IsZero() && !now.Before(s.expires)
}

// identify finds out who opened the socket.
func (s *socket) identify(header http.Header) error {
	if s.h.caller == nil {
		return nil
	}
	caller, err := s.h.caller(header)
	if err != nil {
		return err
	}
	s.ctx = teamwork.WithCaller(s.ctx, caller)
	s.expires = caller.Expires
	if s.expired(time.Now()) {
		return errExpired
	}
	return nil
}

// logEnd writes the line that the access log can't: it had its own when the socket opened.
func (s *socket) logEnd() {
	code := s.heard
	if c := s.closed.Load(); c != nil {
		code = c.code
	}
	if code < 0 {
		code = websocket.StatusAbnormalClosure
	}
	s.h.presenter.log.LogAttrs(s.ctx, slog.LevelInfo, "a socket was closed", slog.Int("code", int(code)),
		slog.Duration("duration", time.Since(s.began)), slog.String("requestId", s.h.presenter.requestID(s.ctx)))
}
