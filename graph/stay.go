package graph

import (
	"context"
	"net/http"
	"sync"
)

// staying holds the connections that stay open: sockets and event streams.
type staying struct {
	mu       sync.Mutex
	draining bool
	all      map[stayer]struct{}
	gone     sync.WaitGroup
	observe  func(transport string, change int)
}

// stayer is a connection that stays open until one of both sides ends it.
type stayer interface {
	// leave asks it to end soon, and does not wait.
	leave()
	// cut ends it at once.
	cut()
	// transport names its kind, for the observer.
	transport() string
}

// add reports whether a connection may stay; it must be removed if so.
func (s *staying) add(one stayer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return false
	}
	if s.all == nil {
		s.all = map[stayer]struct{}{}
	}
	s.all[one] = struct{}{}
	s.gone.Add(1)
	s.observe(one.transport(), 1)
	return true
}

func (s *staying) remove(one stayer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, one)
	s.observe(one.transport(), -1)
	s.gone.Done()
}

// drain lets no connection begin any more, and returns those that are there.
func (s *staying) drain() []stayer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = true
	there := make([]stayer, 0, len(s.all))
	for one := range s.all {
		there = append(there, one)
	}
	return there
}

// Drain ends all subscriptions so that their clients look for another server, lets
// queries and mutations on sockets finish, and returns when all connections have ended.
// Those that have not when ctx is over are cut. http.Server.Shutdown knows nothing of
// sockets.
func (h *Handler) Drain(ctx context.Context) {
	there := h.staying.drain()
	for _, one := range there {
		one.leave()
	}
	stop := context.AfterFunc(ctx, func() {
		for _, one := range there {
			one.cut()
		}
	})
	defer stop()
	h.staying.gone.Wait()
}

// tooLate is the answer to whoever comes while the server drains.
var tooLate = &problem{status: http.StatusServiceUnavailable, code: "DRAINING", message: "this server is about to stop: ask again, and reach another"}
