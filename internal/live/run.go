package live

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const (
	// sweepEvery is how often is looked for watches whose time is over.
	sweepEvery = time.Second
	// turnsApart keeps a storm of news from being one of looks at all topics.
	turnsApart = 20 * time.Millisecond
	// together is how much earlier than it is due a topic is read if others are.
	together = 500 * time.Millisecond
	// atOnce bounds the topics that are read together.
	atOnce = 60
	// reviewsAtOnce is how many idle topics are looked at again in each sweep.
	reviewsAtOnce = 20
)

// run sees to all topics, until the Watcher is closed. One goroutine does: a watch costs
// memory and nothing else.
func (w *Watcher) run() {
	timer := time.NewTimer(sweepEvery)
	defer timer.Stop()
	var swept time.Time
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-timer.C:
		case <-w.wake:
		}
		now := time.Now()
		sweeps := now.Sub(swept) >= sweepEvery
		if sweeps {
			swept = now
			w.sweep(now)
		}
		next := w.look(now, sweeps)
		select {
		case <-w.ctx.Done():
			return
		case <-time.After(turnsApart):
		}
		timer.Reset(max(next-turnsApart, time.Millisecond))
	}
}

// sweep ends the watches whose time is over.
func (w *Watcher) sweep(now time.Time) {
	for _, one := range w.listening() {
		one.check(now)
	}
}

// listening returns all watches.
func (w *Watcher) listening() []*watch {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.watches))
}

// look sees to all topics once, and returns after how long it is to be done again.
func (w *Watcher) look(now time.Time, sweeps bool) (next time.Duration) {
	topics := w.all()
	if w.interest.due(now) {
		w.sayWants(w.ctx, topics)
	}
	w.hold(topics, now)
	now = time.Now()
	w.readDue(topics, now, sweeps)
	w.tellAll(topics, now)
	if len(topics) == 0 {
		return sayEvery
	}
	next = sweepEvery
	for _, t := range topics {
		t.mu.Lock()
		if at, _, ok := t.due(&w.opts, now); ok {
			next = min(next, at.Sub(now))
		}
		if t.polled(&w.opts, now) {
			next = min(next, t.turn.leaseDue.Sub(now))
		}
		t.mu.Unlock()
	}
	return max(next, turnsApart)
}

// readDue reads the topics that are due, and with them those which soon will be.
func (w *Watcher) readDue(topics []*topic, now time.Time, sweeps bool) {
	var due []reading
	any, reviews := false, 0
	for _, t := range topics {
		t.mu.Lock()
		at, since, ok := t.due(&w.opts, now)
		switch {
		case ok && at.Sub(now) <= together:
			any = any || !at.After(now)
			due = append(due, reading{t: t, since: since})
		case sweeps && t.turn.review && !t.turn.reading && !w.opts.Off && reviews < reviewsAtOnce:
			any = true
			reviews++
			due = append(due, reading{t: t})
		}
		t.mu.Unlock()
	}
	if !any {
		return
	}
	for i := range due {
		due[i].caller = due[i].t.caller(now)
	}
	due = slices.DeleteFunc(due, func(r reading) bool { return r.caller == nil })
	slices.SortFunc(due, func(a, b reading) int {
		return cmp.Or(cmp.Compare(a.t.key.partition, b.t.key.partition), cmp.Compare(a.caller.Token, b.caller.Token))
	})
	for len(due) > 0 {
		n := 1
		for n < len(due) && n < atOnce && due[n].with(due[0]) {
			n++
		}
		w.begin(due[:n:n])
		due = due[n:]
	}
}

// reading is a topic that is to be read, with whose token, and how new the answer must be;
// zero for what is remembered.
type reading struct {
	t      *topic
	since  time.Time
	caller *teamwork.Caller
}

// with reports whether two can be read together.
func (r reading) with(o reading) bool {
	return r.t.key.partition == o.t.key.partition && r.caller.Token == o.caller.Token
}

// begin reads some topics together.
func (w *Watcher) begin(some []reading) {
	for _, r := range some {
		r.t.begun()
	}
	w.running.Go(func() { w.read(some) })
}

// tellAll tells the other replicas of what they could not be told before, or want to know.
func (w *Watcher) tellAll(topics []*topic, now time.Time) {
	for _, t := range topics {
		t.mu.Lock()
		if t.untold.Swap(false) || t.tell {
			t.tell = false
			if w.interest.has(t.hash) {
				w.outbox.add(parcel{message: t.whole(now), t: t})
			}
		}
		t.mu.Unlock()
	}
}

// whole returns all that another replica may not know. The lock must be held.
func (t *topic) whole(now time.Time) message {
	var known []*seen
	for _, s := range t.ops {
		if s.op != nil && (s.moving() || now.Sub(s.finalAt) < longFinal) {
			known = append(known, s)
		}
	}
	slices.SortFunc(known, func(a, b *seen) int { return cmp.Compare(b.place, a.place) })
	ops := make([]*teamwork.DeviceOperation, len(known))
	for i, s := range known {
		ops[i] = s.op
	}
	m := about(t.key, ops, nil)
	m.Under, m.Whole = t.under(), true
	return m
}

// under returns the ids of what is under way. The lock must be held.
func (t *topic) under() (ids []string) {
	for id, s := range t.ops {
		if s.moving() {
			ids = append(ids, id)
		}
	}
	return ids
}
