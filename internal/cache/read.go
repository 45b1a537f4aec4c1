package cache

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// read is every read: look, or load and keep. Warnings are about the value, so
// each reader's answer gets them, however it came by the value.
func read[T any](ctx context.Context, s *Service, n *noun[T], q question, load func(context.Context) (*T, error)) (*T, error) {
	partition := partitionOf(ctx)
	if partition == "" {
		return load(ctx)
	}
	k := q.key(partition, n.name)
	gen, entry := s.look(ctx, k)
	a, ok := recall(n, entry, gen, s.now())
	if !ok {
		a = fly(ctx, s, k, gen, func(ctx context.Context) (*T, error) {
			v, err := load(ctx)
			return keep(s, n, k, gen, v, err)
		})
	}
	if a.err != nil {
		return nil, a.err
	}
	teamwork.TrailFrom(ctx).Warn(n.meta(a.value).Warnings...)
	return a.value, nil
}

// fly joins the flight for k that began after gen, or begins it. A reader that
// leaves does not end the flight for the others.
func fly[T any](ctx context.Context, s *Service, k key, gen generation, f func(context.Context) (*T, error)) answer[T] {
	if ctx.Err() != nil {
		return answer[T]{err: ctx.Err()}
	}
	name := k.entry + "\x00" + gen.token + "\x00" + gen.local
	landed := s.flights.DoChan(name, func() (any, error) {
		return aboard(ctx, s, f)
	})
	select {
	case <-ctx.Done():
		return answer[T]{err: ctx.Err()}
	case r := <-landed:
		v, _ := r.Val.(*T)
		return answer[T]{value: v, err: r.Err}
	}
}

// aboard runs f with a context that has the first reader's values but neither
// its end nor its Trail, which every reader of the flight writes for itself.
func aboard[T any](ctx context.Context, s *Service, f func(context.Context) (*T, error)) (v *T, err error) {
	if !s.work.enter() {
		return nil, errClosed
	}
	defer s.work.leave()
	ctx, cancel := context.WithTimeout(teamwork.WithTrail(context.WithoutCancel(ctx), nil), s.loadTimeout)
	defer cancel()
	defer context.AfterFunc(s.work.closing, cancel)()
	defer func() {
		// A flight has its own goroutine, where a panic would end the process.
		if p := recover(); p != nil {
			v, err = nil, &teamwork.Error{Kind: teamwork.Internal, Op: "reading", Err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	v, err = f(ctx)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && err != nil && teamwork.KindOf(err) == teamwork.Internal {
		// The readers' own time is not up: to them this is upstream's failure.
		err = &teamwork.Error{Kind: teamwork.Unavailable, Op: "reading", Message: "Microsoft Graph did not answer in time.", Err: err}
	}
	return v, err
}

// keep dates what was loaded and keeps it for as long as it says, off the
// readers' path.
func keep[T any](s *Service, n *noun[T], k key, gen generation, v *T, err error) (*T, error) {
	h := &header{Generation: gen.token, FetchedAt: s.now()}
	life := noneLife
	switch {
	case err == nil:
		m := n.meta(v)
		h.Warnings = m.Warnings
		if m.FetchedAt.Known() {
			h.FetchedAt = m.FetchedAt.Time
		}
		life = n.life(v, s.now().Sub(gen.created))
	case teamwork.KindOf(err) == teamwork.NotFound:
		var e *teamwork.Error
		errors.As(err, &e)
		h.None = &e.Message
	default:
		return nil, err
	}
	h.FreshUntil = h.FetchedAt.Add(life)
	if v != nil {
		v = n.dated(v, h.meta())
	}
	if gen.keeps {
		s.work.do(func() { s.set(k, h, v) })
	}
	return v, err
}

// set writes an entry. That it could not be written costs a later read a load:
// the store logs its own troubles.
func (s *Service) set(k key, h *header, value any) {
	entry, err := encode(h, value)
	if err != nil {
		s.log.Warn("an answer can't be kept", "key", k.entry, "err", err)
		return
	}
	_ = s.store.Set(context.Background(), k.entry, entry, h.FreshUntil.Sub(s.now()))
}
