package cluster

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// line is a connection, and the channels that were asked for on it.
type line struct {
	*redis.PubSub
	asked map[string]bool
	owes  map[string]int // confirmations still to come, also of what was given up again
	up    bool           // something was confirmed

	beat   string // the channel of our own messages
	echoed bool   // one arrived since the last beat
	heard  bool   // anything did
}

// hears reports whether channel's messages arrive.
func (l *line) hears(channel string) bool { return l.asked[channel] && l.owes[channel] == 0 }

// ask subscribes to the channels that somebody wants and that were not asked for,
// and unsubscribes from those that nobody wants any more.
func (h *hub) ask(ctx context.Context, l *line) error {
	var more, less []string
	h.mu.Lock()
	for channel := range h.touched {
		switch wanted := h.ears.want(channel); {
		case wanted && !l.asked[channel]:
			more = append(more, channel)
			l.asked[channel] = true
			l.owes[channel]++
		case !wanted && l.asked[channel]:
			less = append(less, channel)
			delete(l.asked, channel)
		}
	}
	if l.beat == "" && len(more) > 0 {
		l.beat = more[0] + ":beat:" + rand.Text() // with the prefix that we may use
		more = append(more, l.beat)
	}
	clear(h.touched)
	h.mu.Unlock()
	if len(more) > 0 {
		if err := l.Subscribe(ctx, more...); err != nil {
			return err
		}
	}
	if len(less) > 0 {
		return l.Unsubscribe(ctx, less...)
	}
	return nil
}

// receive handles what arrives until the connection is lost. It reads without a
// deadline, because one that passes in the middle of a message would leave the other
// half to be taken for the next one.
func (h *hub) receive(l *line) (err error) {
	defer func() {
		if odd := recover(); odd != nil { // go-redis expects no nonsense
			err = fmt.Errorf("not a message: %v", odd)
		}
	}()
	for {
		said, err := l.Receive(h.ctx)
		if err != nil {
			return err
		}
		h.handle(l, said)
	}
}

func (h *hub) handle(l *line, said any) {
	h.mu.Lock()
	l.heard = true
	switch said := said.(type) {
	case *redis.Subscription:
		if said.Kind == "subscribe" {
			h.confirm(l, said.Channel)
		}
	case *redis.Message:
		if said.Channel == l.beat {
			l.echoed = true
			break
		}
		defer h.ears.tell(said.Channel, []byte(said.Payload))
	}
	h.mu.Unlock()
}

// confirm notes that channel's messages arrive from now on.
func (h *hub) confirm(l *line, channel string) {
	if l.owes[channel]--; l.owes[channel] <= 0 {
		delete(l.owes, channel)
	}
	if h.line != l || !l.hears(channel) {
		return
	}
	if h.lost {
		h.log.Info("redis's messages are heard again", "place", h.place)
	}
	h.lost, l.up = false, true
	h.ears.sayTo(channel, true)
}
