package cache

import (
	"context"
	"sync"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// maxWork bounds what goes on off the readers' path. It matters when the store
// is slow: what does not fit is not kept.
const maxWork = 64

// maxRefreshes bounds those at a time, apart from other work, since a silent upstream
// holds them up for long. What does not fit is left to a later reader.
const maxRefreshes = 256

var errClosed = &teamwork.Error{Kind: teamwork.Unavailable, Message: "The server is shutting down."}

// work knows the package's goroutines, so that they can be waited for.
type work struct {
	// closing ends when close is called.
	closing context.Context
	cancel  context.CancelFunc
	slots   chan struct{}
	behind  chan struct{} // the slots of refreshes

	mu     sync.Mutex
	idle   sync.Cond
	n      int
	closed bool
}

func newWork() *work {
	w := &work{slots: make(chan struct{}, maxWork), behind: make(chan struct{}, maxRefreshes)}
	w.idle.L = &w.mu
	w.closing, w.cancel = context.WithCancel(context.Background())
	return w
}

// enter counts a goroutine; false after close.
func (w *work) enter() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.n++
	return true
}

// leave uncounts it.
func (w *work) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n--; w.n == 0 {
		w.idle.Broadcast()
	}
}

// do runs f soon, or returns false when there is too much to do.
func (w *work) do(f func()) bool { return w.in(w.slots, f) }

// refresh is do for what waits for upstream.
func (w *work) refresh(f func()) bool { return w.in(w.behind, f) }

func (w *work) in(slots chan struct{}, f func()) bool {
	select {
	case slots <- struct{}{}:
	default:
		return false
	}
	if !w.enter() {
		<-slots
		return false
	}
	go func() {
		defer w.leave()
		defer func() { <-slots }()
		f()
	}()
	return true
}

// must runs f soon, whatever there is to do: others wait for it. Only a flight may call
// it, which it holds up when close was called.
func (w *work) must(f func()) {
	if !w.enter() {
		f()
		return
	}
	go func() {
		defer w.leave()
		f()
	}()
}

// wait returns when nothing is going on.
func (w *work) wait() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.n > 0 {
		w.idle.Wait()
	}
}

// close ends what goes on and waits for it.
func (w *work) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.cancel()
	w.wait()
}
