package live

import (
	"slices"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// seen is an operation as this process knows it: its newest state, and enough of those
// before it to know which others come after.
type seen struct {
	op *teamwork.DeviceOperation // nil once it is long final: then only that is known
	// last is how a snapshot showed it last, for others who come while it is the newest.
	last *teamwork.DeviceOperationEvent
	// rank is the highest that was seen; words are those that have none.
	rank  rank
	words []teamwork.DeviceOperationStatus
	// place grows from older operations to newer ones, as upstream lists them.
	place    int
	created  time.Time // by upstream's clock
	firstAt  time.Time // by our clock
	finalAt  time.Time
	lookedAt time.Time // when it was last read by itself
	absent   int       // how often in a row it was not found
}

// rank orders the words that we know: an operation only climbs.
type rank int

const (
	unranked rank = iota // a word that is newer than we are
	queued
	scheduled
	inProgress
	final
)

// rankOf returns the rank of a state.
func rankOf(op *teamwork.DeviceOperation) rank {
	if op.IsFinal() {
		return final
	}
	switch op.Status() {
	case teamwork.StatusQueued:
		return queued
	case teamwork.StatusScheduled:
		return scheduled
	case teamwork.StatusInProgress:
		return inProgress
	}
	return unranked
}

// maxWords bounds the unknown words of one operation. It climbs by those we know.
const maxWords = 8

// advance takes in op if its state comes after what is known, and reports whether it
// does. The same state of a later time only refreshes what is known.
func (s *seen) advance(op *teamwork.DeviceOperation, now time.Time) bool {
	if s.rank == final {
		return false
	}
	next := rankOf(op)
	later := !op.Meta.FetchedAt.Before(s.op.Meta.FetchedAt.Time)
	switch {
	case next > s.rank:
		s.rank = next
	case next == unranked && later && s.newWord(op.StatusRaw):
	default:
		if later && (op.StatusRaw == s.op.StatusRaw || next != unranked && next == rankOf(s.op)) {
			s.op = op
		}
		return false
	}
	s.op = op
	if next == final {
		s.finalAt = now
	}
	return true
}

// newWord notes a word that we don't know; false if it was seen before.
func (s *seen) newWord(raw string) bool {
	word := teamwork.DeviceOperationStatus(raw)
	if len(s.words) >= maxWords || slices.Contains(s.words, word) {
		return false
	}
	s.words = append(s.words, word)
	return true
}

// begin is an operation that was not seen before.
func begin(op *teamwork.DeviceOperation, place int, now time.Time) *seen {
	s := &seen{op: op, rank: rankOf(op), place: place, created: op.CreatedDateTime.Time, firstAt: now}
	switch s.rank {
	case unranked:
		s.newWord(op.StatusRaw)
	case final:
		s.finalAt = now
	}
	return s
}

// shown is the state as a snapshot has it: those who come together share it.
func (s *seen) shown(now time.Time) entry {
	if s.last == nil || s.last.DeviceOperation != s.op {
		s.last = newEntry(teamwork.EventSnapshot, s.op, nil, now).DeviceOperationEvent
	}
	return entry{s.last, now}
}

// moving reports whether the operation is under way.
func (s *seen) moving() bool { return s.rank != final }
