package live

import (
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// entry is an event that was not taken yet.
type entry struct {
	kind     teamwork.DeviceOperationEventKind
	op       *teamwork.DeviceOperation
	previous *teamwork.DeviceOperationStatus
	at       time.Time // when it came to this process
}

// merge adds an event. Unread, an operation has one, with its newest state and what the
// listener saw before; only a snapshot is not skipped by the end, since it is how each
// watch begins.
func merge(pending []entry, e entry) (all []entry, replaced bool) {
	for i := range pending {
		p := &pending[i]
		if p.op.OperationID != e.op.OperationID || p.op.DeviceID != e.op.DeviceID {
			continue
		}
		if p.kind == teamwork.EventSnapshot && e.kind == teamwork.EventFinal {
			break
		}
		if e.kind == teamwork.EventFinal {
			p.kind = e.kind
		}
		p.op, p.at = e.op, e.at
		return pending, true
	}
	return append(pending, e), false
}

func (e *entry) event() *teamwork.DeviceOperationEvent {
	observed := e.op.Meta.FetchedAt
	if !observed.Known() {
		observed = teamwork.At(e.at)
	}
	return &teamwork.DeviceOperationEvent{Kind: e.kind, DeviceOperation: e.op, PreviousStatus: e.previous, ObservedAt: observed}
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
