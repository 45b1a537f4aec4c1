package graph

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// source is where the events of a subscription come from. gqlgen takes them from a
// channel, which says neither why it ended nor when the work for an event begins; so
// whoever follows a subscription waits here, and fills the channel by itself.
type source struct {
	ctx  context.Context             // of the subscription's field
	pull func(context.Context) error // waits for an event, and puts it into the channel, or by
	done func()

	// plan writes the events, nil if gqlgen is to, by way of the channel; event is the one
	// that was pulled for it.
	plan  *selection
	event any
}

type sourceKey struct{}

// Follow returns the channel that gqlgen wants of a subscription. It needs no goroutine:
// next is called, with the context of the whole subscription, when an event may be told,
// and done once after the last call. An error of next's ends the subscription, and
// io.EOF completes it. Subscriptions whose next returns the same event share its text: it
// must not be changed.
func Follow[E any](ctx context.Context, next func(context.Context) (*E, error), done func()) (<-chan *E, error) {
	s, ok := ctx.Value(sourceKey{}).(*source)
	if !ok {
		done()
		return nil, errors.New("a subscription is executed without a stream to tell it on")
	}
	events := make(chan *E, 1)
	s.ctx, s.done = ctx, done
	s.pull = func(ctx context.Context) error {
		event, err := next(ctx)
		switch {
		case err != nil:
		case s.plan != nil:
			s.event = event
		default:
			events <- event
		}
		return err
	}
	return events, nil
}

// follow executes a subscription: each event is told, as long as tell does not fail. It
// returns the errors that ended it; none if it is complete, or ctx is over.
func (h *Handler) follow(ctx context.Context, op *graphql.OperationContext, tell func(*graphql.Response, []teamwork.Warning) error) gqlerror.List {
	s := &source{}
	if h.plans != nil {
		s.plan = h.plans.planOf(op)
	}
	responses, ctx := h.exec.DispatchOperation(context.WithValue(ctx, sourceKey{}, s), op)
	if s.pull == nil {
		return h.notFollowed(ctx, responses)
	}
	defer s.done()
	for {
		err := h.pull(ctx, s)
		switch {
		case ctx.Err() != nil || errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return gqlerror.List{h.presenter.present(s.ctx, err)}
		case !h.tellEvent(ctx, s, responses, tell):
			return nil
		}
	}
}

// notFollowed returns why a subscription did not begin.
func (h *Handler) notFollowed(ctx context.Context, responses graphql.ResponseHandler) gqlerror.List {
	if resp := responses(ctx); resp != nil && len(resp.Errors) > 0 {
		return resp.Errors
	}
	if ctx.Err() != nil {
		return nil //nolint:nilerr // who left need not be told
	}
	return gqlerror.List{h.presenter.present(ctx, errors.New("a subscription neither began nor failed"))}
}

// pull waits for the next event. What panics there ends this subscription only.
func (h *Handler) pull(ctx context.Context, s *source) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = h.presenter.recovered(ctx, cause)
		}
	}()
	return s.pull(ctx)
}

// tellEvent executes the subscription's selection on the event that was pulled, with a
// deadline and a trail of its own, and reports whether the subscription goes on. The
// field's context is given back to its children: gqlgen's stream forgets it, and with it
// the first step of their paths. What was written for another is only told.
func (h *Handler) tellEvent(ctx context.Context, s *source, responses graphql.ResponseHandler, tell func(*graphql.Response, []teamwork.Warning) error) bool {
	if s.plan != nil {
		if text := h.plans.told.find(telling{s.plan, s.event}); text != nil {
			return tell(&graphql.Response{Data: text}, nil) == nil
		}
	}
	trail := &teamwork.Trail{}
	ctx, cancel := h.begin(ctx, trail, time.Now().Add(h.timeout))
	defer cancel()
	if s.plan != nil {
		buffers := &scratch{}
		defer buffers.release()
		resp := h.plans.tell(withScratch(ctx, buffers), h.presenter, s)
		return tell(resp, trail.Warnings()) == nil
	}
	resp := responses(graphql.WithFieldContext(ctx, graphql.GetFieldContext(s.ctx)))
	return resp != nil && tell(resp, trail.Warnings()) == nil
}
