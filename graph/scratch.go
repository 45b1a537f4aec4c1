package graph

import (
	"context"
	"sync"
)

// scratch has the buffers of one answer. They go back to where they came from once it
// was written; an answer without one has buffers of its own.
type scratch struct {
	mu   sync.Mutex
	used []*[]byte
}

type scratchKey struct{}

var scraps = sync.Pool{New: func() any { return new([]byte) }}

func withScratch(ctx context.Context, s *scratch) context.Context {
	return context.WithValue(ctx, scratchKey{}, s)
}

func scratchOf(ctx context.Context) *scratch {
	s, _ := ctx.Value(scratchKey{}).(*scratch)
	return s
}

// take returns an empty buffer, which stays the answer's as it grows.
func (s *scratch) take() *[]byte {
	if s == nil {
		return new([]byte)
	}
	buf := scraps.Get().(*[]byte)
	*buf = (*buf)[:0]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = append(s.used, buf)
	return buf
}

// release gives the buffers back. What is in them must not be used any more.
func (s *scratch) release() {
	for _, buf := range s.used {
		if cap(*buf) <= maxPooled {
			scraps.Put(buf)
		}
	}
	s.used = nil
}
