package cache

import (
	"context"
	"sync"
	"time"
)

// refusedKeys are the answers that were refused, or were not there, when they were
// asked for last. A page that is older must not bring them back, nor the store until it
// was told, nor what was on its way to the store. The zero value is ready.
type refusedKeys struct {
	mu  sync.RWMutex
	all map[nearKey]denial
}

// denial is what is known of one.
type denial struct {
	told  bool      // the store was told
	under string    // the device's token then
	until time.Time // what was fetched later counts again, if known
}

// maxRefused bounds them. Beyond, all are lost, which costs no more than this rule.
const maxRefused = 10_000

func (f *refusedKeys) add(k nearKey, r denial) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all == nil || len(f.all) >= maxRefused {
		f.all = make(map[nearKey]denial)
	}
	f.all[k] = r
}

// tell notes that the store was told.
func (f *refusedKeys) tell(k nearKey) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r, refused := f.all[k]; refused {
		r.told = true
		f.all[k] = r
	}
}

// remove notes that there is an answer again.
func (f *refusedKeys) remove(k nearKey) {
	if _, refused := f.get(k); refused {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.all, k)
	}
}

func (f *refusedKeys) get(k nearKey) (r denial, refused bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	r, refused = f.all[k]
	return r, refused
}

// revoked forgets a device of which an answer was known that is refused now: entries
// that are on their way to the store, from whichever replica, must not bring it back. It
// returns what the refusal itself hangs on. Where nothing was known nothing is written,
// or whoever asks for what is not there could make the others lose all they have.
func (s *Service) revoked(ctx context.Context, k nearKey, plan flightPlan) (gen generation, mark uint64) {
	gen = plan.gen
	if plan.last == nil || plan.last.value == nil || s.rules.noRaise {
		return gen, plan.mark
	}
	epoch := ""
	if s.rules.keepEpoch {
		epoch = epochOf(gen.token)
	}
	next, done := newToken(epoch, gen.created), false
	if gen.keeps {
		done, _ = s.store.Swap(ctx, gen.key.generation(), []byte(gen.token), []byte(next), s.generationLife())
	}
	if !done {
		s.forgetKey(ctx, gen.key, true)
		gen.keeps = false
		return gen, s.near.mark()
	}
	gen.token = next
	s.near.forget(k.partition, k.device)
	mark = s.near.mark()
	_ = s.publish(ctx, news{From: s.name, Partition: k.partition, Device: k.device})
	return gen, mark
}
