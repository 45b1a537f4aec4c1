package live

import (
	"sync"
	"time"
)

// lost knows since when the other replicas can't be heard. The zero value is ready.
type lost struct {
	mu    sync.Mutex
	since time.Time // zero while they are heard
}

// heard notes whether the others are heard. What they said meanwhile may have been about
// anything: where something is under way it is read again, and elsewhere looked up where it
// is remembered, without hurry. They are asked what they watch, and told the same.
func (w *Watcher) heard(up bool) {
	now := time.Now()
	w.lost.mu.Lock()
	since := w.lost.since
	switch {
	case up:
		w.lost.since = time.Time{}
	case since.IsZero():
		w.lost.since = now
	}
	w.lost.mu.Unlock()
	if !up {
		return
	}
	if !since.IsZero() {
		for _, t := range w.all() {
			t.mu.Lock()
			if t.hurried(now) {
				t.turn.checkFrom(since.Add(-settling))
			} else {
				t.turn.review = true
			}
			t.mu.Unlock()
		}
	}
	w.interest.askAgain()
	w.outbox.add(parcel{message: message{Hello: true}})
	w.poke()
}
