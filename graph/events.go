package graph

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Why a stream of ours ends, besides its own end and a client that leaves.
var (
	errDraining = errors.New("the server drains")
	errExpired  = &teamwork.Error{Kind: teamwork.Unauthenticated, Message: "the token has expired"}
)

// events is an answer that stays open: one operation, told as server-sent events, in
// GraphQL over SSE's mode of distinct connections.
type events struct {
	h      *Handler
	w      http.ResponseWriter
	ctl    *http.ResponseController
	cancel context.CancelCauseFunc
	stream bool // more than one event may come

	mu    sync.Mutex
	beat  *time.Timer
	ended bool
}

// leave ends a subscription without a `complete`, which would tell the client not to come
// again. A query or a mutation ends by itself.
func (e *events) leave() {
	if e.stream {
		e.cancel(errDraining)
	}
}

func (e *events) cut() { e.cancel(errDraining) }

func (e *events) transport() string { return "sse" }

// serveEvents answers a request by events. What is wrong with the operation is an event,
// too: a client of this kind reads nothing else.
func (h *Handler) serveEvents(w http.ResponseWriter, r *http.Request, params *graphql.RawParams, deadline time.Time) {
	ctx, cancel := context.WithCancelCause(h.introduce(r.Context()))
	defer cancel(nil)
	op, balance, errs := h.admit(ctx, params)
	balance.tellBudget(w.Header())
	e := &events{h: h, w: w, ctl: http.NewResponseController(w), cancel: cancel}
	e.stream = len(errs) == 0 && op.Operation.Operation == ast.Subscription
	if !h.staying.add(e) {
		h.refuse(w, r, plainJSON, tooLate)
		return
	}
	defer h.staying.remove(e)
	e.begin()
	defer e.end()
	switch {
	case len(errs) > 0:
		_ = e.next(h.rejection(ctx, op, errs), nil)
	case e.stream:
		if !e.follow(ctx, op) {
			return
		}
	default:
		e.once(ctx, op, deadline)
	}
	e.complete()
}

// begin sends the header, so that the client knows that it listens, and keeps the
// connection alive from then on.
func (e *events) begin() {
	header := e.w.Header()
	header["Content-Type"] = []string{eventStream + "; charset=utf-8"}
	header["Cache-Control"] = noStore
	header["X-Accel-Buffering"] = []string{"no"} // a proxy's buffer would hold events back
	e.mu.Lock()
	defer e.mu.Unlock()
	e.w.WriteHeader(http.StatusOK)
	_ = e.ctl.Flush()
	e.beat = time.AfterFunc(e.h.times.heartbeat, e.heartbeat)
}

// heartbeat tells proxies, and a client that waits, that somebody is there.
func (e *events) heartbeat() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.write([]byte(":\n\n")) == nil {
		e.beat.Reset(e.h.times.heartbeat)
	}
}

// end lets no heartbeat come after the handler has returned.
func (e *events) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = true
	e.beat.Stop()
	_ = e.ctl.SetWriteDeadline(time.Time{})
}

// write sends a whole event. The caller holds the lock.
func (e *events) write(event []byte) error {
	if e.ended {
		return errDraining
	}
	_ = e.ctl.SetWriteDeadline(time.Now().Add(e.h.times.write))
	_, err := e.w.Write(event)
	if err == nil {
		err = e.ctl.Flush()
	}
	if err != nil {
		e.cancel(err)
	}
	return err
}

// follow tells a subscription's events, and reports whether it is complete.
func (e *events) follow(ctx context.Context, op *graphql.OperationContext) bool {
	if caller := teamwork.CallerFrom(ctx); caller != nil && !caller.Expires.IsZero() {
		until, cancel := context.WithDeadlineCause(ctx, caller.Expires, errExpired)
		defer cancel()
		ctx = until
	}
	errs := e.h.follow(ctx, op, e.next)
	if ctx.Err() != nil {
		if !errors.Is(context.Cause(ctx), errExpired) {
			return false
		}
		errs = gqlerror.List{e.h.presenter.present(ctx, errExpired)}
	}
	if len(errs) > 0 {
		_ = e.next(&graphql.Response{Errors: errs}, nil)
	}
	return true
}

// once executes a query or a mutation.
func (e *events) once(ctx context.Context, op *graphql.OperationContext, deadline time.Time) {
	trail := &teamwork.Trail{}
	resp, late := e.h.once(ctx, trail, op, deadline)
	if late != nil {
		resp = &graphql.Response{Errors: gqlerror.List{e.h.refusal(ctx, late)}}
	}
	if resp != nil {
		_ = e.next(resp, trail.Warnings())
	}
}

// next tells one response.
func (e *events) next(resp *graphql.Response, warnings []teamwork.Warning) error {
	b := takeBuffer()
	defer giveBuffer(b)
	b.WriteString("event: next\ndata: ")
	appendResponse(b, resp, warnings)
	b.WriteString("\n\n")
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.write(b.Bytes())
}

// complete says that nothing follows. Browsers drop an event without a data line.
func (e *events) complete() {
	e.mu.Lock()
	defer e.mu.Unlock()
	_ = e.write([]byte("event: complete\ndata:\n\n"))
}
