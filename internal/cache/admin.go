package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// What an operator forgets is forgotten for all partitions, also those that no replica
// knows of now. So nothing is looked for: a mark becomes part of the partition, and what
// was kept under the old name is never asked for again. All replicas hear of a mark, and
// look for those that they may have missed.
const (
	marksKey     = version + "{admin}:forgotten"
	marksChannel = version + "forgotten"
)

const (
	// lookForMarks is how often marks are looked for that were not heard of.
	lookForMarks = 10 * time.Second
	// lookWhileDeaf is how often while they can't be heard of.
	lookWhileDeaf = time.Second
	// repeatMarks is how often the store is told what it should know, long before
	// it would forget that.
	repeatMarks = time.Hour
)

// Admin is the Service as operators may make it forget.
type Admin struct {
	teamwork.Service // s, for what remembers nothing
	s                *Service

	learns  sync.Mutex
	told    time.Time // when the store was, by this process
	deaf    atomic.Bool
	wake    chan struct{} // holds at most one
	end     context.CancelFunc
	running sync.WaitGroup
}

// NewAdmin returns the Admin of s, to be asked in its place. It waits for what the store
// knows, for as long as a call to it may take.
func NewAdmin(s *Service) *Admin {
	a := &Admin{Service: s, s: s, wake: make(chan struct{}, 1)}
	a.s.marks.Store(&marks{})
	ctx, end := context.WithCancel(context.Background())
	deafen := s.store.Subscribe(marksChannel, a.hear, a.heard)
	a.end = func() { end(); deafen() }
	err := a.look(ctx)
	a.running.Go(func() { a.run(ctx, err) })
	return a
}

// Close ends what is under way and waits for it. It does not close the Service.
func (a *Admin) Close() {
	a.end()
	a.running.Wait()
}

// Forget forgets all that hangs on a device, for every partition and on every replica.
// With an error it is forgotten here, and perhaps elsewhere.
func (a *Admin) Forget(ctx context.Context, deviceID string) error {
	return a.mark(ctx, func(m *marks, number int64) { m.forget(deviceID, number) })
}

// ForgetAll forgets everything, for every partition and on every replica. With an error
// it is forgotten here, and perhaps elsewhere.
func (a *Admin) ForgetAll(ctx context.Context) error {
	return a.mark(ctx, (*marks).forgetAll)
}

// errBusy says that another operator's forgetting takes too long.
var errBusy = errors.New("another forgetting is under way")

// mark makes a new mark with a number that is higher than all. The lease keeps two
// replicas from finding the same.
func (a *Admin) mark(ctx context.Context, change func(*marks, int64)) error {
	ctx = context.WithoutCancel(ctx)
	lease, err := a.lease(ctx)
	if lease != nil {
		defer func() { _ = lease.Release(ctx) }()
		err = a.look(ctx)
	}
	next := a.learn(nil, func(m *marks) { change(m, max(a.s.now().UnixMilli(), m.newest()+1)) })
	if err != nil {
		return fmt.Errorf("the store can't be asked: %w", err)
	}
	if err := a.tell(ctx, next); err != nil {
		return fmt.Errorf("the store can't be told: %w", err)
	}
	message, err := json.Marshal(next)
	if err != nil {
		return err
	}
	return a.s.store.Publish(ctx, marksChannel, message)
}

func (a *Admin) lease(ctx context.Context) (cluster.Lease, error) {
	for end := time.Now().Add(leaseTime); time.Now().Before(end); time.Sleep(lookAgain) {
		if lease, err := a.s.store.Lease(ctx, marksKey+":lease", leaseTime); lease != nil || err != nil {
			return lease, err
		}
	}
	return nil, errBusy
}

// learn takes in what others know, and then a change of our own.
func (a *Admin) learn(theirs *marks, change func(*marks)) *marks {
	a.learns.Lock()
	defer a.learns.Unlock()
	old := a.s.marks.Load()
	next := old.with(theirs)
	if change != nil {
		change(next)
	}
	a.s.marks.Store(next)
	switch {
	case next.All > old.All:
		a.s.near.forgetAll() // nobody asks for it any more
	case !next.equal(old):
		a.s.near.last.Add(1) // to be counted
	}
	return next
}

// look learns what the store knows, and tells it what it does not know.
func (a *Admin) look(ctx context.Context) error {
	values, err := a.s.store.Get(ctx, marksKey)
	if err != nil || len(values) != 1 {
		return err
	}
	theirs := &marks{}
	if json.Unmarshal(values[0], theirs) != nil {
		theirs = &marks{}
	}
	mine := a.learn(theirs, nil)
	if mine.newest() == 0 || mine.equal(theirs) && time.Since(a.lastTold()) < repeatMarks {
		return nil
	}
	return a.tell(ctx, mine)
}

// tell writes the marks for longer than any entry lives.
func (a *Admin) tell(ctx context.Context, m *marks) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := a.s.store.Set(ctx, marksKey, text, a.s.generationLife()); err != nil {
		return err
	}
	a.learns.Lock()
	defer a.learns.Unlock()
	a.told = time.Now()
	return nil
}

func (a *Admin) lastTold() time.Time {
	a.learns.Lock()
	defer a.learns.Unlock()
	return a.told
}

// hear takes in another replica's marks.
func (a *Admin) hear(message []byte) {
	theirs := &marks{}
	if json.Unmarshal(message, theirs) == nil {
		a.learn(theirs, nil)
	}
}

func (a *Admin) heard(up bool) {
	a.deaf.Store(!up)
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// run looks for marks that were missed.
func (a *Admin) run(ctx context.Context, err error) {
	for {
		pause := lookForMarks
		if a.deaf.Load() || err != nil {
			pause = lookWhileDeaf
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-a.wake:
			timer.Stop()
		case <-timer.C:
		}
		err = a.look(ctx)
	}
}
