package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// socketOperation is one operation on a socket.
type socketOperation struct {
	s      *socket
	id     string
	cancel context.CancelFunc
	// settled is its own goroutine's.
	settled bool

	mu   sync.Mutex // of what is sent
	over bool       // nothing may be sent any more
}

// tooMany is the refusal of one more operation on a socket that has its fill.
var tooMany = &problem{code: "TOO_MANY_ON_SOCKET", message: "this socket has 100 operations under way; complete some, or open another"}

// subscribe begins an operation, or returns how to close the socket.
func (s *socket) subscribe(id string, payload json.RawMessage) *closing {
	if !s.acknowledged {
		return &closing{4401, "Unauthorized"}
	}
	params, prob := decodeParams(payload)
	if prob != nil {
		return invalid("The payload of subscribe is a GraphQL request")
	}
	ctx, cancel := context.WithCancel(s.ctx)
	op := &socketOperation{s: s, id: id, cancel: cancel}
	s.mu.Lock()
	_, exists := s.operations[id]
	refusal := tooMany
	if s.draining {
		refusal = tooLate
	}
	able := !exists && !s.draining && len(s.operations) < maxSocketOperations
	if able {
		s.operations[id] = op
		s.pending++ // until it is known what it is
	}
	s.mu.Unlock()
	switch {
	case exists:
		cancel()
		return &closing{4409, shortened("Subscriber for " + id + " already exists")}
	case !able:
		cancel()
		op.fail(gqlerror.List{s.h.refusal(s.ctx, refusal)})
		return nil
	}
	s.under.Go(func() { op.run(ctx, params) })
	return nil
}

// complete ends an operation for its client. When it returns, nothing is sent of it any
// more.
func (s *socket) complete(id string) {
	s.mu.Lock()
	op := s.operations[id]
	s.mu.Unlock()
	if op == nil {
		return
	}
	op.cancel()
	op.mu.Lock()
	op.over = true
	op.mu.Unlock()
	op.forget()
}

// forget frees the operation's id.
func (o *socketOperation) forget() {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	if o.s.operations[o.id] == o {
		delete(o.s.operations, o.id)
	}
}

// settle counts one query or mutation less: the last one closes a socket that drains. An
// operation that is known to be a subscription counts no longer.
func (o *socketOperation) settle() {
	if o.settled {
		return
	}
	o.settled = true
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	o.s.pending--
	if o.s.draining && o.s.pending == 0 {
		go o.s.close(goingAway)
	}
}

// run executes the operation and tells of it.
func (o *socketOperation) run(ctx context.Context, params *graphql.RawParams) {
	defer o.settle()
	defer o.cancel()
	defer o.forget()
	h := o.s.h
	ctx = h.introduce(ctx)
	defer func() {
		if cause := recover(); cause != nil {
			o.fail(gqlerror.List{h.presenter.present(ctx, h.presenter.recovered(ctx, cause))})
		}
	}()
	op, _, errs := h.admit(ctx, params)
	switch {
	case len(errs) > 0:
		o.fail(h.rejection(ctx, op, errs).Errors)
	case op.Operation.Operation == ast.Subscription:
		o.settle()
		if errs := h.follow(ctx, op, o.next); len(errs) > 0 {
			o.fail(errs)
		} else if ctx.Err() == nil {
			o.complete()
		}
	default:
		o.once(ctx, op)
	}
}

// once executes a query or a mutation.
func (o *socketOperation) once(ctx context.Context, op *graphql.OperationContext) {
	trail := &teamwork.Trail{}
	resp, late := o.s.h.once(ctx, trail, op, time.Now().Add(o.s.h.timeout))
	switch {
	case late != nil:
		o.fail(gqlerror.List{o.s.h.refusal(ctx, late)})
	case resp != nil && o.next(resp, trail.Warnings()) == nil:
		o.complete()
	}
}

// next tells one response.
func (o *socketOperation) next(resp *graphql.Response, warnings []teamwork.Warning) error {
	return o.send(func(b *bytes.Buffer) {
		beginMessage(b, "next", o.id)
		b.WriteString(`,"payload":`)
		appendResponse(b, resp, warnings)
		b.WriteByte('}')
	})
}

// fail tells the errors that end the operation; nothing follows them.
func (o *socketOperation) fail(errs gqlerror.List) {
	o.last(func(b *bytes.Buffer) {
		beginMessage(b, "error", o.id)
		b.WriteString(`,"payload":`)
		writeJSON(b, bounded(errs))
		b.WriteByte('}')
	})
}

// complete tells that nothing follows.
func (o *socketOperation) complete() {
	o.last(func(b *bytes.Buffer) { writeMessage(b, "complete", o.id, nil) })
}

// last sends the operation's last message. The id is free before the client knows.
func (o *socketOperation) last(write func(*bytes.Buffer)) {
	o.forget()
	_ = o.send(write)
}

// send sends a message of the operation's, unless its client completed it.
func (o *socketOperation) send(write func(*bytes.Buffer)) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over {
		return context.Canceled
	}
	return o.s.send(write)
}
