package ledger

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

var (
	histories = flag.Int("ledger.histories", 300, "how many random histories are tried")
	seedFlag  = flag.Uint64("ledger.seed", 0, "the first of their seeds; 0 for a random one")
)

// TestNeverTwiceAndNeverAFalseSuccess tries random histories: replicas that die, a store
// that loses calls or does them unheard, an upstream that fails before, over and after
// the work, and clients that ask again and again. Whatever happens, no key has two
// operations, and a success is that of the key's own operation. In half of them the keys
// ask for the same work on the same devices, which upstream does not tell apart: then one
// may be told of another's operation, but there are no more operations than keys.
func TestNeverTwiceAndNeverAFalseSuccess(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	runs := *histories
	if testing.Short() {
		runs /= 10
	}
	total := tally{}
	for i := range runs {
		synctest.Test(t, func(t *testing.T) { newHistory(t, seed+uint64(i), &total).run() })
		if t.Failed() {
			t.Fatalf("seed %d", seed+uint64(i))
		}
	}
	t.Logf("from seed %d: %+v", seed, total)
	if total.Operations == 0 || total.Found == 0 || total.Unknown == 0 || total.Refused == 0 {
		t.Error("the histories do not meet what they should")
	}
}

// tally counts what the histories met.
type tally struct{ Creates, Operations, Successes, Found, Unknown, Refused, Sent int }

// history is one of them.
type history struct {
	t     *testing.T
	seed  uint64
	u     *upstream
	shelf *shelf
	total *tally

	mu    sync.Mutex
	dice  *rand.Rand
	alike bool    // all keys ask for the same kind of operation
	wrong float64 // share of what goes wrong with the store
	fail  float64 // and upstream
}

func newHistory(t *testing.T, seed uint64, total *tally) *history {
	h := &history{t: t, seed: seed, u: newUpstream(), shelf: newShelf(), total: total, dice: rand.New(rand.NewPCG(seed, 1))}
	h.alike = h.dice.IntN(2) == 0
	h.wrong, h.fail = pickShare(h.dice), pickShare(h.dice)
	h.u.set(h.answer)
	h.u.before = func(teamwork.CreateOperation) { time.Sleep(time.Duration(h.roll(6000)) * time.Millisecond) }
	return h
}

func pickShare(dice *rand.Rand) float64 { return []float64{0, 0.01, 0.1, 0.5}[dice.IntN(4)] }

func (h *history) roll(n int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dice.IntN(n)
}

func (h *history) lucky(share float64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dice.Float64() < share
}

// answer fails before the work, or after it.
func (h *history) answer(teamwork.CreateOperation) (bool, error) {
	if !h.lucky(h.fail) {
		return true, nil
	}
	switch h.roll(6) {
	case 0:
		return false, of(teamwork.Conflict)
	case 1:
		return false, unsent(teamwork.Throttled)
	case 2:
		return h.lucky(0.5), of(teamwork.OutcomeUnknown)
	case 3:
		return h.lucky(0.5), of(teamwork.Throttled)
	}
	return h.lucky(0.5), of(teamwork.Unavailable)
}

// life is one process: it may die, after which nothing of it reaches the store.
type life struct {
	*Service
	dead bool
}

func (h *history) born() *life {
	l := &life{}
	l.Service = replica(h.t, h.u, &seat{shelf: h.shelf, trouble: func(string) (bool, bool) {
		return l.dead || h.lucky(h.wrong), h.lucky(h.wrong)
	}})
	return l
}

// run has clients ask two replicas, which die and are born again.
func (h *history) run() {
	const devices, keys, clients = 3, 3, 3
	lives := []*life{h.born(), h.born()}
	var all sync.WaitGroup
	for d := range devices {
		for k := range keys {
			for range clients {
				all.Go(func() { h.client(lives, fmt.Sprint("d", d), fmt.Sprint("key-000", k)) })
			}
		}
	}
	for range 4 {
		time.Sleep(time.Duration(h.roll(5000)) * time.Millisecond)
		i := h.roll(2)
		h.shelf.mu.Lock()
		lives[i].dead = true
		h.shelf.mu.Unlock()
		reborn := h.born()
		h.mu.Lock()
		lives[i] = reborn
		h.mu.Unlock()
	}
	all.Wait()
	h.check(devices, keys)
}

var kinds = map[string]teamwork.DeviceOperationType{
	"key-0000": teamwork.DeviceRestart, "key-0001": teamwork.DeviceDiagnostics, "key-0002": teamwork.ConfigUpdate,
}

// ask marks an operation with its key, which upstream is not told.
func (h *history) ask(device, key string) teamwork.CreateOperation {
	req := restart(device, key)
	if !h.alike {
		req.OperationType = kinds[key]
	}
	req.LastActionBy = &teamwork.IdentitySetInput{User: &teamwork.Identity{ID: &key}}
	return req
}

// client asks until it has an answer that is none to ask again after, some times over.
func (h *history) client(lives []*life, device, key string) {
	for range 6 {
		time.Sleep(time.Duration(h.roll(4000)) * time.Millisecond)
		i := h.roll(len(lives))
		h.mu.Lock()
		l := lives[i]
		h.mu.Unlock()
		ctx, cancel := context.WithTimeout(h.t.Context(), 15*time.Second)
		r := create(ctx, l.Service, h.ask(device, key))
		cancel()
		h.mu.Lock()
		h.total.Creates++
		switch {
		case r.Err == nil && r.Replayed:
			h.total.Found++
		case teamwork.KindOf(r.Err) == teamwork.OutcomeUnknown:
			h.total.Unknown++
		case r.Err != nil:
			h.total.Refused++
		}
		if r.Err == nil {
			h.total.Successes++
			if got := *r.Operation.LastActionBy.User.ID; got != key && !h.alike || r.Operation.DeviceID != device {
				h.t.Errorf("seed %d: %s on %s was told of %s on %s", h.seed, key, device, got, r.Operation.DeviceID)
			}
		}
		h.mu.Unlock()
	}
}

func (h *history) check(devices, keys int) {
	h.u.mu.Lock()
	defer h.u.mu.Unlock()
	h.total.Sent += h.u.sent
	for d := range devices {
		count := map[string]int{}
		for _, op := range h.u.ops[fmt.Sprint("d", d)] {
			count[*op.LastActionBy.User.ID]++
			h.total.Operations++
		}
		if n := len(h.u.ops[fmt.Sprint("d", d)]); n > keys {
			h.t.Errorf("seed %d: %d operations of %d keys on d%d", h.seed, n, keys, d)
		}
		for key, n := range count {
			if n > 1 && !h.alike {
				h.t.Errorf("seed %d: %s has %d operations on d%d", h.seed, key, n, d)
			}
		}
	}
}
