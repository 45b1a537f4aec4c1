package cache

import (
	"hash/maphash"
	"math"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
)

// deafLife is how long a replica that can't hear of forgettings believes its near
// cache.
const deafLife = time.Second

// nearKey names an answer in memory. It is comparable and made of what the reader
// has in hand, so that a look costs no allocation.
type nearKey struct {
	partition string
	noun      string
	question
}

// near is the cache of decoded nouns in this process, bounded by bytes.
//
// What is forgotten is not looked for: each forgetting gets a number, and is written
// to the slot of its device. An answer knows the number that was the last before it
// was asked for; it counts while its slot holds none that is later. So an answer that
// was under way when its device was forgotten is as good as forgotten, too. Two
// devices may share a slot, which costs an answer and never makes one wrong.
type near struct {
	cache *otter.Cache[nearKey, *kept] // nil: nothing is kept in memory
	seed  maphash.Seed
	last  atomic.Uint64
	slots [1 << 14]atomic.Uint64
	all   atomic.Uint64 // the number of the last forgetting of everything
	deaf  atomic.Bool   // the channel is lost, or was not heard yet
	rules rules         // all of them, except in a test
}

// entryWeight is what an answer weighs beside its value and the texts of its key: what
// otter and the runtime need to find it.
const entryWeight = 512

// newNear returns a near cache of so many bytes, 0 for none.
func newNear(bytes int64) *near {
	n := &near{seed: maphash.MakeSeed()}
	n.deaf.Store(true)
	if bytes > 0 {
		n.cache = otter.Must(&otter.Options[nearKey, *kept]{
			MaximumWeight: uint64(bytes),
			// What there is to do after a write takes less time than waking up somebody for it.
			Executor:      func(f func()) { f() },
			Weigher:       weigh,
			StatsRecorder: &evicted{},
			ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[nearKey, *kept]) time.Duration {
				return e.Value.until.Sub(e.Value.taken)
			}),
		})
	}
	return n
}

// weigh counts the key too: a page's token may be longer than an answer.
func weigh(k nearKey, e *kept) uint32 {
	texts := len(k.partition) + len(k.device) + len(k.operation) + len(k.filter) + len(k.page)
	return uint32(min(uint64(e.weight)+uint64(texts), math.MaxUint32))
}

// close ends what runs behind.
func (n *near) close() {
	if n.cache != nil {
		n.cache.StopAllGoroutines()
	}
}

// mark returns the number of the last forgetting: to be taken before an answer is
// asked for.
func (n *near) mark() uint64 { return n.last.Load() }

// slot returns where the forgettings of a device of a partition are written.
func (n *near) slot(partition, device string) *atomic.Uint64 {
	var h maphash.Hash
	h.SetSeed(n.seed)
	_, _ = h.WriteString(partition)
	_ = h.WriteByte(0)
	_, _ = h.WriteString(device)
	return &n.slots[h.Sum64()%uint64(len(n.slots))]
}

// since returns the number of the last forgetting that an answer of the device had to
// come after.
func (n *near) since(partition, device string) uint64 {
	if n.rules.noNumbers {
		return 0
	}
	return max(n.slot(partition, device).Load(), n.all.Load())
}

// get returns what is kept of k and still counts, nil if nothing.
func (n *near) get(k nearKey, now time.Time) *kept {
	if n.cache == nil {
		return nil
	}
	k = n.rules.inMemory(k)
	e, ok := n.cache.GetIfPresent(k)
	if !ok || !n.counts(k, e, now) {
		return nil
	}
	return e
}

// counts reports whether an answer may be served.
func (n *near) counts(k nearKey, e *kept, now time.Time) bool {
	return e.mark >= n.since(k.partition, k.device) && now.Before(e.until) &&
		(!n.deaf.Load() || n.rules.noDeafLife || now.Sub(e.taken) <= deafLife)
}

// put keeps an answer, unless it is not wanted any more.
func (n *near) put(k nearKey, e *kept) {
	if n.cache != nil && e.mark >= n.since(k.partition, k.device) {
		n.cache.Set(n.rules.inMemory(k), e)
	}
}

// offer keeps an answer that the store had, unless it is known already, or a newer
// one is: the store may have been slow to say.
func (n *near) offer(k nearKey, e *kept) {
	if n.cache == nil || e.mark < n.since(k.partition, k.device) {
		return
	}
	n.cache.Compute(n.rules.inMemory(k), func(known *kept, found bool) (*kept, otter.ComputeOp) {
		// A later date by another clock is no reason to prefer what is less fresh.
		if found && n.counts(k, known, e.taken) && known.age(e.taken) >= e.age(e.taken) && !known.fetchedAt.Before(e.fetchedAt) {
			return known, otter.CancelOp
		}
		return e, otter.WriteOp
	})
}

// drop forgets one answer.
func (n *near) drop(k nearKey) {
	if n.cache != nil {
		n.cache.Invalidate(k)
	}
}

// forget makes all that hangs on a device missing.
func (n *near) forget(partition, device string) {
	raise(n.slot(partition, device), n.last.Add(1))
}

// renew forgets a device, except for an answer that is known by mark: it gets the new
// number, unless the device was forgotten since mark.
func (n *near) renew(partition, device string, mark uint64) (number uint64, ok bool) {
	slot := n.slot(partition, device)
	last := slot.Load()
	number = n.last.Add(1)
	ok = last <= mark && slot.CompareAndSwap(last, number) && n.all.Load() <= mark
	return number, ok
}

// forgetAll makes everything missing.
func (n *near) forgetAll() {
	raise(&n.all, n.last.Add(1))
	if n.cache != nil {
		n.cache.InvalidateAll()
	}
}

// raise writes a number unless a later one stands there already.
func raise(to *atomic.Uint64, number uint64) {
	for {
		old := to.Load()
		if old >= number || to.CompareAndSwap(old, number) {
			return
		}
	}
}

// heard notes whether forgettings are heard of. Whatever was missed in between may
// have been about anything.
func (n *near) heard(up bool) {
	if !up {
		n.deaf.Store(true)
	}
	if !n.rules.noFlush {
		n.forgetAll()
	}
	if up {
		n.deaf.Store(false)
	}
}
