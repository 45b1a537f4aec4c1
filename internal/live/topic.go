package live

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// topicKey names what can be watched: nothing of one partition reaches another.
type topicKey struct{ partition, device string }

// topic is a device that is watched here, and what is known of its operations.
type topic struct {
	key   topicKey
	hash  uint64
	users int // who holds it; the Watcher's lock guards it

	mu      sync.Mutex
	watches map[*watch]struct{}
	ops     map[string]*seen
	// underWay counts those that are not final.
	underWay int
	// known says that a first page was seen. Until then some watches have no snapshot.
	known   bool
	blank   bool // and it was empty
	waiting []*watch
	newest  time.Time // when what a first page showed was created, by upstream's clock
	highest int       // place, and the lowest
	lowest  int
	movedAt time.Time // the last create or change
	seenAt  time.Time // when the first page came last, by our clock
	glance  *glance   // under way, nil if none is
	turn    turn
	tell    bool        // the others shall be told what is known
	untold  atomic.Bool // likewise, since a message was lost
	gone    bool        // nobody holds it any more
}

func newTopic(key topicKey) *topic {
	return &topic{key: key, hash: hashOf(key), watches: map[*watch]struct{}{}, ops: map[string]*seen{}}
}

// attach lays the snapshot before a watch, and from then on all that comes. One that
// comes before the first page has the rest of its snapshot later.
// Op is the one that it is about, if any, in case it is not known any more.
func (t *topic) attach(w *watch, op *teamwork.DeviceOperation, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if w.isClosed() {
		return
	}
	t.watches[w] = struct{}{}
	if w.only == "" && !t.known {
		t.waiting = append(t.waiting, w)
	}
	if s := t.ops[w.only]; op != nil && (s == nil || s.op == nil) {
		w.put(newEntry(teamwork.EventSnapshot, op, nil, now))
		w.poke()
		return
	}
	t.snapshot(w, nil, now)
	w.poke()
}

// detach takes a watch away.
func (t *topic) detach(w *watch) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.watches, w)
	if i := slices.Index(t.waiting, w); i >= 0 {
		t.waiting = slices.Delete(t.waiting, i, i+1)
	}
}

// snapshot lays before a watch what is: all that is under way, and the newest that it
// wants to see; but for what it was told already. The lock must be held, and the listener
// be woken then.
func (t *topic) snapshot(w *watch, told map[string]*seen, now time.Time) {
	var shown []*seen
	newest := (*seen)(nil)
	for id, s := range t.ops {
		if s.op == nil || w.only != "" && id != w.only || !w.filter.Keeps(s.op) {
			continue
		}
		if newest == nil || s.place > newest.place {
			newest = s
		}
		if s.moving() {
			shown = append(shown, s)
		}
	}
	if newest != nil && !newest.moving() {
		shown = append(shown, newest)
	}
	shown = slices.DeleteFunc(shown, func(s *seen) bool { return told[s.op.OperationID] != nil })
	slices.SortFunc(shown, func(a, b *seen) int { return cmp.Compare(b.place, a.place) })
	for _, s := range shown {
		w.put(s.shown(now))
	}
}

// emit lays a new state before the watches that want it. What one did not want to see
// before is new to it. The lock must be held.
func (t *topic) emit(kind teamwork.DeviceOperationEventKind, op, before *teamwork.DeviceOperation, now time.Time) {
	fresh := newEntry(kind, op, nil, now)
	moved := fresh
	if before != nil {
		status := before.Status()
		moved = newEntry(kind, op, &status, now)
	}
	for w := range t.watches {
		switch {
		case w.only != "" && w.only != op.OperationID || !w.filter.Keeps(op):
			continue
		case before != nil && w.filter.Keeps(before):
			w.put(moved)
		default:
			w.put(fresh)
		}
		w.of.crier.call(w)
	}
}

// caller returns whose token a read may use: that of a watch which lives, and for some
// time if there is such a one.
func (t *topic) caller(now time.Time) (best *teamwork.Caller) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for w := range t.watches {
		end := w.caller.Expires
		if end.IsZero() || end.Sub(now) > patience {
			return w.caller
		}
		if now.Before(end) && (best == nil || end.After(best.Expires)) {
			best = w.caller
		}
	}
	return best
}

// refuse ends the watches whose token upstream does not take any more.
func (t *topic) refuse(caller *teamwork.Caller, err error) {
	for _, w := range t.listeners() {
		if w.caller.Token == caller.Token {
			w.finish(err)
		}
	}
}

// listeners returns the watches of now.
func (t *topic) listeners() []*watch {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Collect(maps.Keys(t.watches))
}
