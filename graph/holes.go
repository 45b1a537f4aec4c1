package graph

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"github.com/vektah/gqlparser/v2/ast"
)

// resolved is what a resolver answered: a value for each sibling.
type resolved interface {
	len() int
	write(w *writer, f *step, i int) bool
}

// answers are a resolver's, with what writes one.
type answers[T any] struct {
	values []T
	writes func(w *writer, f *step, value T) bool
}

func written[T any](writes func(w *writer, f *step, value T) bool, values ...T) resolved {
	return answers[T]{values, writes}
}

func (a answers[T]) len() int                             { return len(a.values) }
func (a answers[T]) write(w *writer, f *step, i int) bool { return a.writes(w, f, a.values[i]) }

// siblings gives parents their type back.
func siblings[T any](parents []any) []T {
	typed := make([]T, len(parents))
	for i, parent := range parents {
		typed[i] = parent.(T)
	}
	return typed
}

// run is one execution of a plan.
type run struct {
	ec *executionContext
	op *graphql.OperationContext

	// crowded says that more than one field was asked for at a time. Of one field's siblings a
	// Gatherer is told.
	crowded bool

	mu       sync.Mutex
	warnings []teamwork.Warning
}

// execute returns the data of an answer, which is null if a field of the root is null
// that may not be.
func (r *run) execute(ctx context.Context, s *selection) []byte {
	buffers := scratchOf(ctx)
	room, data := buffers.take(), buffers.take()
	w := &writer{ctx: ctx, buf: *room}
	if r.op.Operation.Operation == ast.Mutation {
		w.writeMutation(s)
		for i := range w.holes { // one after the other, as the specification has it
			r.fill(ctx, w.holes[i:i+1])
		}
	} else {
		w.writeQuery(s)
		r.fill(ctx, w.holes)
	}
	*room = w.buf
	*data = r.whole(ctx, w, *data)
	return *data
}

// tell returns the data of a subscription's event; plain says that nobody was asked for any
// of it, and nothing is to be said about it.
func (r *run) tell(ctx context.Context, s *selection, event any) (text []byte, plain bool) {
	buffers := scratchOf(ctx)
	room, data := buffers.take(), buffers.take()
	w := &writer{ctx: ctx, buf: *room}
	w.writeSubscription(s)
	for i := range w.holes {
		r.putEvent(ctx, &w.holes[i], event)
	}
	*room = w.buf
	*data = r.whole(ctx, w, *data)
	asked := func(h hole) bool { return len(h.within) > 0 }
	return *data, len(r.warnings) == 0 && !slices.ContainsFunc(w.holes, asked)
}

func (r *run) putEvent(ctx context.Context, h *hole, event any) {
	holes := []*hole{h}
	defer r.rescue(ctx, holes)
	r.put(ctx, h.step, holes, h.step.resolve.wrap(event), nil)
}

// rescue makes a panic the error of the fields that it struck.
func (r *run) rescue(ctx context.Context, holes []*hole) {
	if cause := recover(); cause != nil {
		r.fail(ctx, holes, graphql.Recover(ctx, cause))
	}
}

// whole appends what the root has written, its holes filled.
func (r *run) whole(ctx context.Context, w *writer, data []byte) []byte {
	for _, h := range w.holes {
		if h.missing {
			return append(data, null...)
		}
	}
	teamwork.TrailFrom(ctx).Warn(r.warnings...)
	return assemble(data, w.buf, w.holes, 0)
}

// fill has the resolvers answer: once for all siblings, and different fields at the same
// time.
func (r *run) fill(ctx context.Context, holes []hole) {
	switch len(holes) {
	case 0:
		return
	case 1:
		r.answer(ctx, holes[0].step, []*hole{&holes[0]})
		return
	}
	var order []*step
	groups := map[*step][]*hole{}
	for i := range holes {
		h := &holes[i]
		if groups[h.step] == nil {
			order = append(order, h.step)
		}
		groups[h.step] = append(groups[h.step], h)
	}
	if len(order) > 1 && !r.crowded { // while nobody else looks
		r.crowded = true
	}
	var others sync.WaitGroup
	for _, f := range order[1:] {
		others.Go(func() {
			teamwork.StackAhead()
			r.answer(ctx, f, groups[f])
		})
	}
	r.answer(ctx, order[0], groups[order[0]])
	others.Wait()
}

