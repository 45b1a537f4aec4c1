package cache

import (
	"sync"
	"time"
)

const (
	// maxSkew is how far the replicas' clocks may be apart without our knowing. An entry
	// from further in the future is of unknown age.
	maxSkew = time.Second
	// sameTime is how far they may be apart and still be one: news take time, too.
	sameTime = maxSkew / 2
	// maxClocks bounds the replicas whose clock is known.
	maxClocks = 1000
)

// clocks knows how far the other replicas' clocks are ahead of this one's, by the news
// that each sends: an entry's dates are those of the replica that fetched it. The zero
// value is ready.
type clocks struct {
	mu  sync.RWMutex
	all map[string]otherClock
}

type otherClock struct {
	ahead time.Duration
	as    time.Time // of our clock, when that was learnt
}

// note learns from a message that was sent at a time by the other clock. It took time to
// arrive, by which the other seems behind: so of what was learnt lately the most counts,
// also when a clock was set meanwhile.
func (c *clocks) note(replica string, sent, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ahead := sent.Sub(now)
	if old, known := c.all[replica]; known && ahead < old.ahead && !now.Before(old.as) && now.Sub(old.as) < configurationLife {
		return
	}
	if c.all == nil || len(c.all) >= maxClocks {
		c.all = make(map[string]otherClock)
	}
	c.all[replica] = otherClock{ahead, now}
}

// ahead returns how far a replica's clock is ahead, 0 if it is not or nobody knows. What
// was fetched by a clock that is behind seems older than it is, which costs a request: to
// believe news that came late would make it seem fresh.
func (c *clocks) ahead(replica string) time.Duration {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if d := c.all[replica].ahead; d > sameTime {
		return d
	}
	return 0
}
