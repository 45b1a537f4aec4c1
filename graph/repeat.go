package graph

import (
	"slices"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// mostLately is how many values are remembered: to look for more would cost what it saves.
const mostLately = 4

// passage is where a value stands in the text, as a selection has it.
type passage[K comparable] struct {
	of       *selection
	value    K
	from, to int
}

// lately are values that were written lately: of a list's items each says again who did
// something, and how old all of them are.
type lately[K comparable] struct {
	known []passage[K]
	next  int
}

// find returns where a value stands; nowhere is at 0, which never is a value's end.
func (l *lately[K]) find(of *selection, value K) (from, to int) {
	for i := range l.known {
		if p := &l.known[i]; p.of == of && p.value == value {
			return p.from, p.to
		}
	}
	return 0, 0
}

func (l *lately[K]) add(p passage[K]) {
	if len(l.known) < mostLately {
		l.known = append(slices.Grow(l.known, mostLately-len(l.known)), p)
		return
	}
	l.known[l.next] = p
	l.next = (l.next + 1) % mostLately
}

// repeat copies what stands for a value in the text, or has it written. What left anything
// open, or is to be warned of, which a place is for, is written each time.
func repeat[K comparable](w *writer, l *lately[K], of *selection, value K, write func() bool) bool {
	if from, to := l.find(of, value); to > 0 {
		w.buf = append(w.buf, w.buf[from:to]...)
		return true
	}
	start := w.mark()
	if !write() {
		return false
	}
	if end := w.mark(); end.holes == start.holes && end.warnings == start.warnings {
		l.add(passage[K]{of, value, start.bytes, end.bytes})
	}
	return true
}

func (w *writer) repeatIdentitySet(s *selection, set *teamwork.IdentitySet) bool {
	return repeat(w, &w.sets, s, set, func() bool { return w.writeIdentitySet(s, set) })
}

// shownMeta is all of a ResourceMeta that the schema shows.
type shownMeta struct {
	fetchedAt, freshUntil teamwork.DateTime
	stale                 bool
}

func (w *writer) repeatResourceMeta(s *selection, meta *teamwork.ResourceMeta) bool {
	shown := shownMeta{meta.FetchedAt, meta.FreshUntil, meta.Stale}
	return repeat(w, &w.metas, s, shown, func() bool { return w.writeResourceMeta(s, meta) })
}
