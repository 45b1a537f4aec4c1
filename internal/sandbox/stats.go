package sandbox

import (
	"maps"
	"sync"
	"sync/atomic"
)

// stats count what came in, so that a test or a load run can say what a caller cost.
type stats struct {
	requests, members, creates atomic.Int64

	mu      sync.Mutex
	byRoute map[string]int64
}

type statsReport struct {
	Requests int64            `json:"requests"`
	Inner    int64            `json:"inner"`
	Creates  int64            `json:"creates"`
	ByRoute  map[string]int64 `json:"byRoute"`
}

// outer counts what came over the wire, whatever becomes of it: on its own it is also one inner request. A batch counts
// under its own route, and its members follow once they have been read.
func (s *stats) outer(c *call) {
	s.requests.Add(1)
	if c.pattern != batchPattern {
		s.members.Add(1)
	}
	s.route(c)
}

func (s *stats) inner(c *call) {
	s.members.Add(1)
	s.route(c)
}

func (s *stats) route(c *call) {
	name := c.pattern
	if name == "" {
		name = "(unknown)"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byRoute == nil {
		s.byRoute = map[string]int64{}
	}
	s.byRoute[c.method+" "+name]++
}

func (s *stats) report() statsReport {
	s.mu.Lock()
	defer s.mu.Unlock()
	byRoute := maps.Clone(s.byRoute)
	if byRoute == nil {
		byRoute = map[string]int64{}
	}
	return statsReport{s.requests.Load(), s.members.Load(), s.creates.Load(), byRoute}
}

func (s *stats) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests.Store(0)
	s.members.Store(0)
	s.creates.Store(0)
	s.byRoute = nil
}
