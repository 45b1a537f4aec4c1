package msgraph

import (
	"context"
	"errors"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const (
	// slice is how many inner requests a replica has in hand at most, of what all
	// replicas may send, so that few requests wait for the shared budget.
	slice = 20
	// sliceLife is how long they may be used. What is not is lost.
	sliceLife = 2 * time.Second
)

// pace is what this replica has in hand of an account's budget.
type pace struct {
	turn   chan struct{} // holds something while somebody counts
	inHand int
	dies   time.Time
	ahead  int // how many to take beside those that are needed
}

// draw takes n from the budget that all replicas share, if the wait is no longer than
// most.
type draw func(ctx context.Context, n int, most time.Duration) (wait time.Duration, err error)

// draw returns how an account draws from its budget when that part of requests is let
// in: each costs more then, and less is saved up.
func (g *gate) draw(a *account, part float64) draw {
	return func(ctx context.Context, n int, most time.Duration) (time.Duration, error) {
		last := func(requests float64) time.Duration {
			return time.Duration(requests / g.rate * float64(time.Second))
		}
		return g.shared.Take(ctx, a.shares("pace"), last(float64(n)/part), last(float64(g.burst)*part), most)
	}
}

// keepPace waits until n inner requests are due.
func (g *gate) keepPace(ctx context.Context, a *account, n int, halt <-chan struct{}) error {
	if g.rate <= 0 || g.shared == nil {
		return nil
	}
	most := defaultTimeout
	if deadline, bounded := ctx.Deadline(); bounded {
		most = time.Until(deadline)
	}
	part := a.admission()
	wait, err := a.pace.take(ctx, g.draw(a, part), n, most, part == 1)
	switch {
	case err != nil:
		return g.outOfTime(ctx)
	case wait > most:
		return g.refuse("pace", &teamwork.Error{Kind: teamwork.Throttled, RetryAfter: wait, Unsent: true,
			Message: "this server's own pace does not allow it in time: nothing was sent"})
	}
	if err = g.sleep(ctx, wait, halt); errors.Is(err, errHalted) {
		return g.halted(a)
	}
	return err
}

// take returns how long to wait before n requests may be sent. Nothing was taken if that
// is longer than most. Only if it may is something kept in hand.
func (p *pace) take(ctx context.Context, draw draw, n int, most time.Duration, may bool) (time.Duration, error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	alive := may && time.Now().Before(p.dies)
	if !alive {
		p.inHand = 0
	}
	if p.inHand >= n {
		p.inHand -= n
		return 0, nil
	}
	need, ahead := n-p.inHand, 0
	if alive { // whoever sends much takes more ahead
		ahead = min(2*p.ahead+1, slice)
	}
	p.ahead, p.dies = 0, time.Now().Add(sliceLife)
	if ahead > 0 {
		wait, err := draw(ctx, need+ahead, 0)
		if err != nil {
			return 0, err
		}
		if wait == 0 {
			p.ahead, p.inHand = ahead, ahead
			return 0, nil
		}
	}
	wait, err := draw(ctx, need, most)
	if err == nil && wait <= most {
		p.inHand = 0
	}
	return wait, err
}
