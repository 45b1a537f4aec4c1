package teamwork

import (
	"context"
	"sync"
	"time"
)

// Warning is something about an answer that the client should know though
// nothing failed.
type Warning struct {
	// Code is for programs: MALFORMED_TIME, MISSING_ID, UNREADABLE_MEMBER, UNCONFIRMED.
	Code string `json:"code"`
	// Message is for people.
	Message string `json:"message"`
	// Path is where in the answer it happened, as in a GraphQL error; nil when
	// it concerns what upstream sent as a whole.
	Path []any `json:"path,omitempty"`
}

// Trail collects what reading leaves behind for the whole answer. One stands in
// the context of each request.
type Trail struct {
	mu       sync.Mutex
	warnings []Warning
	oldest   time.Time
	newest   time.Time
	stale    bool
	claims   string
	parts    parts
}

// Served notes that a remembered value, or one just fetched, became part of the
// answer; stale says that it was past its freshness. A nil Trail forgets it.
func (t *Trail) Served(fetchedAt time.Time, stale bool) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.oldest.IsZero() || fetchedAt.Before(t.oldest) {
		t.oldest = fetchedAt
	}
	if fetchedAt.After(t.newest) {
		t.newest = fetchedAt
	}
	t.stale = t.stale || stale
}

// Oldest returns when the oldest part of the answer was fetched, zero if it has none,
// and whether any part was past its freshness.
func (t *Trail) Oldest() (fetchedAt time.Time, stale bool) {
	if t == nil {
		return time.Time{}, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.oldest, t.stale
}

// Newest returns when the newest part of the answer was fetched, zero if it has none.
func (t *Trail) Newest() time.Time {
	if t == nil {
		return time.Time{}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.newest
}

// maxWarnings bounds what one answer can carry: a page of malformed times should
// not outweigh the page.
const maxWarnings = 50

// Warn adds warnings; a nil Trail forgets them.
func (t *Trail) Warn(warnings ...Warning) {
	if t == nil || len(warnings) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	room := maxWarnings - len(t.warnings)
	t.warnings = append(t.warnings, warnings[:min(room, len(warnings))]...)
}

// Warnings returns what was warned of so far, nil if nothing.
func (t *Trail) Warnings() []Warning {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Warning(nil), t.warnings...)
}

// Challenge notes that a part of the answer is missing for want of claims in the caller's
// token; the first such claims count. A nil Trail forgets them.
func (t *Trail) Challenge(claims string) {
	if t == nil || claims == "" {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.claims == "" {
		t.claims = claims
	}
}

// Challenged returns the claims that the caller's token lacks, as Error has them; "" if
// nothing is missing for want of them.
func (t *Trail) Challenged() string {
	if t == nil {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.claims
}

type trailKey struct{}

// WithTrail returns a context that carries t.
func WithTrail(ctx context.Context, t *Trail) context.Context {
	return context.WithValue(ctx, trailKey{}, t)
}

// TrailFrom returns the context's Trail, nil when it has none; a nil Trail may be
// used.
func TrailFrom(ctx context.Context) *Trail {
	t, _ := ctx.Value(trailKey{}).(*Trail)
	return t
}
