package live

import (
	"context"
	"sync"
	"time"
)

// outbox is what the other replicas are still to be told: whoever sees something must
// not wait for Redis. One goroutine sends, so that it arrives in order.
type outbox struct {
	wake chan struct{} // holds at most one

	mu      sync.Mutex
	waiting []parcel
}

// parcel is a message on its way.
type parcel struct {
	message
	// t, if any, knows what the message says, and tells it again when it was lost.
	t *topic
	// until is how long it is tried again otherwise; zero for once.
	until time.Time
}

const (
	// maxParcels bounds them: beyond, topics tell of themselves once there is room.
	maxParcels = 4096
	// sendAgain is how long after it failed a message is sent again, and keepSending for
	// how long: a create must not be lost with a restart of Redis.
	sendAgain, keepSending = 500 * time.Millisecond, 2 * time.Minute
)

// add lays messages into the outbox.
func (o *outbox) add(parcels ...parcel) {
	o.mu.Lock()
	for _, p := range parcels {
		if len(o.waiting) >= maxParcels {
			p.lost()
			continue
		}
		o.waiting = append(o.waiting, p)
	}
	o.mu.Unlock()
	poke(o.wake)
}

// take returns all that waits.
func (o *outbox) take() []parcel {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := o.waiting
	o.waiting = nil
	return all
}

// lost notes that a message was not sent. Whoever adds it may hold the lock of its topic.
func (p *parcel) lost() {
	if p.t != nil {
		p.t.untold.Store(true)
	}
}

// publish sends what is laid into the outbox, until the Watcher is closed.
func (w *Watcher) publish() {
	var again []parcel
	timer := time.NewTimer(sendAgain)
	defer timer.Stop()
	for {
		select {
		case <-w.ctx.Done():
			w.outbox.add(again...)
			return
		case <-timer.C:
		case <-w.outbox.wake:
		}
		all := append(again, w.outbox.take()...)
		again = nil
		for _, p := range all {
			if w.send(w.ctx, p.message) == nil {
				continue
			}
			if p.lost(); time.Now().Before(p.until) {
				again = append(again, p)
			}
		}
		if len(again) > 0 {
			timer.Reset(sendAgain)
		}
	}
}

// flush sends what must not be lost, once.
func (w *Watcher) flush(ctx context.Context) {
	for _, p := range w.outbox.take() {
		if !p.until.IsZero() && w.send(ctx, p.message) != nil {
			return
		}
	}
}
