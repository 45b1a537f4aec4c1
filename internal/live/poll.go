package live

import (
	"context"
	"slices"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const (
	// maxMissing bounds the operations that are read one by one, of each topic and at a
	// time, because its first page does not show them.
	maxMissing = 20
	// Upstream may show late what was created. Only later, and not found so often in a row,
	// an operation is gone.
	lateFor   = 30 * time.Second
	goneAfter = 2
)

// read reads the first pages of some topics, and what is under way and not on them.
func (w *Watcher) read(some []reading) {
	defer w.poke()
	ctx, cancel := w.reader(w.ctx, some[0].caller)
	defer cancel()
	if status := w.Service.Status(ctx); status != nil && status.ThrottledUntil.After(time.Now()) {
		for _, r := range some {
			r.t.postpone(r.since, status.ThrottledUntil.Time)
		}
		return
	}
	missing := make([][]string, len(some))
	teamwork.Together(ctx, len(some), func(i int) { missing[i] = w.readPage(ctx, some[i]) })
	var lone []lookup
	for i, r := range some {
		for _, id := range missing[i] {
			lone = append(lone, lookup{r, id})
		}
	}
	if len(lone) > 0 {
		teamwork.Together(ctx, len(lone), func(i int) { w.readOne(ctx, lone[i]) })
	}
}

// reader returns a context whose reads go together, for whoever caller is.
func (w *Watcher) reader(ctx context.Context, caller *teamwork.Caller) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(teamwork.WithTrail(teamwork.WithCaller(ctx, caller), nil), w.opts.Timeout)
	if w.opts.Prepare != nil {
		ctx = w.opts.Prepare(ctx)
	}
	return ctx, cancel
}

// readPage reads a topic's first page, and returns what is under way and not on it.
func (w *Watcher) readPage(ctx context.Context, r reading) (missing []string) {
	page, err := w.page(ctx, r.t, r.since)
	if w.ctx.Err() != nil {
		return nil
	}
	now := time.Now()
	switch kind := teamwork.KindOf(err); {
	case err == nil:
		missing = r.t.missing(page, now)
	case kind == teamwork.NotFound:
		r.t.empty(err, now)
	case r.caller.Token != "" && (kind == teamwork.Unauthenticated || kind == teamwork.Forbidden):
		r.t.refuse(r.caller, err)
	default:
		w.log.Debug("a device that is watched can't be read", "device", r.t.key.device, "err", err)
	}
	r.t.over(&w.opts, r.since, err, now)
	if err != nil || r.since.IsZero() {
		return nil
	}
	w.tellWhatIsUnderWay(r.t)
	return missing
}

// tellWhatIsUnderWay lets the other replicas find out that they missed an end.
func (w *Watcher) tellWhatIsUnderWay(t *topic) {
	if !w.interest.has(t.hash) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.turn.mine {
		w.outbox.add(parcel{message: message{Partition: t.key.partition, Device: t.key.device, Under: t.under(), Whole: true}})
	}
}

// page reads a topic's first page and takes it in.
func (w *Watcher) page(ctx context.Context, t *topic, since time.Time) (page *teamwork.Page[teamwork.DeviceOperation], err error) {
	defer rescue(&err)
	page, err = w.Service.Operations(notBefore(ctx, since), teamwork.OperationsRequest{DeviceID: t.key.device, Top: teamwork.DefaultPage})
	if err != nil {
		return nil, err
	}
	w.see(t, sighting{ops: page.Items, firstPage: true})
	return page, nil
}

// operation reads one operation and takes it in.
func (w *Watcher) operation(ctx context.Context, t *topic, id string, since time.Time) (op *teamwork.DeviceOperation, err error) {
	defer rescue(&err)
	op, err = w.Service.Operation(notBefore(ctx, since), teamwork.DeviceOperationKey{DeviceID: t.key.device, OperationID: id})
	if err != nil {
		return nil, err
	}
	w.see(t, sighting{ops: []*teamwork.DeviceOperation{op}})
	return op, nil
}

func notBefore(ctx context.Context, since time.Time) context.Context {
	if since.IsZero() {
		return ctx
	}
	return teamwork.NotBefore(ctx, since)
}

// rescue makes an error of a panic: who reads together must not panic.
func rescue(err *error) {
	if p := recover(); p != nil {
		*err = teamwork.Panicked(p)
	}
}

// lookup is an operation that is read by itself.
type lookup struct {
	reading
	id string
}

// readOne reads an operation that is under way and not on the first page.
func (w *Watcher) readOne(ctx context.Context, l lookup) {
	_, err := w.operation(ctx, l.t, l.id, l.since)
	if err == nil || teamwork.KindOf(err) == teamwork.NotFound {
		l.t.found(l.id, err, time.Now())
	}
}

// missing returns what is under way and not on a page, the longest unseen first.
func (t *topic) missing(page *teamwork.Page[teamwork.DeviceOperation], now time.Time) (ids []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.underWay == 0 {
		return nil
	}
	shown := make(map[string]bool, len(page.Items))
	for _, op := range page.Items {
		if op != nil {
			shown[op.OperationID] = true
		}
	}
	for id, s := range t.ops {
		if s.moving() && !shown[id] {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int { return t.ops[a].lookedAt.Compare(t.ops[b].lookedAt) })
	ids = ids[:min(len(ids), maxMissing)]
	for _, id := range ids {
		t.ops[id].lookedAt = now
	}
	return ids
}

// found notes whether an operation was found, nil if it was. What is gone is forgotten, and
// who watches it hears that.
func (t *topic) found(id string, err error, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.ops[id]
	if s == nil || !s.moving() {
		return
	}
	if s.absent++; err == nil {
		s.absent = 0
	}
	if s.absent >= goneAfter && now.Sub(s.firstAt) > lateFor {
		t.drop(id, err)
	}
}

// empty notes that there is no such device, or no more.
func (t *topic) empty(err error, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known, t.waiting = true, nil
	for id, s := range t.ops {
		if s.moving() && now.Sub(s.firstAt) > lateFor {
			t.drop(id, err)
		}
	}
}

// drop forgets what is gone. The lock must be held.
func (t *topic) drop(id string, err error) {
	t.newest = later(t.newest, t.ops[id].created) // it is not to be new again
	delete(t.ops, id)
	t.underWay--
	for w := range t.watches {
		if w.only == id {
			w.finish(err)
		}
	}
}
