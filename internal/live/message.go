package live

import (
	"bytes"
	"context"
	"encoding/json"
	"hash/fnv"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// version stands before every key, as it does before the cache's.
const version = "tg1:"

// channel is where replicas tell each other of operations.
const channel = version + "live"

// message is what a replica tells the others.
type message struct {
	From string `json:"from"` // the replica, which need not hear itself

	Hello bool     `json:"hello,omitempty"` // the others shall say what they watch
	Want  []uint64 `json:"want,omitempty"`  // topics that are watched there, by hash

	Partition string `json:"partition,omitempty"`
	Device    string `json:"device,omitempty"`
	// Ops are newest first; FirstPage says that they are the device's first page.
	Ops       []told `json:"ops,omitempty"`
	FirstPage bool   `json:"firstPage,omitempty"`
	// Nudge says that an operation may have been created of which nobody has heard.
	Nudge bool `json:"nudge,omitempty"`
	// Under has all operations that the sender knows to be under way, if Whole is set.
	Under []string `json:"under,omitempty"`
	Whole bool     `json:"whole,omitempty"`
}

// told is an operation in a message.
type told struct {
	Op      *teamwork.DeviceOperation `json:"op"`
	Meta    teamwork.ResourceMeta     `json:"meta"`
	Created bool                      `json:"created,omitempty"`
}

func (m *message) key() topicKey { return topicKey{m.Partition, m.Device} }

// sighting returns what the message shows. Operations get back what JSON does not hold.
func (m *message) sighting() sighting {
	s := sighting{firstPage: m.FirstPage}
	for _, one := range m.Ops {
		if one.Op == nil {
			continue
		}
		one.Op.Meta = one.Meta
		s.ops = append(s.ops, one.Op)
		if one.Created {
			if s.created == nil {
				s.created = map[string]bool{}
			}
			s.created[one.Op.OperationID] = true
		}
	}
	return s
}

// about returns a message of operations.
func about(key topicKey, ops []*teamwork.DeviceOperation, created map[string]bool) message {
	m := message{Partition: key.partition, Device: key.device}
	for _, op := range ops {
		if op != nil {
			m.Ops = append(m.Ops, told{Op: op, Meta: op.Meta, Created: created[op.OperationID]})
		}
	}
	return m
}

// hashOf names a topic in few bytes. Two with one name cost a message.
func hashOf(key topicKey) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key.partition + "\x00" + key.device))
	return h.Sum64()
}

// send publishes a message, where there is anybody else to hear it.
func (w *Watcher) send(ctx context.Context, m message) error {
	if !w.store.Shared(channel) && w.ctx.Err() == nil { // in this order: the ear goes after the context
		return nil
	}
	m.From = w.name
	text, err := json.Marshal(m)
	if err != nil {
		w.log.Warn("an operation can't be told of", "device", m.Device, "err", err)
		return nil // nor later
	}
	return w.store.Publish(ctx, channel, text)
}

// hear takes in one message. What can't be read is of another version. Our own, most of
// them where there is no other replica, need not be read at all: From stands first.
func (w *Watcher) hear(text []byte) {
	var m message
	if bytes.HasPrefix(text, w.mark) || json.Unmarshal(text, &m) != nil || m.From == w.name {
		return
	}
	now := time.Now()
	if m.Hello {
		w.interest.askAgain()
		w.poke()
	}
	if len(m.Want) > 0 {
		w.wanted(m.Want, now)
	}
	if m.Partition != "" {
		w.heardOf(m, now)
	}
}

// heardOf takes in what a message says of a device.
func (w *Watcher) heardOf(m message, now time.Time) {
	key, s := m.key(), m.sighting()
	for _, op := range s.ops {
		if s.created[op.OperationID] {
			w.lately.add(key, op, now)
		}
	}
	t := w.topic(key)
	if t == nil {
		return
	}
	t.take(s, now)
	if m.Nudge {
		t.nudge(now)
	}
	if m.Whole {
		t.compare(m.Under, now)
	}
	w.poke()
}

// compare looks for operations which the one that polls does not know to be under way:
// their end may have been missed, and is read again.
func (t *topic) compare(under []string, now time.Time) {
	known := make(map[string]bool, len(under))
	for _, id := range under {
		known[id] = true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, s := range t.ops {
		if s.moving() && !known[id] && now.Sub(s.firstAt) > settling {
			t.turn.checkFrom(now.Add(-settling))
			return
		}
	}
}

// settling is how long replicas may differ: messages of several cross each other.
const settling = time.Second
