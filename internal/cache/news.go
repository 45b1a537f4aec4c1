package cache

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// newsChannel is where replicas tell each other what happened.
const newsChannel = version + "news"

// news is a message: what was forgotten, or what has landed, of which all but the
// device is told only if it failed.
type news struct {
	From  string `json:"from"`            // the replica, which need not hear itself
	At    int64  `json:"at,omitempty"`    // when it was sent by its clock, in Unix milliseconds
	Hello bool   `json:"hello,omitempty"` // the others shall tell theirs

	Partition string `json:"partition,omitempty"`
	Device    string `json:"device,omitempty"`
	Noun      string `json:"noun,omitempty"`
	Operation string `json:"operation,omitempty"`
	Filter    string `json:"filter,omitempty"`
	Page      string `json:"page,omitempty"`
	Top       int    `json:"top,omitempty"`

	Landed string  `json:"landed,omitempty"` // an entry's key
	Failed *failed `json:"failed,omitempty"`
	Under  string  `json:"under,omitempty"` // the device's token then
}

// failed is an error on its way to the replicas that wait for the same answer: they
// should not ask upstream only to hear it again.
type failed struct {
	Kind       teamwork.Kind            `json:"kind"`
	Message    string                   `json:"message"`
	RetryAfter time.Duration            `json:"retryAfter,omitempty"`
	Claims     string                   `json:"claims,omitempty"` // that a token lacks, not what one has
	Upstream   *teamwork.UpstreamAnswer `json:"upstream,omitempty"`
}

// newName returns a name for this replica.
func newName() string { return rand.Text() }

// startPatience is how long a new replica waits to know whether it hears. What it read
// before would be dropped when it does.
const startPatience = 100 * time.Millisecond

// listen hears the news until the returned function is called.
func (s *Service) listen() (cancel func()) {
	known := make(chan struct{})
	var first sync.Once
	cancel = s.store.Subscribe(newsChannel, s.hear, func(up bool) {
		s.heard(up)
		first.Do(func() { close(known) })
	})
	select {
	case <-known:
	case <-time.After(startPatience):
	}
	return cancel
}

// heard notes whether news are heard. Whoever hears can tell what it could not, and learn
// what time it is elsewhere.
func (s *Service) heard(up bool) {
	s.near.heard(up)
	if up {
		s.remind()
		s.greet(true)
	}
}

// greet tells the others our time, and has them tell theirs.
func (s *Service) greet(hello bool) {
	s.work.do(func() { _ = s.publish(context.Background(), news{From: s.name, Hello: hello}) })
}

// hear takes in one message. What can't be read is of another version.
func (s *Service) hear(message []byte) {
	var n news
	if json.Unmarshal(message, &n) != nil {
		return
	}
	own := n.From == s.name
	if !own && n.At != 0 && !s.rules.noClocks {
		s.clocks.note(n.From, time.UnixMilli(n.At), s.now())
	}
	switch err := n.Failed.err(); {
	case n.Hello && !own:
		s.greet(false)
	case n.Landed == "" && n.Partition == "": // it told its time
	case n.Landed == "" && !own:
		s.near.forget(n.Partition, n.Device)
	case n.Landed != "":
		if err != nil && !own {
			s.failed(n.key(), err, n.Under)
			s.refused.tell(n.key())
		}
		s.landings.tell(n.Landed, err) // another flight of our own may wait, too
	}
}

// key is what could not be read.
func (n *news) key() nearKey {
	return nearKey{n.Partition, n.Noun, question{device: n.Device, operation: n.Operation, filter: n.Filter, page: n.Page, top: n.Top}}
}

// err returns the error that stands in the news, nil if there is none.
func (f *failed) err() error {
	if f == nil {
		return nil
	}
	return &teamwork.Error{Kind: f.Kind, Op: "reading, by another replica", Message: f.Message, RetryAfter: f.RetryAfter, Claims: f.Claims, Upstream: f.Upstream}
}

func failedBy(e *teamwork.Error) *failed {
	return &failed{Kind: e.Kind, Message: e.Message, RetryAfter: e.RetryAfter, Claims: e.Claims, Upstream: e.Upstream}
}

// announce tells the replicas that wait for an entry that it is there, or why it is
// not.
func (s *Service) announce(ctx context.Context, k nearKey, gen generation, err error) {
	n := news{From: s.name, Landed: gen.key.entry}
	var e *teamwork.Error
	// A fault of ours says nothing about upstream: whoever waits tries for itself.
	if errors.As(err, &e) && e.Kind != teamwork.Internal {
		n.Partition, n.Noun, n.Device, n.Operation, n.Filter, n.Page, n.Top =
			k.partition, k.noun, k.device, k.operation, k.filter, k.page, k.top
		n.Failed = failedBy(e)
		n.Under = gen.token
	}
	_ = s.publish(ctx, n)
}

// publish sends news, where there is anybody else to hear it. Who can't is known to be deaf, and acts on that.
func (s *Service) publish(ctx context.Context, n news) error {
	if !s.store.Shared(newsChannel) && !s.deaf.Load() { // in this order: who finds our ear gone sees that we are deaf
		if n.Landed != "" {
			s.landings.tell(n.Landed, n.Failed.err()) // another flight of our own may wait
		}
		return nil
	}
	n.At = s.now().UnixMilli()
	message, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return s.store.Publish(ctx, newsChannel, message)
}

// landings knows who waits for which entry. The zero value is ready.
type landings struct {
	mu      sync.Mutex
	waiting map[string][]chan error
}

// expect returns a channel on which the next landing of entry is told, until leave.
func (l *landings) expect(entry string) (told <-chan error, leave func()) {
	ear := make(chan error, 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting == nil {
		l.waiting = make(map[string][]chan error)
	}
	l.waiting[entry] = append(l.waiting[entry], ear)
	return ear, func() { l.remove(entry, ear) }
}

func (l *landings) remove(entry string, ear chan error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var rest []chan error
	for _, other := range l.waiting[entry] {
		if other != ear {
			rest = append(rest, other)
		}
	}
	if len(rest) == 0 {
		delete(l.waiting, entry)
		return
	}
	l.waiting[entry] = rest
}

// tell wakes all who wait for entry.
func (l *landings) tell(entry string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, ear := range l.waiting[entry] {
		select {
		case ear <- err:
		default: // it has one already
		}
	}
}
