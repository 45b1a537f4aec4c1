package live

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// watch is one listener. It has no goroutine and no timer: whoever calls Next waits, and
// the scheduler looks once a second for those whose time is over.
type watch struct {
	of     *Watcher
	caller *teamwork.Caller
	name   string // by which its caller is counted, "" for not at all
	only   string // the one operation that it is about, "" for all
	filter *teamwork.DeviceOperationFilter

	wake   chan struct{} // holds at most one
	called atomic.Bool   // by the crier's waiting

	mu      sync.Mutex
	topics  []*topic
	pending []entry
	since   time.Time // when it last took something, or had nothing to take
	err     error     // how it ended
	closed  bool
}

var _ teamwork.Watch = (*watch)(nil)

const (
	// patience is how long a listener may leave alone what is there.
	patience = 30 * time.Second
	// maxPending bounds what one may have before it, far above what any page shows.
	maxPending = 4096
)

// How a watch ends that is not over.
var (
	errExpired = &teamwork.Error{Kind: teamwork.Unauthenticated, Message: "The token has expired: subscribe again with a new one."}
	errSlow    = &teamwork.Error{Kind: teamwork.Unavailable, Message: "Nothing was read for 30 seconds: subscribe again for what is now."}
	errFull    = &teamwork.Error{Kind: teamwork.Unavailable, Message: "Too many events were not read: subscribe again for what is now."}
)

// Next waits for the next event.
func (w *watch) Next(ctx context.Context) (*teamwork.DeviceOperationEvent, error) {
	for {
		if event, err := w.take(); event != nil || err != nil {
			return event, err
		}
		select {
		case <-w.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// take returns what is there, nil and nil for nothing yet.
func (w *watch) take() (*teamwork.DeviceOperationEvent, error) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil && w.expired(now) {
		w.stop(errExpired, false)
	}
	if len(w.pending) == 0 {
		return nil, w.err
	}
	next := w.pending[0]
	if rest := w.pending[1:]; len(rest) > 0 {
		w.pending = rest
	} else {
		w.pending = nil
	}
	w.since = now
	if f := w.of.opts.Observe.Delivered; f != nil {
		f(now.Sub(next.at))
	}
	return next.DeviceOperationEvent, nil
}

// put lays an event before the listener, who is to be woken then.
func (w *watch) put(e entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return
	}
	if len(w.pending) == 0 {
		w.since = e.at
	}
	var replaced bool
	w.pending, replaced = merge(w.pending, e)
	w.of.count(e.Kind, replaced)
	switch {
	case w.only != "" && e.DeviceOperation.IsFinal():
		w.stop(io.EOF, true)
	case len(w.pending) > maxPending:
		w.stop(errFull, false)
	}
}

// finish ends the watch with err, unless it has ended already.
func (w *watch) finish(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.stop(err, false)
		w.poke()
	}
}

// stop ends it, with or without what is pending. Whoever calls it wakes the listener. The
// lock must be held.
func (w *watch) stop(err error, drains bool) {
	w.err = err
	if !drains {
		w.pending = nil
	}
}

// check ends the watch whose token or whose patience is over.
func (w *watch) check(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.err == nil && w.expired(now):
		w.stop(errExpired, false)
	case len(w.pending) > 0 && now.Sub(w.since) >= patience:
		w.stop(errSlow, false)
	default:
		return
	}
	w.poke()
}

func (w *watch) expired(now time.Time) bool {
	end := w.caller.Expires
	return !end.IsZero() && !now.Before(end)
}

func (w *watch) poke() { poke(w.wake) }

func (w *watch) isClosed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}

// Close lets go; a Next under way returns io.EOF.
func (w *watch) Close() {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	w.closed = true
	if w.err == nil {
		w.stop(io.EOF, false)
	}
	w.poke()
	topics := w.topics
	w.topics = nil
	w.mu.Unlock()
	for _, t := range topics {
		t.detach(w)
		w.of.leave(t)
	}
	w.of.forget(w)
}
