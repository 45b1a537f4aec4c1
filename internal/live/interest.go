package live

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// interest is what the other replicas watch: of nothing else are they told. The zero
// value is ready.
type interest struct {
	mu    sync.RWMutex
	until map[uint64]time.Time
	again bool      // the others asked what is watched here, or did not hear it
	said  time.Time // when that was last said
}

const (
	// sayEvery is how often replicas say what they watch, and forgetAfter how long
	// that is remembered.
	sayEvery, forgetAfter = 10 * time.Second, 35 * time.Second
	// sayAtOnce bounds the topics in one message.
	sayAtOnce = 1000
)

// has reports whether another replica watches a topic.
func (i *interest) has(hash uint64) bool {
	i.mu.RLock()
	defer i.mu.RUnlock()
	if len(i.until) == 0 {
		return false
	}
	until, ok := i.until[hash]
	return ok && time.Now().Before(until)
}

// any reports whether the others watch anything.
func (i *interest) any() bool {
	i.mu.RLock()
	defer i.mu.RUnlock()
	return len(i.until) > 0
}

// add notes what another replica watches, and returns what is new.
func (i *interest) add(hashes []uint64, now time.Time) (fresh []uint64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.until == nil {
		i.until = map[uint64]time.Time{}
	}
	for _, hash := range hashes {
		if now.After(i.until[hash]) {
			fresh = append(fresh, hash)
		}
		i.until[hash] = now.Add(forgetAfter)
	}
	return fresh
}

// askAgain notes that somebody wants to hear what is watched here.
func (i *interest) askAgain() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.again = true
}

// due reports whether it is time to say it, and forgets what nobody said for long.
func (i *interest) due(now time.Time) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.again && now.Sub(i.said) < sayEvery {
		return false
	}
	for hash, until := range i.until {
		if now.After(until) {
			delete(i.until, hash)
		}
	}
	i.again, i.said = false, now
	return true
}

// wanted takes in what another replica watches. What is known here of a topic that it
// just began to watch it shall hear: its first look may have been at an older page.
func (w *Watcher) wanted(hashes []uint64, now time.Time) {
	fresh := w.interest.add(hashes, now)
	if len(fresh) == 0 {
		return
	}
	set := make(map[uint64]bool, len(fresh))
	for _, hash := range fresh {
		set[hash] = true
	}
	for _, t := range w.all() {
		if set[t.hash] {
			t.mu.Lock()
			t.tell = t.known
			t.mu.Unlock()
		}
	}
	w.poke()
}

// sayWants says that topics are watched here. What does not arrive is said again.
func (w *Watcher) sayWants(ctx context.Context, topics []*topic) {
	hashes := make([]uint64, len(topics))
	for i, t := range topics {
		hashes[i] = t.hash
	}
	for some := range slices.Chunk(hashes, sayAtOnce) {
		if w.send(ctx, message{Want: some}) != nil {
			w.interest.askAgain()
			return
		}
	}
}

// lately are the operations that were created a moment ago, by whichever replica: who
// begins to watch now finds them, though upstream may show them late. The zero value is
// ready.
type lately struct {
	mu  sync.Mutex
	all []latelyCreated // the oldest first
}

type latelyCreated struct {
	key topicKey
	op  *teamwork.DeviceOperation
	at  time.Time
}

// latelyFor is how long, and maxLately how many.
const (
	latelyFor = time.Minute
	maxLately = 1024
)

func (l *lately) add(key topicKey, op *teamwork.DeviceOperation, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := 0
	for old < len(l.all) && (now.Sub(l.all[old].at) > latelyFor || len(l.all)-old >= maxLately) {
		old++
	}
	clear(l.all[:old])
	l.all = append(l.all[old:], latelyCreated{key, op, now}) // to move up all others each time would be most of its cost
}

// of returns those of a topic, newest first.
func (l *lately) of(key topicKey, now time.Time) (ops []*teamwork.DeviceOperation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range slices.Backward(l.all) {
		if c.key == key && now.Sub(c.at) <= latelyFor {
			ops = append(ops, c.op)
		}
	}
	return ops
}
