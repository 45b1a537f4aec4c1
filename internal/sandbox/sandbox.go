package sandbox

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options say which tenant to play, and how. The zero value is a small quick tenant without limits.
type Options struct {
	// Seed decides everything that is invented: one seed, one tenant. 0 means 1.
	Seed int64
	// Devices is the size of the tenant. Device i of a seed is the same whatever the size. 0 means 60.
	Devices int
	// Operations is the length of each device's history, at most MaxOperations. 0 means a believable varying number, 3 to 12.
	Operations int
	// Latency is how long an outer request takes at least. The work is done at its beginning: a caller who gives up
	// early cannot know whether it was, as in life.
	Latency time.Duration
	// Rate is how many inner requests a second are served before 429; 0: no limit. The bucket holds one second's
	// worth, so that many may come at once.
	Rate int
	// Token, when not empty, is the bearer token demanded of every request. "*" accepts any that is not empty.
	Token string
	// Pace is how long an operation stays in each state, on average. 0 means two seconds.
	Pace time.Duration
	// Now is the clock; nil means time.Now. Latency is slept by the real one.
	Now func() time.Time
	// Quiet: nobody but the callers starts operations.
	Quiet bool
}

// Server is one tenant. It is safe for concurrent use.
type Server struct {
	opts   Options
	start  time.Time
	units  []*unit
	byID   map[string]*unit
	bucket bucket
	stats  stats
	faults atomic.Pointer[faults]

	luck struct { // what decides on faults and on the order of a batch's responses
		sync.Mutex
		*rand.Rand
	}
}

// New builds the tenant. Device i is a pure function of the seed, i and the devices before it; only the times of what
// happened lately hang on the clock.
func New(opts Options) *Server {
	if opts.Seed == 0 {
		opts.Seed = 1
	}
	if opts.Devices == 0 {
		opts.Devices = 60
	}
	if opts.Pace == 0 {
		opts.Pace = 2 * time.Second
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &Server{opts: opts, byID: make(map[string]*unit, opts.Devices)}
	s.start = s.now()
	s.luck.Rand = roll(opts.Seed, "luck").Rand
	s.faults.Store(&faults{})
	spots := map[string]int{}
	for i := range opts.Devices {
		u := newUnit(opts.Seed, i, s.start, spots)
		s.units = append(s.units, u)
		s.byID[u.device.ID] = u
	}
	return s
}

func (s *Server) now() time.Time { return s.opts.Now().UTC().Truncate(time.Millisecond) }

// ServeHTTP serves Microsoft Graph under /beta and the sandbox's own switches under /_sandbox.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if path := strings.ToLower(r.URL.Path); path == "/_sandbox" || strings.HasPrefix(path, "/_sandbox/") {
		s.serveAdmin(w, r)
		return
	}
	began := time.Now()
	c, f := s.arrive(r), s.faults.Load()
	c.faults = f
	if s.lucky(f.Reset) {
		if s.lucky(f.AfterWork) {
			s.outer(w, r, c)
		}
		reset(w)
		return
	}
	ans := s.outer(w, r, c)
	if !pause(r, time.Until(began.Add(max(s.opts.Latency, time.Duration(f.Latency))))) {
		panic(http.ErrAbortHandler) // the caller has gone; to return would be to say 200
	}
	if len(ans.body) > 1 && s.lucky(f.Truncate) {
		truncate(w, ans)
		return
	}
	ans.send(w)
}

// lucky draws once. It costs nothing while the share is zero, so that a server without faults has no common lock.
func (s *Server) lucky(share float64) bool {
	if share == 0 {
		return false
	}
	s.luck.Lock()
	defer s.luck.Unlock()
	return s.luck.Float64() < share
}

// pause sleeps, and reports whether the caller is still there.
func pause(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return r.Context().Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}
