package cluster

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// shape is what one Redis and a cluster of them do differently.
type shape interface {
	// breaker is that of the server which has key, known until then or not at all.
	breaker(ctx context.Context, until time.Time, key string) (*breaker, error)
	// publish sends a message of s's.
	publish(ctx context.Context, s *shared, channel string, message []byte) error
	// listener is a server to hear messages from, another one if need be.
	listener(ctx context.Context) (*redis.Client, error)
}

// one is a single Redis, or the master that Sentinel names.
type one struct {
	client *redis.Client
	circle *breaker
}

func (o *one) breaker(context.Context, time.Time, string) (*breaker, error) {
	return o.circle, nil
}

func (o *one) publish(ctx context.Context, s *shared, channel string, message []byte) error {
	if len(message) > smallMessage {
		return s.ask(ctx, channel, func(ctx context.Context) error { return o.client.Publish(ctx, channel, message).Err() })
	}
	return s.send(ctx, channel, redis.NewIntCmd(ctx, "publish", channel, message), nil)
}

// smallMessage bounds, in bytes, what leaves together with what others ask: a reader does
// not wait for somebody's long message.
const smallMessage = 4 << 10

func (o *one) listener(context.Context) (*redis.Client, error) { return o.client, nil }

// many is a cluster. Each node has a breaker, so that a dead one takes along none
// but its own keys; messages go through any node that lives.
type many struct {
	client *redis.ClusterClient
	log    *slog.Logger
	first  *breaker // until the nodes are known
	known  atomic.Bool
	nodes  sync.Map // address → *breaker
}

const (
	// attempts is how many nodes a message is given to until one takes it.
	attempts = 3
	// steps is how many keys are tried in search of other nodes.
	steps = 32
)

func newMany(client *redis.ClusterClient, log *slog.Logger, place string) *many {
	m := &many{client: client, log: log}
	m.first = newBreaker(log, place, nil)
	return m
}

// node returns the master that has key. It goes out only until the nodes are known
// for the first time.
func (m *many) node(ctx, inTime context.Context, key string) (node *redis.Client, err error) {
	if m.known.Load() {
		return m.client.MasterForKey(inTime, key)
	}
	err = m.first.run(ctx, inTime, func(ctx context.Context) error {
		node, err = m.client.MasterForKey(ctx, key)
		return err
	})
	if err == nil {
		m.known.Store(true)
	}
	return node, err
}

func (m *many) breakerOf(node *redis.Client) *breaker {
	addr := node.Options().Addr
	if b, ok := m.nodes.Load(addr); ok {
		return b.(*breaker)
	}
	// A node that fails may have been replaced. go-redis asks who has its keys now
	// once a minute, or when told that a key moved, which the dead don't tell.
	failed := func() { m.client.ReloadState(context.Background()) }
	b, _ := m.nodes.LoadOrStore(addr, newBreaker(m.log, "redis cluster node at "+addr, failed))
	return b.(*breaker)
}

func (m *many) breaker(ctx context.Context, until time.Time, key string) (*breaker, error) {
	inTime := ctx
	if !m.known.Load() {
		var cancel context.CancelFunc
		inTime, cancel = context.WithDeadline(ctx, until)
		defer cancel()
	}
	node, err := m.node(ctx, inTime, key)
	if err != nil {
		return nil, err
	}
	return m.breakerOf(node), nil
}

// publish gives the message to the channel's node, and if that one is dead to
// another. Each may take half of the time that is left.
func (m *many) publish(ctx context.Context, s *shared, channel string, message []byte) (err error) {
	inTime, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	asked := 0
	for node := range m.walk(ctx, inTime, channel, &err) {
		b := m.breakerOf(node)
		if b.open() {
			err = ErrDown
			continue
		}
		deadline, _ := inTime.Deadline()
		turn, cancel := context.WithTimeout(inTime, time.Until(deadline)/2)
		err = b.run(ctx, turn, func(ctx context.Context) error {
			return node.Publish(ctx, channel, message).Err()
		})
		cancel()
		if asked++; err == nil || isRefusal(err) || inTime.Err() != nil || asked == attempts {
			return err
		}
	}
	return err
}

func (m *many) listener(ctx context.Context) (*redis.Client, error) {
	var err error
	for node := range m.walk(ctx, ctx, strconv.FormatInt(time.Now().UnixNano(), 36), &err) {
		if !m.breakerOf(node).open() {
			return node, nil
		}
		err = ErrDown
	}
	return nil, err
}

// walk yields the master of key, and then others, each once.
func (m *many) walk(ctx, inTime context.Context, key string, err *error) iter.Seq[*redis.Client] {
	return func(yield func(*redis.Client) bool) {
		seen := make(map[string]bool, attempts)
		for i := range steps {
			if i > 0 {
				key = strconv.Itoa(i) // without the tag that key may have
			}
			node, e := m.node(ctx, inTime, key)
			if e != nil {
				*err = errors.Join(*err, e)
				return
			}
			if addr := node.Options().Addr; !seen[addr] {
				seen[addr] = true
				if !yield(node) {
					return
				}
			}
		}
	}
}
