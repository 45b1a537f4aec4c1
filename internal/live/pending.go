package live

import (
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// entry is an event that was not taken yet. Those who are laid the same one before share
// it, and with it what it costs to write it: it is never changed.
type entry struct {
	*teamwork.DeviceOperationEvent
	at time.Time // when it came to this process
}

func newEntry(kind teamwork.DeviceOperationEventKind, op *teamwork.DeviceOperation, previous *teamwork.DeviceOperationStatus, at time.Time) entry {
	observed := op.Meta.FetchedAt
	if !observed.Known() {
		observed = teamwork.At(at)
	}
	return entry{&teamwork.DeviceOperationEvent{Kind: kind, DeviceOperation: op, PreviousStatus: previous, ObservedAt: observed}, at}
}

// merge adds an event. Unread, an operation has one, with its newest state and what the
// listener saw before; only a snapshot is not skipped by the end, since it is how each
// watch begins.
func merge(pending []entry, e entry) (all []entry, replaced bool) {
	for i := range pending {
		p := &pending[i]
		if p.DeviceOperation.Key() != e.DeviceOperation.Key() {
			continue
		}
		kind := p.Kind
		if kind == teamwork.EventSnapshot && e.Kind == teamwork.EventFinal {
			break
		}
		if e.Kind == teamwork.EventFinal {
			kind = e.Kind
		}
		*p = newEntry(kind, e.DeviceOperation, p.PreviousStatus, e.at)
		return pending, true
	}
	return append(pending, e), false
}

// count tells of an event that was put.
func (w *Watcher) count(kind teamwork.DeviceOperationEventKind, replaced bool) {
	if f := w.opts.Observe.Event; f != nil {
		f(kind)
	}
	if f := w.opts.Observe.Replaced; f != nil && replaced {
		f()
	}
}
