// Package cluster holds what the replicas of one deployment share: values that
// expire, leases, and messages. They go through Redis when there is one, and
// otherwise stay in this process's memory; the code above is the same.
//
// Redis may be absent, slow or dead at any moment. Every call then ends with an
// error within 100 ms, and once Redis is known to be down at once, so that
// whoever calls can go on without it.
package cluster

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"time"
)

// Store keeps values that expire, and tells the replicas of each other. A value or
// a message belongs to the Store once it was handed over, and to the Store still
// when it was received: neither may be changed.
type Store interface {
	// Get returns the values of keys in their order, nil for one that is missing,
	// in one round trip. Keys that are asked for together must share a hash tag.
	Get(ctx context.Context, keys ...string) ([][]byte, error)
	// Set keeps value under key for ttl. A ttl that has passed keeps nothing.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// Swap sets the value of key to next if it is old, and reports whether it was; a
	// key that is missing is empty. When it failed it may have been done nevertheless.
	Swap(ctx context.Context, key string, old, next []byte, ttl time.Duration) (bool, error)
	// Delete forgets keys, which must share a hash tag.
	Delete(ctx context.Context, keys ...string) error
	// Lease takes key for ttl; nil, nil when somebody else has it. The keys of
	// leases are not those of values. A Lease that failed may have been taken
	// nevertheless: it is given back as soon as Redis answers, or runs out by itself.
	Lease(ctx context.Context, key string, ttl time.Duration) (Lease, error)
	// Pen takes the right to write the value of key, for ttl: nil, nil when somebody has it
	// in the same term, while of another term it is taken away from whoever has it. Pens
	// have a term each, so what may be waited for is the caller's to say. A Pen that failed
	// may have been taken nevertheless, as a Lease.
	Pen(ctx context.Context, key, term string, ttl time.Duration) (Pen, error)
	// Overrule sets the value of key without its Pen, and takes that from whoever has it:
	// what they set, or have sent already, is not kept.
	Overrule(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// Take takes span of a budget of time that earns itself at the speed of time and
	// saves up slack at most; so n of what may be had r times a second, b at once, is a
	// span of n/r and a slack of b/r. It returns how long to wait before what was taken
	// may be used; what would have to wait longer than most is not taken. While Redis
	// is away each replica has a whole budget of its own, so Take fails only with ctx.
	Take(ctx context.Context, key string, span, slack, most time.Duration) (wait time.Duration, err error)
	// Publish tells all subscribers of channel on all replicas, this one included.
	// A message whose Publish failed may still be heard, late or twice.
	Publish(ctx context.Context, channel string, message []byte) error
	// Shared reports whether others may hear channel than the one who subscribed to it in
	// this process: always, with Redis. What nobody else is to hear
	// need not be published by who still listens.
	Shared(channel string) bool
	// Subscribe calls hear with each message of channel, in order and one at a
	// time, until cancel. It calls state(true) whenever messages are heard from
	// then on, and state(false) as soon as some may have been missed: Redis was
	// lost, or hear was too slow. Hear is never called between false and true. The
	// first call is state(true), or state(false) while Redis can't be reached.
	//
	// Nothing is called any more once cancel has returned: it waits for a call that
	// is under way, and so must not be made from hear or state. Close cancels too.
	Subscribe(channel string, hear func(message []byte), state func(up bool)) (cancel func())
	// Close lets go of connections and goroutines. A closed Store is not used.
	Close() error
	// String says where the values are, without credentials.
	String() string
}

// Lease is the right to do something that one process in the cluster should do. It
// runs out by itself, so whoever dies costs the others no more than its time.
type Lease interface {
	// Extend makes the lease last for ttl from now; false when it was lost
	// meanwhile.
	Extend(ctx context.Context, ttl time.Duration) (bool, error)
	// Release gives it back, unless somebody else has it by now.
	Release(ctx context.Context) error
}

// Pen is a Lease on a value. Values that are set with pens alone stand in the order in
// which the pens were taken, however late a write arrives.
type Pen interface {
	Lease
	// Set keeps value for ttl, if the pen was not lost meanwhile, and reports whether it
	// did. When it failed it may be done nevertheless, for as long as the pen lasts.
	Set(ctx context.Context, value []byte, ttl time.Duration) (bool, error)
}

// ErrDown says that Redis is known to be down and was not asked.
var ErrDown = errors.New("redis is down")

// DefaultMemory is how many bytes the memory keeps when Options do not say.
const DefaultMemory = 64 << 20

// Mode is the shape of Redis that a URL leads to.
type Mode string

// The modes; the empty one is Single.
const (
	// Single is one server, or whatever answers like one.
	Single Mode = "single"
	// Sentinel asks Redis Sentinel, at the URL, for the master of a name.
	Sentinel Mode = "sentinel"
	// Cluster is a Redis Cluster, of which the URL names some nodes.
	Cluster Mode = "cluster"
)

// Options are what Open may be told; the zero value is useful.
type Options struct {
	// Mode is Single if empty.
	Mode Mode
	// RootCAs are whom rediss:// trusts, instead of the system's.
	RootCAs *x509.CertPool
	// Observe is told of every command that Redis was to be sent: get, set, delete,
	// lease (also when extended or released, and for a pen), take or publish, how it ended, and how long
	// it took. ErrDown says that it was not sent. Nothing is told of memory.
	Observe func(op string, err error, took time.Duration)
	// Patience is how long a call waits for Redis in all, 100 ms if 0. A server wants no
	// other; a test that is not about time does, on a machine that is busy.
	Patience time.Duration
	// Memory is how many bytes to keep at most without Redis, DefaultMemory if 0.
	Memory int64
	// Logger is slog's default if nil.
	Logger *slog.Logger
}

// Open returns the Store at url, or this process's memory if url is empty. Redis
// need not be there yet. No error holds a part of url, since any part may be a
// mistyped password. What a url looks like depends on the mode, with rediss:// for
// TLS in each:
//
//	single    redis://[user:password@]host[:port][/database] or unix://[user:password@]/path[?db=number]
//	sentinel  redis://host[:port][/database]?master_name=name[&addr=host:port]…[&username=…&password=…]
//	cluster   redis://[user:password@]host[:port][?addr=host:port]…
//
// A user and password before a Sentinel's host are for Sentinel, and those among
// the parameters for Redis. With TLS, all nodes show a certificate for the first
// host's name.
func Open(url string, opts Options) (Store, error) {
	opts.Patience = cmp.Or(opts.Patience, patience)
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	if url == "" {
		return openMemory(opts)
	}
	return openRedis(url, opts)
}
