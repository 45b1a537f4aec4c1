package cluster

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// beat is how often we make sure that messages arrive. They don't when nothing
	// was heard for a whole beat after something was sent, so within two beats.
	beat = 450 * time.Millisecond
	// connectWithin bounds the dialling, the greeting and the first subscription.
	connectWithin = 500 * time.Millisecond
	// Between two attempts to connect lies a pause that doubles from the first of
	// these to the second.
	firstPause, lastPause = 50 * time.Millisecond, time.Second
)

// errSilent says that Redis took what we sent, and that it did not come back.
var errSilent = errors.New("messages don't arrive")

// hub hears all channels of one Store over one connection. At each beat it sends
// itself a message, the way that others send theirs: that the server answers would
// not be enough, since it may be the master no more, or cut off from its cluster.
type hub struct {
	log     *slog.Logger
	place   string
	shape   shape
	publish func(ctx context.Context, channel string, message []byte) error

	ears    *ears
	changed chan struct{} // holds at most one
	ctx     context.Context
	end     context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	started bool
	lost    bool // known to be, and told
	line    *line
	touched map[string]bool // channels that may have to be asked for, or no more
}

func newHub(log *slog.Logger, place string, shape shape, publish func(context.Context, string, []byte) error) *hub {
	h := &hub{log: log, place: place, shape: shape, publish: publish, ears: newEars(),
		changed: make(chan struct{}, 1), touched: make(map[string]bool)}
	h.ctx, h.end = context.WithCancel(context.Background())
	return h
}

func (h *hub) subscribe(channel string, hear func([]byte), state func(bool)) (cancel func()) {
	e := newEar(hear, state)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ears.add(channel, e) {
		h.touch(channel)
	}
	if !h.started {
		h.started = true
		h.running.Go(h.run)
	}
	if h.line != nil && h.line.hears(channel) {
		e.say(true)
	} else if h.lost {
		e.say(false)
	}
	return func() {
		h.mu.Lock()
		if h.ears.remove(channel, e) {
			h.touch(channel)
		}
		h.mu.Unlock()
		e.close()
	}
}

func (h *hub) touch(channel string) {
	h.touched[channel] = true
	select {
	case h.changed <- struct{}{}:
	default:
	}
}

// run keeps a connection until the hub is closed.
func (h *hub) run() {
	pause := firstPause
	for h.ctx.Err() == nil {
		wasUp, err := h.listen()
		if h.ctx.Err() != nil {
			return
		}
		h.lose(err)
		if wasUp {
			pause = firstPause
		}
		select {
		case <-h.ctx.Done():
		case <-time.After(pause/2 + rand.N(pause/2)):
		}
		pause = min(2*pause, lastPause)
	}
}

// lose tells everybody.
func (h *hub) lose(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.lost {
		h.log.Warn("redis's messages are missed", "place", h.place, "err", err)
	}
	h.lost, h.line = true, nil
	h.ears.say(false)
}

// listen connects, and hears until the connection is lost.
func (h *hub) listen() (wasUp bool, err error) {
	ctx, cancel := context.WithTimeout(h.ctx, connectWithin)
	defer cancel()
	client, err := h.shape.listener(ctx)
	if err != nil {
		return false, err
	}
	l := &line{PubSub: client.Subscribe(ctx), asked: make(map[string]bool), owes: make(map[string]int)}
	defer func() { _ = l.Close() }()
	h.mu.Lock()
	h.line = l
	h.touched = h.ears.channels()
	h.mu.Unlock()
	if err := h.ask(ctx, l); err != nil {
		return false, err
	}
	gone := make(chan error, 1)
	received := make(chan struct{})
	go func() {
		defer close(received)
		gone <- h.receive(l)
	}()
	err = h.attend(l, gone)
	if h.ctx.Err() == nil {
		h.lose(err) // before the receiver's end, which may take a while
	}
	_ = l.Close()
	<-received
	return l.up, err
}

// attend asks for channels as they come and go, and sends something at each beat.
func (h *hub) attend(l *line, gone <-chan error) error {
	beats := time.NewTicker(beat)
	defer beats.Stop()
	arrived := func() bool { return true }
	for {
		select {
		case <-h.ctx.Done():
			return h.ctx.Err()
		case err := <-gone:
			return err
		case <-h.changed:
			if err := h.ask(h.ctx, l); err != nil {
				return err
			}
		case <-beats.C:
			if !arrived() {
				return errSilent
			}
			var err error
			if arrived, err = h.send(l); err != nil {
				return err
			}
		}
	}
}

// send publishes a message for ourselves or, when commands fail, asks this one
// connection for an answer. What it returns reports whether that has arrived.
func (h *hub) send(l *line) (arrived func() bool, err error) {
	h.mu.Lock()
	channel := l.beat
	l.echoed, l.heard = false, false
	h.mu.Unlock()
	within := func(what *bool) func() bool {
		return func() bool {
			h.mu.Lock()
			defer h.mu.Unlock()
			return *what
		}
	}
	if channel != "" && h.publish(h.ctx, channel, nil) == nil {
		return within(&l.echoed), nil
	}
	return within(&l.heard), l.Ping(h.ctx)
}

func (h *hub) close() {
	h.end()
	h.running.Wait()
	h.ears.close()
}
