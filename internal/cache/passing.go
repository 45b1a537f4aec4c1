package cache

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// passing reports whether an error says nothing about the value: throttling, an
// outage, silence, nonsense. Then an old answer is better than none. A refusal, and a
// thing or an API that is gone, are answers: what was known before is not true any
// more, or not this caller's to see.
func passing(err error) bool {
	var e *teamwork.Error
	if !errors.As(err, &e) {
		return false
	}
	if refusal(e) {
		return false
	}
	switch e.Kind {
	case teamwork.Throttled, teamwork.Unavailable, teamwork.BadResponse:
		return true
	}
	return false
}

// revoking reports whether an error is one after which the answer must be forgotten.
func revoking(err error) bool {
	var e *teamwork.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Kind {
	case teamwork.Unauthenticated, teamwork.Forbidden, teamwork.NotFound:
		return true
	}
	return refusal(e)
}

// refusal reports whether upstream said no, whatever we made of it.
func refusal(e *teamwork.Error) bool {
	if e.Upstream == nil {
		return false
	}
	switch e.Upstream.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return true
	}
	return false
}

// shortPause is how long no refresh is tried after a throttling that named no wait.
const shortPause = time.Second

// pauses remembers for each partition until when upstream asked to wait. The zero
// value is ready.
type pauses struct {
	mu    sync.RWMutex
	until map[string]time.Time
}

// maxPauses bounds the partitions that are remembered: with pass-through each token
// is one.
const maxPauses = 10_000

// note remembers what a throttling asks for.
func (p *pauses) note(partition string, err error, now time.Time) {
	var e *teamwork.Error
	if !errors.As(err, &e) || e.Kind != teamwork.Throttled {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.until == nil || len(p.until) >= maxPauses {
		p.until = make(map[string]time.Time)
	}
	if until := now.Add(max(e.RetryAfter, shortPause)); until.After(p.until[partition]) {
		p.until[partition] = until
	}
}

// over reports whether upstream may be asked for the partition.
func (p *pauses) over(partition string, now time.Time) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return !now.Before(p.until[partition])
}
