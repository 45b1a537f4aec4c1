package msgraph

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// account is an application in a tenant, as far as upstream's limits go.
type account struct {
	key    string
	slots  slots
	pace   pace
	latest latest

	mu    sync.Mutex
	until time.Time     // upstream asked to wait until then
	halt  chan struct{} // closed when it asks

	looked time.Time // until, if that is what a look made of it

	looks sync.Mutex // held by who looks what replicas know
	heard int64      // gate.hearing at the last look, plus one
	next  time.Time  // when to look again whatever is heard; zero for never
}

// shares returns the key of what replicas share of the account.
func (a *account) shares(what string) string { return "tg1:{" + a.key + "}" + what }

func newAccount(key string) *account {
	return &account{key: key, halt: make(chan struct{}), pace: pace{turn: make(chan struct{}, 1)}}
}

// account returns whose request it is: what the caller's token claims is believed once
// upstream has taken that token. Until then nobody can use up what is somebody else's, nor
// make others wait.
func (g *gate) account(ctx context.Context) *account {
	key := ""
	if caller := teamwork.CallerFrom(ctx); caller != nil {
		key = caller.Partition
		if _, ok := g.proven.get(key); ok && caller.Account != "" {
			key = caller.Account
		}
	}
	return g.accounts.orMake(key, func() *account { return newAccount(key) })
}

// prove notes that upstream has taken the caller's token.
func (g *gate) prove(ctx context.Context) {
	if caller := teamwork.CallerFrom(ctx); caller != nil && caller.Account != "" {
		g.proven.orMake(caller.Partition, func() struct{} { return struct{}{} })
	}
}

// throttled returns how long upstream asks to wait, and a channel that is closed when it
// does so again.
func (a *account) throttled() (left time.Duration, halt <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return max(time.Until(a.until), 0), a.halt
}

// throttle notes until when upstream asks to wait, and sends away who waits already. It
// reports whether that is news.
func (a *account) throttle(until time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !until.After(a.until) || !until.After(time.Now()) {
		return false
	}
	news := until.Sub(a.until) > soon
	a.until = until
	close(a.halt)
	a.halt = make(chan struct{})
	return news
}

// recall notes what a look found: a throttling that goes on for about so long, or none
// any more. Only what an earlier look made of one ends before its time.
func (a *account) recall(goesOn bool, left time.Duration) {
	until := time.Now().Add(left)
	if goesOn {
		a.throttle(until)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case goesOn && a.until.Equal(until):
		a.looked = until
	case !goesOn && a.until.Equal(a.looked) && a.until.After(time.Now()):
		a.until = time.Now()
	}
}

const (
	// ramp is how long it takes, after upstream asked to wait, until requests are let
	// in as before.
	ramp = 4 * time.Second
	// rampFrom is the part that is let in at first.
	rampFrom = 0.1
)

// admission returns which part of requests is let in, from rampFrom to 1.
func (a *account) admission() float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.until.IsZero() {
		return 1
	}
	return min(max(float64(time.Since(a.until))/float64(ramp), rampFrom), 1)
}

// width returns how many of so many slots there are now.
func (a *account) width(slots int) int {
	return int(math.Ceil(a.admission() * float64(slots)))
}

// halted is the error of who waited when upstream asked to wait.
func (g *gate) halted(a *account) error {
	left, _ := a.throttled()
	return g.refuse("throttled", throttledFor(left))
}
