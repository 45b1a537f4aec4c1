package graph

import (
	"net/http"
	"strconv"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// The ways that a remembered answer came about, of which one that has many parts shows
// the first that fits.
// https://www.rfc-editor.org/rfc/rfc9211
var (
	cacheStale = []string{"teamwork-graphql; fwd=stale"} // a part is past its freshness
	cacheMiss  = []string{"teamwork-graphql; fwd=miss"}  // a part was fetched meanwhile
	cacheHit   = []string{"teamwork-graphql; hit"}
)

// tellAge sets the headers that say how old an answer is. What was fetched before the
// request began had been remembered. An answer without such parts has no age, and one
// that no cache knows of has no status.
func tellAge(header http.Header, trail *teamwork.Trail, began, now time.Time) {
	oldest, stale := trail.Oldest()
	if oldest.IsZero() {
		return
	}
	if oldest.Before(began) {
		header["Age"] = ageOf(oldest, now)
	}
	switch {
	case stale:
		header["Cache-Status"] = cacheStale
	case !trail.Newest().Before(began):
		header["Cache-Status"] = cacheMiss
	default:
		header["Cache-Status"] = cacheHit
	}
}

// ageOf is the Age of an answer whose oldest part was fetched then.
func ageOf(oldest, now time.Time) []string {
	return []string{strconv.FormatInt(max(0, int64(now.Sub(oldest)/time.Second)), 10)}
}
