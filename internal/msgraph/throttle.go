package msgraph

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// Shared is what the replicas have in common, as in package cluster. A method that fails
// has been tried in time; the client then goes on with what this process knows.
type Shared interface {
	// Get returns the values of keys, nil for one that is missing.
	Get(ctx context.Context, keys ...string) ([][]byte, error)
	// Set keeps a value for ttl.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// Take takes span of a budget of time that saves up slack at most, and returns how
	// long to wait; it takes nothing if that is longer than most.
	Take(ctx context.Context, key string, span, slack, most time.Duration) (wait time.Duration, err error)
	// Publish tells all replicas.
	Publish(ctx context.Context, channel string, message []byte) error
	// Subscribe hears what they tell, and whether some of it may be missed.
	Subscribe(channel string, hear func(message []byte), state func(up bool)) (cancel func())
}

const (
	// throttleChannel is where replicas tell each other.
	throttleChannel = "tg1:throttle"

	// unsaidWait is for how long nothing is sent when upstream throttles and names no
	// time.
	unsaidWait = 500 * time.Millisecond
	// longestThrottle bounds what upstream may ask for: then it is asked again.
	longestThrottle = 10 * time.Minute
	// lookAgain is how often an account is looked up while replicas are not heard, or
	// while it is throttled by what a look found.
	lookAgain = time.Second
)

// throttling is what replicas tell each other: a span of time, whatever their clocks say.
type throttling struct {
	From    string `json:"from"`
	Account string `json:"account"`
	Millis  int64  `json:"ms"`
}

// listen hears of other replicas' throttlings until unheard is called.
func (g *gate) listen() {
	g.unheard = func() {}
	if g.shared == nil {
		return
	}
	g.name = rand.Text()
	g.unheard = g.shared.Subscribe(throttleChannel, g.hear, func(up bool) {
		if heard := g.hearing.Load()%2 == 1; heard != up {
			g.hearing.Add(1)
		}
	})
}

// hear takes in one message. What can't be read is of another version.
func (g *gate) hear(message []byte) {
	var said throttling
	if json.Unmarshal(message, &said) != nil || said.From == g.name || said.Millis <= 0 {
		return
	}
	wait := min(time.Duration(min(said.Millis, maxWaitSeconds*1000))*time.Millisecond, longestThrottle)
	g.accounts.orMake(said.Account, func() *account { return newAccount(said.Account) }).throttle(time.Now().Add(wait))
}

// throttle keeps every replica from sending anything for the account.
func (g *gate) throttle(a *account, wait time.Duration) {
	if wait <= 0 {
		wait = unsaidWait
	}
	wait = min(wait, longestThrottle)
	until := time.Now().Add(wait)
	if !a.throttle(until) || g.shared == nil {
		return
	}
	// No caller's leaving keeps the others from knowing, and no call takes long.
	ctx := context.Background()
	message, err := json.Marshal(throttling{From: g.name, Account: a.key, Millis: wait.Milliseconds()})
	if err == nil {
		_ = g.shared.Set(ctx, a.shares("throttle"), memo(until, wait), wait)
		_ = g.shared.Publish(ctx, throttleChannel, message)
	}
}

// look finds out what replicas know of an account, unless all that they told was heard
// since the last time.
func (g *gate) look(ctx context.Context, a *account) {
	if g.shared == nil {
		return
	}
	a.looks.Lock()
	defer a.looks.Unlock()
	hearing := g.hearing.Load()
	if a.heard == hearing+1 && (a.next.IsZero() || time.Now().Before(a.next)) {
		return
	}
	values, err := g.shared.Get(ctx, a.shares("throttle"))
	if ctx.Err() != nil {
		return
	}
	a.heard, a.next = hearing+1, time.Time{}
	if err != nil || hearing%2 == 0 {
		a.next = time.Now().Add(lookAgain)
	}
	if err != nil || len(values) != 1 {
		return
	}
	left, goesOn := leftOf(values[0])
	if goesOn {
		a.next = time.Now().Add(lookAgain)
	}
	a.recall(goesOn, left)
}

// memo is what replicas find when they look: until when to wait by the clock of who was
// asked to, and how long that was.
func memo(until time.Time, wait time.Duration) []byte {
	return fmt.Appendf(nil, "%d %d", until.UnixMilli(), wait.Milliseconds())
}

// leftOf returns how long a memo is to be believed before it is looked for again. Clocks
// differ, so its being there tells that the throttling goes on, and its being gone that it
// is over; what it says is but the best guess at how long.
func leftOf(memo []byte) (left time.Duration, goesOn bool) {
	var until, wait int64
	if _, err := fmt.Sscanf(string(memo), "%d %d", &until, &wait); err != nil || wait <= 0 {
		return 0, false
	}
	most := time.Duration(min(wait, longestThrottle.Milliseconds())) * time.Millisecond
	// Nobody is let in between two looks, not even who waits for the end.
	return max(min(time.Until(time.UnixMilli(until)), most), lookAgain+soon), true
}

// throttledUntil returns until when the caller's account is to wait, as far as any replica
// knows; zero if it is not.
func (g *gate) throttledUntil(ctx context.Context) teamwork.DateTime {
	a := g.account(ctx)
	g.look(ctx, a)
	left, _ := a.throttled()
	if left <= 0 {
		return teamwork.DateTime{}
	}
	return teamwork.At(time.Now().Add(left))
}
