package live

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// justSeen is how old what is known of a topic may be to be a snapshot without another
// look: those who come at once cost one read.
const justSeen = 2 * time.Second

// WatchOperation tells of one operation.
func (w *Watcher) WatchOperation(ctx context.Context, key teamwork.DeviceOperationKey) (_ teamwork.Watch, err error) {
	defer teamwork.Wrap(&err, "watching operation %s of %s", key.OperationID, key.DeviceID)
	one, err := w.admit(ctx)
	if err != nil {
		return nil, err
	}
	one.only = key.OperationID
	t := w.join(one, key.DeviceID)[0]
	ctx, cancel := w.reader(ctx, one.caller)
	defer cancel()
	op, err := w.find(ctx, t, key.OperationID)
	if err != nil {
		one.Close()
		return nil, err
	}
	t.attach(one, op, time.Now())
	w.poke()
	return one, nil
}

// find returns an operation as it is known, or else reads the first page, for all who
// watch the device, and what is not on that by itself.
func (w *Watcher) find(ctx context.Context, t *topic, id string) (*teamwork.DeviceOperation, error) {
	if op := t.lately(id, time.Now()); op != nil {
		return op, nil
	}
	failed := w.glance(ctx, t)
	if op := t.state(id); op != nil {
		return op, nil
	}
	op, err := w.operation(ctx, t, id, time.Time{})
	if err != nil && failed != nil && teamwork.KindOf(err) != teamwork.NotFound {
		err = failed
	}
	return op, err
}

// WatchOperations tells of all operations on some devices.
func (w *Watcher) WatchOperations(ctx context.Context, deviceIDs []string, filter *teamwork.DeviceOperationFilter) (_ teamwork.Watch, err error) {
	defer teamwork.Wrap(&err, "watching the operations of %d devices", len(deviceIDs))
	one, err := w.admit(ctx)
	if err != nil {
		return nil, err
	}
	one.filter = filter
	topics := w.join(one, deviceIDs...)
	if err := w.readAll(ctx, one.caller, topics); err != nil {
		one.Close()
		return nil, err
	}
	now := time.Now()
	for _, t := range topics {
		t.attach(one, nil, now)
	}
	w.poke()
	return one, nil
}

// readAll reads the first pages of topics that are not known, or of which nobody knows
// whether that is still so. What can't be read now is read later, if there is anything to
// show at all.
func (w *Watcher) readAll(ctx context.Context, caller *teamwork.Caller, topics []*topic) error {
	now := time.Now()
	unseen := slices.DeleteFunc(slices.Clone(topics), func(t *topic) bool { return t.seen(now) })
	if len(unseen) == 0 {
		return nil
	}
	ctx, cancel := w.reader(ctx, caller)
	defer cancel()
	errs := make([]error, len(unseen))
	teamwork.Together(ctx, len(unseen), func(i int) { errs[i] = w.glance(ctx, unseen[i]) })
	failed := 0
	var last error
	for i, err := range errs {
		switch kind := teamwork.KindOf(err); {
		case err == nil:
			continue
		case kind == teamwork.NotFound:
			at := slices.Index(topics, unseen[i])
			return &teamwork.Error{Kind: kind, Path: []string{"deviceIds", strconv.Itoa(at)}, Message: fmt.Sprintf("There is no device %q.", unseen[i].key.device), Err: err}
		case kind != teamwork.Throttled && kind != teamwork.Unavailable && kind != teamwork.BadResponse:
			return err
		}
		failed++
		last = err
	}
	if failed == len(topics) || failed > 0 && w.opts.Off {
		return last
	}
	return nil
}

// seen reports whether what is known of the topic is of now.
func (t *topic) seen(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.known && now.Sub(t.seenAt) < justSeen
}

// state returns an operation as it is known, nil if it is not.
func (t *topic) state(id string) *teamwork.DeviceOperation {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.ops[id]; s != nil {
		return s.op
	}
	return nil
}

// lately is state for what needs no other look: it was just seen, or can't change.
func (t *topic) lately(id string, now time.Time) *teamwork.DeviceOperation {
	if op := t.state(id); op != nil && (op.IsFinal() || t.seen(now)) {
		return op
	}
	return nil
}
