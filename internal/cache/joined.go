package cache

import "sync/atomic"

// joined counts the flights that were not begun for whoever wanted their answer.
type joined struct{ here, elsewhere atomic.Uint64 }

// Joined tells how many reads, and refreshes, did not ask upstream because a flight for
// the same answer was under way: of this process, or of another replica. One that did
// ask after all, since the other replica failed or died, counts too.
func (s *Service) Joined() (here, elsewhere uint64) {
	return s.joined.here.Load(), s.joined.elsewhere.Load()
}
