package teamwork

import "context"

// Watcher tells how device operations move, for as long as somebody listens.
type Watcher interface {
	// WatchOperation tells of one operation: its state now, each change, and its end,
	// after which Next returns io.EOF. An operation that is not there is an Error of
	// kind NotFound.
	WatchOperation(ctx context.Context, key DeviceOperationKey) (Watch, error)
	// WatchOperations tells of all operations on some devices, which filter lets
	// through: those under way and the newest of each device now, then what is created
	// and what changes. It does not end by itself.
	WatchOperations(ctx context.Context, deviceIDs []string, filter *DeviceOperationFilter) (Watch, error)
}

// Watch is one listener's. It must be closed; its methods may be called by one
// goroutine at a time, but for Close.
type Watch interface {
	// Next waits for the next event. What a slow listener has not taken yet is replaced
	// by the newest state of the same operation; a final state is never dropped. It
	// returns io.EOF after the last event of one operation, ctx's error, or the Error that
	// ended the watch.
	Next(ctx context.Context) (*DeviceOperationEvent, error)
	// Close lets go; a Next under way returns.
	Close()
}

// DeviceOperationEvent is one observed state of an operation.
type DeviceOperationEvent struct {
	Kind            DeviceOperationEventKind
	DeviceOperation *DeviceOperation
	// PreviousStatus is nil for what was not seen before.
	PreviousStatus *DeviceOperationStatus
	ObservedAt     DateTime
}

// DeviceOperationEventKind says what an event is about.
type DeviceOperationEventKind string

// The kinds of events.
const (
	EventSnapshot DeviceOperationEventKind = "snapshot"
	EventCreated  DeviceOperationEventKind = "created"
	EventChanged  DeviceOperationEventKind = "changed"
	EventFinal    DeviceOperationEventKind = "final"
)
