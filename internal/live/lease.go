package live

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const (
	// leaseTime is how long a lease outlives whoever holds it, and extendEvery and
	// tryEvery how often it is extended, or tried for. So another replica polls within
	// five seconds of the holder's death.
	leaseTime   = 3 * time.Second
	extendEvery = time.Second
	tryEvery    = 1250 * time.Millisecond
	// leasesAtOnce leaves connections to the store for readers.
	leasesAtOnce = 16
)

// leaseKey names the right to poll a topic.
// It is named by a hash that no crafted id can make another's.
func (t *topic) leaseKey() string {
	sum := sha256.Sum256([]byte(strconv.Itoa(len(t.key.partition)) + ":" + t.key.partition + t.key.device))
	return version + "live:" + base64.RawURLEncoding.EncodeToString(sum[:16])
}

// hold sees to it that of each topic that is to be polled one replica has the lease, and
// that none is kept of one that is not.
func (w *Watcher) hold(topics []*topic, now time.Time) {
	var due []*topic
	polling := 0
	for _, t := range topics {
		t.mu.Lock()
		u := &t.turn
		switch wanted := t.polled(&w.opts, now); {
		case wanted && !now.Before(u.leaseDue):
			due = append(due, t)
		case !wanted && u.mine:
			w.free(u.lease)
			u.lease, u.mine, u.leaseDue = nil, false, time.Time{}
			w.moved("released")
		}
		t.mu.Unlock()
	}
	teamwork.Each(len(due), leasesAtOnce, func(i int) { w.claim(due[i]) })
	for _, t := range topics {
		t.mu.Lock()
		if t.turn.mine {
			polling++
		}
		t.mu.Unlock()
	}
	w.polling.Store(int64(polling))
	w.giveBack(w.ctx)
}

// claim extends the lease of a topic, or tries for it. A store that can't be asked leaves
// each replica to itself.
func (w *Watcher) claim(t *topic) {
	t.mu.Lock()
	lease, was := t.turn.lease, t.turn.mine
	t.mu.Unlock()
	held, alone := false, false
	if lease != nil {
		var err error
		if held, err = lease.Extend(w.ctx, leaseTime); err != nil {
			alone = true
		} else if !held {
			w.moved("lost")
			lease, was = nil, false
		}
	}
	if lease == nil {
		var err error
		lease, err = w.store.Lease(w.ctx, t.leaseKey(), leaseTime)
		held, alone = lease != nil, err != nil
	}
	switch {
	case held && !was:
		w.moved("taken")
	case alone && !was:
		w.moved("alone")
	}
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	u := &t.turn
	if t.gone {
		w.free(lease)
		return
	}
	u.lease, u.mine = lease, held || alone
	u.leaseDue = now.Add(extendEvery)
	if !u.mine {
		u.leaseDue = now.Add(tryEvery - time.Duration(rand.Int64N(int64(tryEvery/5))))
	}
}

// free lays a lease aside, to be given back.
func (w *Watcher) free(lease cluster.Lease) {
	if lease == nil {
		return
	}
	w.freedMu.Lock()
	defer w.freedMu.Unlock()
	w.freed = append(w.freed, lease)
}

// giveBack gives leases back that are not wanted any more.
func (w *Watcher) giveBack(ctx context.Context) {
	w.freedMu.Lock()
	freed := w.freed
	w.freed = nil
	w.freedMu.Unlock()
	teamwork.Each(len(freed), leasesAtOnce, func(i int) { _ = freed[i].Release(ctx) })
}

// moved counts.
func (w *Watcher) moved(how string) {
	if f := w.opts.Observe.Lease; f != nil {
		f(how)
	}
}
