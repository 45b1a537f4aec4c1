package msgraph

import (
	"container/list"
	"context"
	"errors"
	"sync"
)

// errHalted says that upstream asked to wait while a request waited already.
var errHalted = errors.New("upstream asks to wait")

// slots are how many requests are under way at a time. Who came first is next. The zero
// value is ready.
type slots struct {
	mu    sync.Mutex
	taken int
	line  list.List // of chan struct{}, closed when it is one's turn
}

// take waits for one of so many slots, until ctx ends or halt is closed.
func (s *slots) take(ctx context.Context, of int, halt <-chan struct{}) error {
	s.mu.Lock()
	if s.taken < of && s.line.Len() == 0 {
		s.taken++
		s.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	place := s.line.PushBack(turn)
	s.letIn(of)
	s.mu.Unlock()
	var err error
	select {
	case <-turn:
		return nil
	case <-halt:
		err = errHalted
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.mu.Lock()
	select {
	case <-turn: // just now
		s.mu.Unlock()
		s.free(of)
	default:
		s.line.Remove(place)
		s.mu.Unlock()
	}
	return err
}

// free gives a slot back.
func (s *slots) free(of int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	s.letIn(of)
}

// letIn lets in who waits, while fewer than so many slots are taken. As long as somebody
// waits one is taken, so that the next one to be freed lets in more.
func (s *slots) letIn(of int) {
	for s.taken < of && s.line.Len() > 0 {
		s.taken++
		close(s.line.Remove(s.line.Front()).(chan struct{}))
	}
}

// takeSlot waits for the account to have fewer requests under way.
func (g *gate) takeSlot(ctx context.Context, a *account, halt <-chan struct{}) error {
	switch err := a.slots.take(ctx, a.width(g.concurrency), halt); {
	case err == nil:
		return nil
	case errors.Is(err, errHalted):
		return g.halted(a)
	}
	return g.outOfTime(ctx)
}
