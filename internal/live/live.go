// Package live is a teamwork.Watcher over a teamwork.Service that can only be asked.
//
// What replicas watch is a topic: a partition and a device. One of them holds its lease
// and reads its first page every few seconds, while something is under way; each change
// goes over the cluster's channel to all, and there to the watches. Whatever else comes
// from upstream, for whomever and on whichever replica, is looked at in passing.
//
// # Order
//
// Each topic knows the newest state of each operation, and takes in only what comes
// after it: see seen. So it does not matter in which order replicas hear of what, how
// often, or from where; a state may be skipped and none is told twice. What a replica
// may have missed it reads again: see topic.check.
package live

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// Options are what New may be told.
type Options struct {
	// Store is what the replicas share.
	Store cluster.Store
	// Off polls nothing: only what others create and read is told.
	Off bool
	// Idle is how often a device is read on which nothing is under way; never if 0.
	Idle time.Duration
	// Max bounds the watches of this process, 20,000 if 0.
	Max int
	// PerCaller bounds those of each verified caller, 200 if 0. Caller names that one, ""
	// for nobody, who is not counted; nil names nobody.
	PerCaller int
	Caller    func(context.Context) string
	// Prepare, if set, returns a context whose reads go together.
	Prepare func(context.Context) context.Context
	// Timeout bounds a read, 15 s if 0.
	Timeout time.Duration
	// Observe tells whoever counts; nil for nobody.
	Observe *Observer
	// Logger is slog's default if nil.
	Logger *slog.Logger
}

// Observer is told of what happens; each may be nil.
type Observer struct {
	// Lease is told how a lease moved: taken, lost, released, or alone, when the store
	// could not be asked and this replica polls by itself.
	Lease func(how string)
	// Event is told of each event that was put before a watch.
	Event func(kind teamwork.DeviceOperationEventKind)
	// Replaced is told of each event that a newer one took the place of.
	Replaced func()
	// Delivered is told how long after it came to this process an event was taken.
	Delivered func(lag time.Duration)
}

// The limits where Options name none.
const (
	defaultMax       = 20_000
	defaultPerCaller = 200
	defaultTimeout   = 15 * time.Second
)

// Watcher is both ports: what it reads it reads through the Service behind, and of the
// creates that pass through it it tells the watches.
type Watcher struct {
	teamwork.Service // the one behind

	opts  Options
	store cluster.Store
	log   *slog.Logger
	name  string // of this replica
	mark  []byte // what its messages begin with

	mu      sync.Mutex
	topics  map[topicKey]*topic
	watches map[*watch]struct{}
	callers map[string]int
	closed  bool

	freedMu sync.Mutex
	freed   []cluster.Lease // not wanted any more, to be given back

	interest interest
	lately   lately
	outbox   outbox
	crier    crier
	lost     lost
	watched  atomic.Int64 // topics
	polling  atomic.Int64 // topics that are polled here

	wake    chan struct{} // holds at most one
	ctx     context.Context
	end     context.CancelFunc
	deafen  func()
	running sync.WaitGroup
}

var (
	_ teamwork.Watcher = (*Watcher)(nil)
	_ teamwork.Service = (*Watcher)(nil)
)

// New returns a Watcher that asks next.
func New(next teamwork.Service, opts Options) *Watcher {
	w := &Watcher{
		Service: next, opts: opts, store: opts.Store, log: opts.Logger, name: rand.Text(),
		topics: map[topicKey]*topic{}, watches: map[*watch]struct{}{}, callers: map[string]int{}, wake: make(chan struct{}, 1),
		outbox: outbox{wake: make(chan struct{}, 1)}, crier: crier{wake: make(chan struct{}, 1)},
	}
	w.mark = []byte(`{"from":"` + w.name + `"`)
	if w.log == nil {
		w.log = slog.Default()
	}
	if w.opts.Observe == nil {
		w.opts.Observe = &Observer{}
	}
	for _, limit := range []struct {
		of *int
		is int
	}{{&w.opts.Max, defaultMax}, {&w.opts.PerCaller, defaultPerCaller}} {
		if *limit.of <= 0 {
			*limit.of = limit.is
		}
	}
	if w.opts.Timeout <= 0 {
		w.opts.Timeout = defaultTimeout
	}
	w.ctx, w.end = context.WithCancel(context.Background())
	w.deafen = w.store.Subscribe(channel, w.hear, w.heard)
	w.running.Go(w.run)
	w.running.Go(w.publish)
	w.running.Go(func() { w.crier.cry(w.ctx) })
	return w
}

// errClosing is how watches end when the process does.
var errClosing = &teamwork.Error{Kind: teamwork.Unavailable, Message: "The server is shutting down."}

// Close ends all watches, gives leases back, and waits for what is under way. It leaves
// the Service behind and the store open.
func (w *Watcher) Close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	for _, one := range w.listening() {
		one.finish(errClosing)
		one.Close()
	}
	w.end()
	w.deafen()
	w.running.Wait()
	w.flush(context.Background())
	w.giveBack(context.Background())
}

// Counts tells how many watches there are, of how many devices, and how many of those
// this replica polls.
func (w *Watcher) Counts() (watches, devices, polled int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.watches), len(w.topics), int(w.polling.Load())
}

// poke wakes the scheduler.
func (w *Watcher) poke() { poke(w.wake) }

// poke wakes whoever waits for the channel, which holds at most one.
func poke(wake chan<- struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}