// answer fills the holes of one field.
func (r *run) answer(ctx context.Context, f *step, holes []*hole) {
	defer r.rescue(ctx, holes)
	got, err := r.call(f.context(ctx, holes[0].at), f, holes)
	batch, each := err.(graphql.BatchErrors) //nolint:errorlint // a form of answer: within another error it is none
	switch {
	case each:
		r.put(ctx, f, holes, got, batch.Errors())
	case err != nil:
		r.fail(ctx, holes, err)
	default:
		r.put(ctx, f, holes, got, nil)
	}
}

// put writes the answers to siblings into their holes; errs, if any, has one for each.
func (r *run) put(ctx context.Context, f *step, holes []*hole, got resolved, errs []error) {
	if got.len() != len(holes) || errs != nil && len(errs) != len(holes) {
		r.fail(ctx, holes, fmt.Errorf("%d answers for %d siblings", got.len(), len(holes)))
		return
	}
	room := scratchOf(ctx).take()
	w := &writer{ctx: ctx, buf: *room}
	ends := make([]spot, len(holes))
	for i, h := range holes {
		w.at = append(w.at[:0], h.at...)
		if errs != nil && errs[i] != nil {
			r.fail(ctx, holes[i:i+1], errs[i])
		} else if !got.write(w, f, i) {
			h.null()
		}
		ends[i] = w.mark()
	}
	*room = w.buf
	from := spot{}
	for i, h := range holes {
		if h.filled == nil {
			h.filled, h.within, h.before = w.buf[from.bytes:ends[i].bytes], w.holes[from.holes:ends[i].holes], from.bytes
		}
		from = ends[i]
	}
	if len(w.warnings) > 0 {
		r.mu.Lock()
		r.warnings = append(r.warnings, w.warnings...)
		r.mu.Unlock()
	}
	r.fill(ctx, w.holes)
}

// call asks a field's resolver, unless an interceptor answers in its place.
func (r *run) call(ctx context.Context, f *step, holes []*hole) (resolved, error) {
	fc := graphql.GetFieldContext(ctx)
	if f.resolve.args != nil {
		var err error
		if fc.Args, err = f.resolve.args(ctx, r.ec, f.field.ArgumentMap(r.op.Variables)); err != nil {
			return nil, err
		}
	}
	if !r.crowded {
		ctx = teamwork.Alone(ctx)
	}
	value, err := r.op.ResolverMiddleware(ctx, func(ctx context.Context) (any, error) {
		parents := make([]any, len(holes))
		for i, h := range holes {
			parents[i] = h.parent
		}
		return f.resolve.call(ctx, r.ec, fc, parents)
	})
	if got, ours := value.(resolved); ours || err != nil {
		return got, err
	}
	return f.resolve.wrap(value), nil
}

// fail puts null into holes, and an error at each path.
func (r *run) fail(ctx context.Context, holes []*hole, err error) {
	for _, h := range holes {
		h.null()
		graphql.AddError(h.step.context(ctx, h.at), err)
	}
}

var null = []byte("null")

func (h *hole) null() {
	h.filled, h.within, h.missing = null, nil, h.step.resolve.nonNull
}

// assemble appends text with its holes filled, whose offsets count from before its
// beginning.
func assemble(dst, text []byte, holes []hole, before int) []byte {
	from := 0
	for i := range holes {
		h := &holes[i]
		dst = append(dst, text[from:h.offset-before]...)
		dst = assemble(dst, h.filled, h.within, h.before)
		from = h.offset - before
	}
	return append(dst, text[from:]...)
}
