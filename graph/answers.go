package graph

import (
	"net/http"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/maypok86/otter/v2"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// remembered are whole answers, as they were sent: who sends the same bytes again gets
// them before anything is parsed, while all that the answer was made of is unchanged and
// fresh. It has no lifetime of its own.
type remembered struct {
	cache *otter.Cache[answerKey, *whole]
	again func() // hears of each answer that was given again
}

// answerKey is all that an answer depends on, besides its parts. It is compared whole: a
// hash could be made to collide by whoever chooses what is hashed.
type answerKey struct {
	partition string
	method    string
	media     string
	text      string // the body, or the query string; borrowed, unless the key is owned
}

// owned returns a key that outlives its request.
func (k answerKey) owned() answerKey {
	k.text = strings.Clone(k.text)
	return k
}

const (
	// answerShare is how many of the largest answers there is memory for.
	answerShare = 16
	// answerWeight is what an answer weighs beside its texts, and partWeight one of its parts.
	answerWeight, partWeight = 512, 256
)

// newRemembered returns nil if nothing is to be remembered.
func newRemembered(opts Options) *remembered {
	if opts.Answers <= 0 {
		return nil
	}
	again := opts.Again
	if again == nil {
		again = func() {}
	}
	return &remembered{again: again, cache: otter.Must(&otter.Options[answerKey, *whole]{
		MaximumWeight: uint64(opts.Answers),
		Executor:      func(f func()) { f() }, // it takes less time than waking up somebody for it
		Weigher:       func(k answerKey, a *whole) uint32 { return uint32(min(a.weight(k), 1<<31)) },
	})}
}

// keyOf returns what a request's answer is remembered by. Whose answers nobody knows are not
// remembered, and neither is a stream. The key is of text, which must not change while it is used: most requests
// are looked up once, and a copy of each would be a quarter of the garbage that a hot page makes.
func (m *remembered) keyOf(r *http.Request, media string, text []byte) answerKey {
	caller := teamwork.CallerFrom(r.Context())
	if m == nil || media == eventStream || caller == nil {
		return answerKey{media: media}
	}
	return answerKey{partition: caller.Partition, method: r.Method, media: media,
		text: unsafe.String(unsafe.SliceData(text), len(text))} //nolint:gosec // what is remembered is owned
}

// remembers reports whether there is an answer by this key, or may be.
func (k answerKey) remembers() bool { return k.partition != "" }

// find returns the answer that was given before, if it would be the very same now.
func (m *remembered) find(k answerKey) *whole {
	a, known := m.cache.GetIfPresent(k)
	if !known {
		return nil
	}
	for _, part := range a.parts {
		if !part.Holds() {
			m.cache.Invalidate(k.owned())
			return nil
		}
	}
	return a
}

// takes reports whether an answer can be given again: if it is known what it is made of, if
// memory has those parts, and if it is not too large.
func (m *remembered) takes(k answerKey, a *whole) bool {
	return k.remembers() && len(a.parts) > 0 && a.weight(k) <= m.cache.GetMaximum()/answerShare &&
		!slices.ContainsFunc(a.parts, func(p teamwork.Part) bool { return !p.Holds() })
}

// again answers a request as it was answered before, and reports whether it could. The
// caller needs the same scopes, and pays the same.
func (h *Handler) again(w http.ResponseWriter, r *http.Request, k answerKey, began time.Time) bool {
	a := h.remembered.find(k)
	if a == nil || !h.scopes.meetsAll(r.Context(), a.needs) {
		return false
	}
	if h.budget != nil {
		balance, err := h.budget.Spend(r.Context(), a.cost)
		if err != nil || balance.Wait > 0 {
			return false // and is refused in full
		}
		balance.tellBudget(w.Header())
	}
	h.remembered.again()
	header := w.Header()
	if !a.oldest.IsZero() {
		header["Age"], header["Cache-Status"] = ageOf(a.oldest, began), cacheHit
	}
	h.write(w, r, k.media, a)
	return true
}
