package live

import (
	"context"
	"errors"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// Observe takes in operations that somebody read from upstream, or that another replica
// did: newest first, of the device's first page or not. The context's Caller says of which
// partition. It waits for nothing.
func (w *Watcher) Observe(ctx context.Context, deviceID string, ops []*teamwork.DeviceOperation, firstPage bool) {
	if w.watched.Load() == 0 && !w.interest.any() {
		return
	}
	caller := teamwork.CallerFrom(ctx)
	if caller == nil || caller.Partition == "" {
		return
	}
	key := topicKey{caller.Partition, deviceID}
	if t := w.topic(key); t != nil {
		w.see(t, sighting{ops: ops, firstPage: firstPage})
		return
	}
	if w.interest.has(hashOf(key)) { // what is news there is not known here
		m := about(key, ops, nil)
		m.FirstPage = firstPage
		w.outbox.add(parcel{message: m})
	}
}

// see takes a sighting in, and tells the other replicas what was news.
func (w *Watcher) see(t *topic, s sighting) {
	news, created := t.take(s, time.Now())
	if len(news) == 0 {
		return
	}
	if w.interest.has(t.hash) {
		w.outbox.add(parcel{message: about(t.key, news, created), t: t})
	}
	w.poke()
}

// CreateOperation lets the write through, and tells all who watch the device.
func (w *Watcher) CreateOperation(ctx context.Context, req teamwork.CreateOperation) (*teamwork.DeviceOperation, error) {
	if req.IdempotencyKey != nil { // whether it is an answer of before is only said of many
		result := w.CreateOperations(ctx, []teamwork.CreateOperation{req})[0]
		return result.Operation, result.Err
	}
	op, err := w.Service.CreateOperation(ctx, req)
	w.created(ctx, req, teamwork.CreateResult{Operation: op, Err: err})
	return op, err
}

// CreateOperations lets the writes through, and tells all who watch the devices.
func (w *Watcher) CreateOperations(ctx context.Context, reqs []teamwork.CreateOperation) []teamwork.CreateResult {
	results := w.Service.CreateOperations(ctx, reqs)
	for i, result := range results {
		if i < len(reqs) {
			w.created(ctx, reqs[i], result)
		}
	}
	return results
}

// created tells what came of a create: here at once, and elsewhere whether or not anybody
// is known to watch, since a create that nobody hears of may not be seen for long. Where
// nobody knows what came of it, it is looked for.
func (w *Watcher) created(ctx context.Context, req teamwork.CreateOperation, result teamwork.CreateResult) {
	caller := teamwork.CallerFrom(ctx)
	if caller == nil || caller.Partition == "" {
		return
	}
	now := time.Now()
	key := topicKey{caller.Partition, req.DeviceID}
	p := parcel{message: message{Partition: key.partition, Device: key.device, Nudge: true}, until: now.Add(keepSending)}
	s := sighting{}
	switch op := result.Operation; {
	case op != nil && result.Replayed && now.Sub(result.SentAt) > lateFor:
		return
	case op != nil:
		s = createdNow([]*teamwork.DeviceOperation{placed(op, req.DeviceID)})
		if result.Replayed {
			s.created = nil
		} else {
			w.lately.add(key, s.ops[0], now)
		}
		p.message = about(key, s.ops, s.created)
	case !mayBeDone(result.Err):
		return
	}
	if t := w.topic(key); t != nil {
		if t.take(s, now); p.Nudge {
			t.nudge(now)
		}
		w.poke()
	}
	w.outbox.add(p)
}

// createdNow is the sighting of operations that were just created.
func createdNow(ops []*teamwork.DeviceOperation) sighting {
	s := sighting{ops: ops, created: map[string]bool{}}
	for _, op := range ops {
		s.created[op.OperationID] = true
	}
	return s
}

// placed returns op with its device.
func placed(op *teamwork.DeviceOperation, deviceID string) *teamwork.DeviceOperation {
	if op.DeviceID != "" {
		return op
	}
	c := *op
	c.DeviceID = deviceID
	return &c
}

// mayBeDone reports whether a create that ended so may have been done all the same.
func mayBeDone(err error) bool {
	var e *teamwork.Error
	if !errors.As(err, &e) {
		return err != nil
	}
	switch e.Kind {
	case teamwork.OutcomeUnknown, teamwork.BadResponse, teamwork.Throttled, teamwork.Unavailable, teamwork.Internal:
		return !e.Unsent
	}
	return false
}
