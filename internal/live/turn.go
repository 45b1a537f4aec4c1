package live

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// How often a device is read on which something is under way: every two seconds for half
// a minute after a create or a change, then a fifteenth of the time since, at most.
const (
	eagerPause = 2 * time.Second
	eagerPart  = 15 // of the time since
	lazyPause  = 15 * time.Second
	// worstPause is the longest after errors, unless upstream asks for more.
	worstPause = time.Minute
	// checksApart is how often what may have been missed is looked for.
	checksApart = 2 * time.Second
	// nudgeFor is how long is looked for what may have been created.
	nudgeFor = 30 * time.Second
)

// turn is when a topic is read, and by whom. The topic's lock guards it.
type turn struct {
	lease cluster.Lease // nil where there is none, or not to be had
	// mine says that this replica polls: it holds the lease, or nobody can be asked for it.
	mine     bool
	leaseDue time.Time // when to ask for it, or to extend it

	reading  bool
	part     float64   // of the pause, this time
	notUntil time.Time // upstream failed, or asks to wait
	failures int

	// since says that something may have been missed: an answer from then on tells.
	since   time.Time
	checked time.Time // when that was last looked for
	review  bool      // likewise, but there is no hurry

	nudged time.Time // when something may have been created
}

// checkFrom notes that something may have been missed.
func (u *turn) checkFrom(t time.Time) {
	if u.since.IsZero() || t.Before(u.since) {
		u.since = t
	}
}

// nudge has the topic read for a while, since something may have been created.
func (t *topic) nudge(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn.nudged = now
}

// polled reports whether the topic is to be polled by somebody. The lock must be held.
func (t *topic) polled(opts *Options, now time.Time) bool {
	if opts.Off || len(t.watches) == 0 {
		return false
	}
	return t.hurried(now) || opts.Idle > 0
}

// hurried reports whether it is polled for its own sake: something is under way, or may be.
func (t *topic) hurried(now time.Time) bool {
	return t.underWay > 0 || !t.known || now.Sub(t.turn.nudged) < nudgeFor
}

// pause is the time between two reads. The lock must be held.
func (t *topic) pause(opts *Options, now time.Time) time.Duration {
	since := t.movedAt
	if t.turn.nudged.After(since) {
		since = t.turn.nudged
	}
	pause := min(max(now.Sub(since)/eagerPart, eagerPause), lazyPause)
	switch {
	case !t.hurried(now):
		pause = opts.Idle
	case opts.Idle > 0:
		pause = min(pause, opts.Idle)
	}
	return pause
}

// due returns when the topic is to be read next by this replica, and how new the answer
// must be; ok is false when it is not. The lock must be held.
func (t *topic) due(opts *Options, now time.Time) (at, since time.Time, ok bool) {
	u := &t.turn
	if u.reading || opts.Off || len(t.watches) == 0 {
		return at, since, false
	}
	if u.mine && t.polled(opts, now) {
		part := u.part
		if part == 0 {
			part = 1
		}
		at, since, ok = t.seenAt.Add(time.Duration(float64(t.pause(opts, now))*part)), now, true
	}
	if !u.since.IsZero() {
		if check := u.checked.Add(checksApart); !ok || check.Before(at) {
			at, since, ok = check, u.since, true
		}
	}
	if at.Before(u.notUntil) {
		at = u.notUntil
	}
	return at, since, ok
}

// jitter returns a part of a pause, around the whole, so that topics that began together
// don't stay together for ever.
func jitter() float64 { return 0.9 + 0.2*rand.Float64() }

// begun notes that a read began. What is missed from now on is for the next.
func (t *topic) begun() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn.reading, t.turn.review, t.turn.since = true, false, time.Time{}
}

// over notes how a read ended that wanted nothing from before since, zero for whatever
// was remembered.
func (t *topic) over(opts *Options, since time.Time, err error, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := &t.turn
	u.reading, u.part, u.checked = false, jitter(), now
	if err == nil || teamwork.KindOf(err) == teamwork.NotFound {
		u.failures, u.notUntil = 0, time.Time{}
		if !since.IsZero() {
			t.seenAt = now
		}
		return
	}
	if !since.IsZero() {
		u.checkFrom(since)
	}
	wait := min(max(t.pause(opts, now), eagerPause)<<min(u.failures, 5), worstPause)
	u.failures++
	var e *teamwork.Error
	if errors.As(err, &e) && e.Kind == teamwork.Throttled {
		wait = max(wait, e.RetryAfter)
	}
	u.notUntil = now.Add(time.Duration(float64(wait) * (1 + rand.Float64()/5)))
}

// postpone ends a read that was not made: upstream asks to be left alone.
func (t *topic) postpone(since, until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn.reading = false
	if !since.IsZero() {
		t.turn.checkFrom(since)
	}
	t.turn.notUntil = until.Add(time.Duration(rand.Int64N(int64(eagerPause))))
}
