package cache

import (
	"testing"
	"time"
)

// TestJoinedFlightsAreCounted has ten readers on each of three replicas: one asks
// upstream, one of each other replica waits for it, and all others wait for those.
func TestJoinedFlightsAreCounted(t *testing.T) {
	play(t, 3, inMemory, func(t *testing.T, p *stage) {
		p.set(sleeping(time.Second))
		if _, errs := crowd(p.ctx, p.replicas, 10, readNamed("Health")); len(errs) > 0 {
			t.Fatal(errs)
		}
		var elsewhere uint64
		for i, s := range p.replicas {
			here, other := s.Joined()
			if elsewhere += other; here != 9 {
				t.Errorf("replica %d: %d joined a flight of its own", i, here)
			}
		}
		if elsewhere != 2 {
			t.Errorf("%d replicas waited for another", elsewhere)
		}
		_, _, _ = p.read(0, "Health")
		if here, _ := p.replicas[0].Joined(); here != 9 {
			t.Error("a hit counts as a flight")
		}
	})
}
