package live

import (
	"context"
	"fmt"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// errNobody is for a watch without a caller: nobody could say whose answers it may see.
var errNobody = &teamwork.Error{Kind: teamwork.Unauthenticated, Message: "Nobody was identified who may watch."}

// admit counts a new watch, or refuses it.
func (w *Watcher) admit(ctx context.Context) (*watch, error) {
	one := &watch{of: w, caller: teamwork.CallerFrom(ctx), wake: make(chan struct{}, 1)}
	if one.caller == nil || one.caller.Partition == "" {
		return nil, errNobody
	}
	if one.expired(time.Now()) {
		return nil, errExpired
	}
	if w.opts.Caller != nil {
		one.name = w.opts.Caller(ctx)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed:
		return nil, errClosing
	case len(w.watches) >= w.opts.Max:
		return nil, tooMany("This server has %d subscriptions already (WATCH_MAX).", w.opts.Max)
	case one.name != "" && w.callers[one.name] >= w.opts.PerCaller:
		return nil, tooMany("You have %d subscriptions already (WATCH_PER_CALLER).", w.opts.PerCaller)
	}
	w.watches[one] = struct{}{}
	if one.name != "" {
		w.callers[one.name]++
	}
	return one, nil
}

func tooMany(format string, limit int) error {
	return &teamwork.Error{Kind: teamwork.TooMany, Message: fmt.Sprintf(format, limit)}
}

// forget counts a watch no more.
func (w *Watcher) forget(one *watch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.watches, one)
	if one.name == "" {
		return
	}
	if w.callers[one.name]--; w.callers[one.name] <= 0 {
		delete(w.callers, one.name)
	}
}

// join returns the topics of devices, of which the watch holds a part until it is closed.
// Who is the first of one here tells the other replicas before anything is read: what they
// see from then on they tell.
func (w *Watcher) join(one *watch, deviceIDs ...string) []*topic {
	topics := make([]*topic, len(deviceIDs))
	var begun []*topic
	w.mu.Lock()
	for i, id := range deviceIDs {
		t, first := w.heldLocked(topicKey{one.caller.Partition, id})
		if topics[i] = t; first {
			begun = append(begun, t)
		}
	}
	w.watched.Store(int64(len(w.topics)))
	w.mu.Unlock()
	one.mu.Lock()
	one.topics = append(one.topics, topics...)
	one.mu.Unlock()
	if len(begun) == 0 {
		return topics
	}
	w.sayWants(w.ctx, begun)
	now := time.Now()
	for _, t := range begun {
		if ops := w.lately.of(t.key, now); len(ops) > 0 {
			t.take(createdNow(ops), now)
		}
	}
	return topics
}

// heldLocked returns a topic with one user more, and whether that is the first. The lock
// must be held.
func (w *Watcher) heldLocked(key topicKey) (t *topic, first bool) {
	t = w.topics[key]
	if first = t == nil; first {
		t = newTopic(key)
		w.topics[key] = t
	}
	t.users++
	return t, first
}

// leave gives a part of a topic back. What nobody holds is gone.
func (w *Watcher) leave(t *topic) {
	w.mu.Lock()
	t.users--
	gone := t.users == 0
	if gone {
		delete(w.topics, t.key)
		w.watched.Store(int64(len(w.topics)))
	}
	w.mu.Unlock()
	if !gone {
		return
	}
	t.mu.Lock()
	t.gone = true
	if t.turn.mine {
		w.moved("released")
	}
	w.free(t.turn.lease)
	t.turn = turn{}
	t.mu.Unlock()
	w.poke()
}

// topic returns what is watched here of a key, nil if it is not.
func (w *Watcher) topic(key topicKey) *topic {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.topics[key]
}

// all returns the topics of now.
func (w *Watcher) all() []*topic {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]*topic, 0, len(w.topics))
	for _, t := range w.topics {
		all = append(all, t)
	}
	return all
}
