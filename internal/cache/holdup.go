package cache

import (
	"context"
	"sync"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// holdup is what a flight says while upstream makes it wait: a reader who has less time
// than that had better know now. Deadlines are of the process' clock, and so is it.
type holdup struct {
	readers int           // under the lock of all
	told    chan struct{} // closed when it is set for the first time

	mu    sync.Mutex
	err   teamwork.Error
	until time.Time // when the flight goes on
}

// holdups are those of the flights that somebody waits for, by name. The zero value is
// ready.
type holdups struct {
	mu  sync.Mutex
	all map[string]*holdup
}

// enter returns the holdup that all readers of a flight have together, until each has left.
func (h *holdups) enter(name string) *holdup {
	h.mu.Lock()
	defer h.mu.Unlock()
	one := h.all[name]
	if one == nil {
		one = &holdup{told: make(chan struct{})}
		if h.all == nil {
			h.all = map[string]*holdup{}
		}
		h.all[name] = one
	}
	one.readers++
	return one
}

func (h *holdups) leave(name string, one *holdup) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if one.readers--; one.readers == 0 {
		delete(h.all, name)
	}
}

// note says that the flight waits for as long as the error says.
func (h *holdup) note(err *teamwork.Error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.until.IsZero() {
		close(h.told)
	}
	h.err, h.until = *err, time.Now().Add(err.RetryAfter)
}

// beyond returns what a reader hears whose own end comes before the flight goes on, nil
// for any other.
func (h *holdup) beyond(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	deadline, ends := ctx.Deadline()
	left := time.Until(h.until)
	if !ends || left <= 0 || h.until.Before(deadline) {
		return nil
	}
	err := h.err
	err.RetryAfter = left
	return &err
}
