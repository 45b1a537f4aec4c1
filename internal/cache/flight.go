package cache

import (
	"context"
	"errors"
	"strconv"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// landing is what a flight brought.
type landing struct {
	kept *kept
	err  error
	how  Outcome
}

// flight is what a reader waits for.
type flight struct {
	landed <-chan landing
	held   *holdup
}

// fly joins the flight for r that began after gen and after the last forgetting here,
// or begins it. A reader that leaves does not end the flight for the others.
func fly[T any](ctx context.Context, s *Service, r request[T], gen generation) flight {
	name := gen.key.entry + "\x00" + gen.token + "\x00" + gen.local + "\x00" +
		strconv.FormatUint(s.near.slot(r.near.partition, r.near.device).Load(), 36)
	if s.rules.noFlightName {
		name = gen.key.entry
	}
	result := make(chan landing, 1)
	began := false
	held := s.holdups.enter(name)
	landed := s.flights.DoChan(name, func() (any, error) {
		began = true
		ctx := teamwork.WithHoldup(ctx, held.note)
		l := aboard(ctx, s, func(ctx context.Context) landing { return lead(ctx, s, r, gen) })
		if passing(l.err) {
			now := s.now()
			s.troubles.note(r.near, now, now)
		} else {
			s.troubles.over(r.near)
		}
		return l, nil
	})
	go func() {
		l := <-landed
		s.holdups.leave(name, held)
		if !began {
			s.joined.here.Add(1)
		}
		result <- l.Val.(landing)
	}()
	return flight{landed: result, held: held}
}

// aboard runs f with a context that has the first reader's values but neither its end
// nor its Trail, which every reader of the flight writes for itself.
func aboard(ctx context.Context, s *Service, f func(context.Context) landing) (l landing) {
	if !s.work.enter() {
		return landing{err: errClosed}
	}
	defer s.work.leave()
	ctx, cancel := context.WithTimeout(teamwork.WithTrail(context.WithoutCancel(ctx), nil), s.loadTimeout)
	defer cancel()
	defer context.AfterFunc(s.work.closing, cancel)()
	defer rescue(&l.err)
	l = f(ctx)
	l.err = late(ctx, l.err)
	return l
}

// loaded asks the Service behind.
func loaded[T any](ctx context.Context, r request[T]) (v *T, err error) {
	defer rescue(&err)
	v, err = r.load(ctx)
	return v, late(ctx, err)
}

// rescue makes an error of a panic: a flight has its own goroutine, where it would end
// the process.
func rescue(err *error) {
	if p := recover(); p != nil {
		e := teamwork.Panicked(p)
		e.Op = "reading"
		*err = e
	}
}

// late makes upstream's failure of a flight that took too long: its readers' own time
// is not up.
func late(ctx context.Context, err error) error {
	if err == nil || !errors.Is(ctx.Err(), context.DeadlineExceeded) || teamwork.KindOf(err) != teamwork.Internal {
		return err
	}
	return &teamwork.Error{Kind: teamwork.Unavailable, Op: "reading", Message: "Microsoft Graph did not answer in time", Err: err}
}
