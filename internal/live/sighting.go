package live

import (
	"maps"
	"slices"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// sighting is what somebody saw of a device's operations, newest first.
type sighting struct {
	ops []*teamwork.DeviceOperation
	// firstPage says that it is the device's first page: what is above something known
	// came later.
	firstPage bool
	// created says which of ops are known to be new; nil for none.
	created map[string]bool
}

const (
	// longFinal is how long a final operation can still be told of: longer than any
	// replica takes to hear or to look.
	longFinal = 2 * time.Minute
	// maxEnded bounds the operations of a topic that are known to be over. Beyond, the
	// oldest are forgotten.
	maxEnded = 512
)

// take takes in a sighting, tells the watches, and returns the operations that were news,
// and which of them are new.
func (t *topic) take(s sighting, now time.Time) (news []*teamwork.DeviceOperation, created map[string]bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	first := s.firstPage && !t.known
	told := map[string]*seen(nil)
	if first {
		told = maps.Clone(t.ops)
	}
	fresh := t.fresh(s, now)
	for i := len(s.ops) - 1; i >= 0; i-- { // what came first is told first
		op := s.ops[i]
		known := t.of(op)
		if first && known != nil {
			t.highest++
			known.place = t.highest
		}
		switch {
		case op == nil, known == nil && !fresh[i] && !first:
		case known == nil:
			t.add(op, true, now)
			if first {
				continue // the snapshot shows it
			}
			if created == nil {
				created = map[string]bool{}
			}
			created[op.OperationID] = true
			news = append(news, op)
			t.movedAt = now
			t.emit(kindOf(op, teamwork.EventCreated), op, nil, now)
		case t.advance(known, op, now):
			news = append(news, op)
		}
	}
	news = append(news, t.takeOlder(s, now)...)
	if s.firstPage {
		t.looked(s, told, now)
	}
	t.prune(now)
	return news, created
}

// looked notes that a first page was seen, which completes the snapshots that wait for it.
func (t *topic) looked(s sighting, told map[string]*seen, now time.Time) {
	for _, op := range s.ops {
		if op != nil {
			t.newest = later(t.newest, op.CreatedDateTime.Time)
		}
	}
	t.known, t.blank, t.seenAt = true, len(s.ops) == 0, later(t.seenAt, fetched(s, now))
	for _, w := range t.waiting {
		t.snapshot(w, told, now)
		w.of.crier.call(w)
	}
	t.waiting = nil
}

// takeOlder takes in what was not known though it has been there. If it is under way, it
// is a part of the snapshot that comes late.
func (t *topic) takeOlder(s sighting, now time.Time) (news []*teamwork.DeviceOperation) {
	for _, op := range s.ops {
		if op == nil || t.ops[op.OperationID] != nil {
			continue
		}
		t.add(op, false, now)
		if !op.IsFinal() {
			news = append(news, op)
			t.emit(teamwork.EventSnapshot, op, nil, now)
		}
	}
	return news
}

// advance takes in a state of what is known, and tells of it if it is later.
func (t *topic) advance(known *seen, op *teamwork.DeviceOperation, now time.Time) bool {
	before := known.op
	if !known.advance(op, now) {
		return false
	}
	if !known.moving() {
		t.underWay--
	}
	t.movedAt = now
	t.emit(kindOf(op, teamwork.EventChanged), op, before, now)
	return true
}

// of returns what is known of an operation, nil if nothing.
func (t *topic) of(op *teamwork.DeviceOperation) *seen {
	if op == nil {
		return nil
	}
	return t.ops[op.OperationID]
}

// kindOf returns what an event of a state is called.
func kindOf(op *teamwork.DeviceOperation, underWay teamwork.DeviceOperationEventKind) teamwork.DeviceOperationEventKind {
	if op.IsFinal() {
		return teamwork.EventFinal
	}
	return underWay
}

// fresh tells which of a sighting's operations came to be since the last: those which are
// said to be created, or stand above one that is known, or were created later than all
// that a first page has shown here. On a later page without any that is known all are, and
// after an empty one.
func (t *topic) fresh(s sighting, now time.Time) []bool {
	is := make([]bool, len(s.ops))
	overlaps := func(op *teamwork.DeviceOperation) bool { return t.of(op) != nil }
	above := s.firstPage && t.known && (t.blank || !fetched(s, now).Before(t.seenAt) && !slices.ContainsFunc(s.ops, overlaps))
	for i := len(s.ops) - 1; i >= 0; i-- {
		op := s.ops[i]
		if op == nil {
			continue
		}
		is[i] = s.created[op.OperationID] || above || t.known && op.CreatedDateTime.After(t.newest)
		if s.firstPage && t.ops[op.OperationID] != nil {
			above = true
		}
	}
	return is
}

// add notes an operation that was not known, as the newest or as the oldest.
func (t *topic) add(op *teamwork.DeviceOperation, newer bool, now time.Time) {
	place := t.lowest - 1
	if newer {
		place = t.highest + 1
	}
	if !op.IsFinal() {
		t.underWay++
		t.movedAt = later(t.movedAt, lastMove(op, now))
	}
	t.lowest, t.highest = min(t.lowest, place), max(t.highest, place)
	t.ops[op.OperationID] = begin(op, place, now)
}

// prune lets go of what is long final, but for the newest, and of the fact that it is
// when there is too much.
func (t *topic) prune(now time.Time) {
	ended := 0
	for _, s := range t.ops {
		if s.moving() {
			continue
		}
		ended++
		if s.place < t.highest-teamwork.LargePage && now.Sub(s.finalAt) > longFinal {
			s.op, s.last = nil, nil
		}
	}
	for ; ended > maxEnded; ended-- {
		t.dropOldest()
	}
}

func (t *topic) dropOldest() {
	oldest, at := "", 0
	for id, s := range t.ops {
		if !s.moving() && (oldest == "" || s.place < at) {
			oldest, at = id, s.place
		}
	}
	t.newest = later(t.newest, t.ops[oldest].created) // it is not to be new again
	delete(t.ops, oldest)
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// fetched returns when a sighting is of: by the clock of whoever had it, and no later than
// now.
func fetched(s sighting, now time.Time) time.Time {
	for _, op := range s.ops {
		if op != nil && op.Meta.FetchedAt.Known() && op.Meta.FetchedAt.Before(now) {
			return op.Meta.FetchedAt.Time
		}
	}
	return now
}

// lastMove returns when an operation last moved as far as it says, and no later than now.
func lastMove(op *teamwork.DeviceOperation, now time.Time) time.Time {
	var last time.Time
	for _, moved := range []teamwork.DateTime{op.CreatedDateTime, op.StartedDateTime, op.LastActionDateTime} {
		last = later(last, moved.Time)
	}
	if last.IsZero() || last.After(now) {
		return now
	}
	return last
}
