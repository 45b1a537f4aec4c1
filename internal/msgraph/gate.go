package msgraph

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// gate is what every request to upstream passes: how fast, whether at all, and how many
// at a time. Plain reads and creates pass it in the pipeline, each try anew (the policy
// gated); a batch passes it by itself, because only who reads the batch knows how it
// ended.
type gate struct {
	rate        float64
	burst       int
	concurrency int
	least       time.Duration // what a write must have for its answer
	withheld    func(reason string)
	log         *slog.Logger

	accounts *recent[*account]
	proven   *recent[struct{}]
	pauses   *recent[time.Time]
	circuit  *circuit
	retries  retryBudget

	shared  Shared
	name    string       // of this replica
	hearing atomic.Int64 // counts changes of whether replicas are heard; odd while they are
	unheard func()
}

const (
	defaultConcurrency = 8
	// manyAccounts and manyPauses bound what callers can make us remember.
	manyAccounts = 1024
	manyPauses   = 4096
)

func newGate(opts Options) *gate {
	g := &gate{
		least: min(leastTime, opts.Timeout/3),
		rate:  opts.Rate, burst: opts.Burst, concurrency: opts.Concurrency, withheld: opts.Withheld, log: opts.Logger,
		accounts: newRecent[*account](manyAccounts), proven: newRecent[struct{}](manyAccounts), pauses: newRecent[time.Time](manyPauses),
		circuit: newCircuit(opts.Logger), shared: opts.Shared,
	}
	if g.concurrency <= 0 {
		g.concurrency = defaultConcurrency
	}
	g.listen()
	return g
}

// enter waits until n inner requests may be sent, in one HTTP request. It returns an
// Error that is Unsent when that won't be before ctx ends: Throttled with the time to
// wait, or Unavailable when the circuit is open. If ctx was cancelled it returns that.
// Otherwise leave must be called once, with how it ended and, if throttled, how long
// upstream asks to wait (0 if it did not say).
//
// resource is the path below the version root that is asked for, which may be paused;
// "" for a batch, whose members its sender checks with paused. A write enters with
// early(ctx), so that there is time left for its answer.
func (g *gate) enter(ctx context.Context, n int, resource string) (leave func(v verdict, wait time.Duration), err error) {
	a := g.account(ctx)
	g.look(ctx, a)
	halt, err := g.admit(ctx, a, resource)
	if err != nil {
		return nil, err
	}
	if err := g.keepPace(ctx, a, n, halt); err != nil {
		return nil, err
	}
	if err := g.takeSlot(ctx, a, halt); err != nil {
		return nil, err
	}
	tell, open := g.circuit.allow()
	if open != nil {
		a.slots.free(a.width(g.concurrency))
		return nil, g.refuse("circuit", open)
	}
	g.retries.earn(n)
	var once sync.Once
	return func(v verdict, wait time.Duration) {
		once.Do(func() {
			tell(v)
			if v == throttled {
				g.throttle(a, wait) // before another one is let in
			}
			a.slots.free(a.width(g.concurrency))
		})
	}, nil
}

// soon is how long is waited for a throttling to end that others are told of at once:
// replicas don't agree on it to the millisecond.
const soon = 50 * time.Millisecond

// admit refuses what is not to be sent now. The returned channel is closed when upstream
// asks to wait.
func (g *gate) admit(ctx context.Context, a *account, resource string) (halt <-chan struct{}, err error) {
	for {
		left, halt := a.throttled()
		switch {
		case left > soon:
			return nil, g.refuse("throttled", throttledFor(left))
		case left > 0:
			if err := g.sleep(ctx, left, nil); err != nil {
				return nil, err
			}
			continue // it may have been extended
		}
		if left := g.pausedFor(a, resource); left > 0 {
			return nil, g.refuse("paused", throttledFor(left))
		}
		if err := g.circuit.refusal(); err != nil {
			return nil, g.refuse("circuit", err)
		}
		return halt, g.outOfTime(ctx)
	}
}

// refusedByGate is the gate's error. It is no failure of upstream's, and who is refused
// now would be at once again.
type refusedByGate struct{ error }

// NonRetriable marks the error as azcore does.
func (refusedByGate) NonRetriable() {}

// Unwrap shows the error of ours.
func (r refusedByGate) Unwrap() error { return r.error }

// refuse counts a refusal.
func (g *gate) refuse(reason string, err *teamwork.Error) error {
	if g.withheld != nil {
		g.withheld(reason)
	}
	return refusedByGate{err}
}

// outOfTime turns the end of a context into the error of a request that was not sent.
// The cancelled one is nobody's error.
func (g *gate) outOfTime(ctx context.Context) error {
	switch ctx.Err() {
	case nil:
		return nil
	case context.Canceled:
		return context.Canceled
	}
	return g.refuse("deadline", &teamwork.Error{Kind: teamwork.Unavailable, Unsent: true, Err: ctx.Err(),
		Message: "there was no time left to ask Microsoft Graph: nothing was sent"})
}

// throttledFor is the error of what is not sent because upstream asked to wait.
func throttledFor(left time.Duration) *teamwork.Error {
	return &teamwork.Error{Kind: teamwork.Throttled, Message: messageOf[teamwork.Throttled], RetryAfter: left, Unsent: true}
}

// sleep waits for d. It ends with ctx, and when halt is closed.
func (g *gate) sleep(ctx context.Context, d time.Duration, halt <-chan struct{}) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-halt:
		return errHalted
	case <-ctx.Done():
		return g.outOfTime(ctx)
	}
}

// again reports whether the process may afford another try of n inner requests: of all
// that it sends, one in ten. It is asked once for each try but the first.
func (g *gate) again(n int) bool {
	ok := g.retries.spend(n)
	if !ok && g.withheld != nil {
		g.withheld("retry")
	}
	return ok
}

// pause keeps requests for a resource from being sent for d, or a moment if upstream did
// not say: it throttled a single member of a batch. Reads and writes of the resource are
// one to it.
func (g *gate) pause(ctx context.Context, resource string, d time.Duration) {
	if d <= 0 {
		d = unsaidWait
	}
	key, until := g.account(ctx).key+" "+resource, time.Now().Add(min(d, longestThrottle))
	if before, _ := g.pauses.get(key); before.Before(until) {
		g.pauses.set(key, until)
	}
}

// paused returns how long requests for a resource must not be sent yet, 0 if they may.
func (g *gate) paused(ctx context.Context, resource string) time.Duration {
	if g.pauses.empty() {
		return 0
	}
	return g.pausedFor(g.account(ctx), resource)
}

func (g *gate) pausedFor(a *account, resource string) time.Duration {
	if resource == "" || g.pauses.empty() {
		return 0
	}
	until, _ := g.pauses.get(a.key + " " + resource)
	return max(time.Until(until), 0)
}

// early returns a context that ends as long before ctx as a write needs for its answer.
func (g *gate) early(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, bounded := ctx.Deadline()
	if !bounded {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-g.least))
}
