package cluster

import (
	"context"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
)

// Purses are what callers may spend, each so much a minute, wherever their requests
// land. A replica draws from a caller's budget in slices, so that a request rarely waits
// for the store; what it draws and does not spend is lost, and so is what a purse that
// nobody used held.
type Purses struct {
	store  Store
	name   string
	amount int // a minute, and at most saved up
	all    *otter.Cache[string, *purse]
}

const (
	// purseSlices is in how many slices a minute's budget is drawn, and purseLife for how
	// long a slice may be spent.
	purseSlices = 20
	purseLife   = 10 * time.Second
	// mostPurses bounds the memory of a process that many callers ask: one that is
	// forgotten costs its caller a slice.
	mostPurses = 20_000
)

// Balance is what a caller's budget looks like after it was asked for something.
type Balance struct {
	// Amount is what there is for a minute.
	Amount int
	// Left is what this replica knows to be left of it, 0 when nothing was given.
	Left int
	// Wait is how long to wait for what was asked, 0 if it was given.
	Wait time.Duration
}

// NewPurses returns purses that hold so much a minute. Purses of one name share what
// they hold on all replicas.
func NewPurses(store Store, name string, amount int) *Purses {
	return &Purses{store: store, name: name, amount: amount, all: otter.Must(&otter.Options[string, *purse]{MaximumSize: mostPurses})}
}

// purse is what this replica has in hand for one caller.
type purse struct {
	mu     sync.Mutex
	inHand int
	dies   time.Time
	due    time.Time // when all that was spent here will have been earned again
}

// Spend takes cost from a caller's purse, if it holds that much. It fails only with ctx.
func (p *Purses) Spend(ctx context.Context, caller string, cost int) (Balance, error) {
	one, _ := p.all.ComputeIfAbsent(caller, func() (*purse, bool) { return &purse{}, false })
	one.mu.Lock()
	defer one.mu.Unlock()
	now := time.Now()
	if now.After(one.dies) {
		one.inHand = 0
	}
	if one.inHand < cost {
		wait, err := p.draw(ctx, one, caller, cost-one.inHand)
		if err != nil || wait > 0 {
			return Balance{Amount: p.amount, Wait: wait}, err
		}
	}
	one.inHand -= cost
	return Balance{Amount: p.amount, Left: one.left(p, now, cost)}, nil
}

// draw fills the purse by what is needed, and by a slice if there is one.
func (p *Purses) draw(ctx context.Context, one *purse, caller string, need int) (wait time.Duration, err error) {
	slice := max(p.amount/purseSlices, 1)
	for _, n := range []int{need + slice, need} {
		if wait, err = p.store.Take(ctx, "tg1:{"+p.name+"|"+caller+"}:purse", p.span(n), time.Minute, 0); err != nil {
			return 0, err
		}
		if wait == 0 {
			one.inHand += n
			one.dies = time.Now().Add(purseLife)
			return 0, nil
		}
	}
	return wait, nil
}

// span is the time in which so much is earned.
func (p *Purses) span(n int) time.Duration {
	return time.Duration(float64(n) / float64(p.amount) * float64(time.Minute))
}

// left notes what is spent, and returns what remains as far as it was spent here.
func (one *purse) left(p *Purses, now time.Time, cost int) int {
	if one.due.Before(now) {
		one.due = now
	}
	one.due = one.due.Add(p.span(cost))
	return max(0, p.amount-int(float64(one.due.Sub(now))/float64(time.Minute)*float64(p.amount)))
}
