// Package ledger is a teamwork.Service that writes down what is asked before it is
// done, so that a create with an idempotency key happens once and its outcome is told
// truly, whoever asks again, wherever, and whatever died in between.
//
// A key names one record in the store, for each caller and device. It goes
//
//	(none) → claimed → done      the outcome is known, or known to be unknown: told again
//	                 → freed     nothing happened: whoever comes next may claim it
//	                 → doubtful  upstream refused what it may have done: look before sending
//
// and only the Swap to claimed permits sending. Beside it stands a lease, held while
// somebody works on the key. A claim without its lease is that of a process that died
// between sending and the answer: nobody can know what became of it, and nobody sends.
package ledger

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const (
	// keptFor is how long a key is remembered after its outcome: the contract's day.
	keptFor = 24 * time.Hour
	// sharedFor is how long the store that replicas share holds a record, or an owner. It
	// is longer than any answer of the cache lives beside it, which is up to a day and
	// CACHE_STALE: a store that makes room by what ends first then forgets those first.
	sharedFor = 4 * keptFor
	// freedFor is how long those that waited for an outcome can read that of a key that
	// is free again.
	freedFor = time.Minute
	// leaseTime is what a process that died costs those that ask again, and longer than
	// one that lives ever pauses.
	leaseTime = 3 * time.Second
	// extendEvery leaves room for a store that is away for a moment.
	extendEvery = leaseTime / 3
	// lookAgain is how often those that wait look for the outcome, half more or less.
	lookAgain = 75 * time.Millisecond
	// persistence is how long an outcome that can't be written down is tried again.
	persistence = time.Minute
	// persistEvery is how often.
	persistEvery = 500 * time.Millisecond
)

// Options are what New may be told.
type Options struct {
	// Store is what the replicas share; nil for this process's memory, which refuses
	// new keys when it is full instead of forgetting old ones.
	Store cluster.Store
	// Upstream is where is looked what became of a create: past every cache, or an old
	// page would hide it. The Service behind if nil.
	Upstream teamwork.Service
	// Logger is slog's default if nil.
	Logger *slog.Logger
	// Now is time.Now if nil.
	Now func() time.Time
}

// store is what the ledger needs of a cluster.Store.
type store interface {
	Get(ctx context.Context, keys ...string) ([][]byte, error)
	Swap(ctx context.Context, key string, old, next []byte, ttl time.Duration) (bool, error)
	Lease(ctx context.Context, key string, ttl time.Duration) (cluster.Lease, error)
}

// Service lets everything through to the Service behind, but creates with an
// idempotency key, which it sends at most once. The key itself it keeps. Of creates
// without one it only remembers for a while what came of them.
type Service struct {
	teamwork.Service // the one behind

	upstream teamwork.Service
	store    store
	heldFor  time.Duration // by the store
	log      *slog.Logger
	now      func() time.Time

	mu      sync.Mutex
	closed  bool
	closing context.Context
	cancel  context.CancelFunc
	behind  sync.WaitGroup
}

var _ teamwork.Service = (*Service)(nil)

// New returns a Service that sends through next.
func New(next teamwork.Service, opts Options) *Service {
	s := &Service{Service: next, upstream: opts.Upstream, log: opts.Logger, now: opts.Now}
	if s.upstream == nil {
		s.upstream = next
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	if opts.Store != nil {
		s.store, s.heldFor = opts.Store, sharedFor
	} else {
		s.heldFor = keptFor // it forgets nothing to make room, and has little
		s.store = newMemory(maxMemory, s.now)
	}
	s.closing, s.cancel = context.WithCancel(context.Background())
	return s
}

// Close gives up what could not be written down yet. It leaves the store open. A closed
// Service must not be asked.
func (s *Service) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.behind.Wait()
}

// later tries again and again, for a while and behind the answer, and calls finally.
func (s *Service) later(try func(context.Context) bool, finally func()) {
	work := func() {
		defer finally()
		ctx, cancel := context.WithTimeout(s.closing, persistence)
		defer cancel()
		for pause(ctx, persistEvery) {
			if try(ctx) {
				return
			}
		}
		s.log.Warn("the outcome of a create could not be written down: asked again, it is unknown")
	}
	if !s.begun(work) {
		finally()
	}
}

// begun does work behind the answer, unless the Service is closed.
func (s *Service) begun(work func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.behind.Go(work)
	return true
}

// pause reports whether ctx lasted as long.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
