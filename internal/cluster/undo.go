package cluster

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// undoEvery is the pause between two attempts to give a lease back.
	undoEvery = 100 * time.Millisecond
	// undoFor is how long attempts go on beyond the lease's own time: a Redis that
	// was frozen takes the lease when it thaws.
	undoFor = time.Minute
	// undosAtOnce bounds them. What is too much runs out by itself.
	undosAtOnce = 256
)

// undoing gives back what was perhaps taken: no answer came in time, but Redis may
// have got the command, and does it as soon as it can.
type undoing struct {
	ctx     context.Context
	end     context.CancelFunc
	running sync.WaitGroup

	mu  sync.Mutex
	now int
}

func newUndoing() *undoing {
	u := &undoing{}
	u.ctx, u.end = context.WithCancel(context.Background())
	return u
}

// start tries in the background until release has worked twice, or for so long.
func (u *undoing) start(long time.Duration, release func(context.Context) error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ctx.Err() != nil || u.now == undosAtOnce {
		return
	}
	u.now++
	u.running.Go(func() {
		undo(u.ctx, long, release)
		u.mu.Lock()
		defer u.mu.Unlock()
		u.now--
	})
}

// undo calls release until it has worked twice: on its way over another connection the
// first may have overtaken what it is to undo.
func undo(ctx context.Context, long time.Duration, release func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	for worked := 0; ; {
		if release(ctx) == nil {
			worked++
		}
		if worked == 2 {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(undoEvery):
		}
	}
}

func (u *undoing) close() {
	u.mu.Lock()
	u.end()
	u.mu.Unlock()
	u.running.Wait()
}

// undo gives the lease back after its taking failed, unless Redis surely gave none.
func (l *lease) undo(ttl time.Duration, failed error) {
	if errors.Is(failed, ErrDown) || isRefusal(failed) {
		return
	}
	l.in.undoing.start(ttl+undoFor, func(ctx context.Context) error {
		begin := time.Now()
		err := l.in.ask(ctx, l.key, l.giveBack)
		if !errors.Is(err, ErrDown) { // of which there may be hundreds, that nobody asked for
			l.in.tell("lease", err, begin)
		}
		return err
	})
}
