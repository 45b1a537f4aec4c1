package cache

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

// congested is a way to a redis-server on which what holds some text stays until it is
// let through, though whoever sent it has hung up. What is sent on other connections
// overtakes it.
type congested struct {
	net.Listener
	to string

	mu      sync.Mutex
	holds   []byte
	now     int // how many connections are held up, or Redis is not done with
	through chan struct{}
}

func congest(t *testing.T, r *redistest.Server, holds string) *congested {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &congested{Listener: l, to: r.Addr, holds: []byte(holds), through: make(chan struct{})}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { c.carry(from) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); c.clear(); running.Wait() })
	return c
}

func (c *congested) URL() string { return "redis://" + c.Addr().String() }

// carry is one connection.
func (c *congested) carry(from net.Conn) {
	defer from.Close()
	to, err := net.Dial("tcp", c.to)
	if err != nil {
		return
	}
	defer to.Close()
	held := 0
	defer func() { c.count(-held) }()
	var back sync.WaitGroup
	defer back.Wait()
	back.Go(func() {
		_, _ = io.Copy(from, to)
		_ = from.Close()
	})
	buffer := make([]byte, 1<<20)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			held += c.wait(buffer[:n])
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			_ = to.(*net.TCPConn).CloseWrite() // Redis does what it was sent
			return
		}
	}
}

// wait holds up what is to be held, and returns how many that were.
func (c *congested) wait(sent []byte) int {
	c.mu.Lock()
	hold := len(c.holds) > 0 && bytes.Contains(sent, c.holds)
	c.mu.Unlock()
	if !hold {
		return 0
	}
	c.count(1)
	<-c.through
	return 1
}

// clear lets everything through.
func (c *congested) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.holds) > 0 {
		c.holds = nil
		close(c.through)
	}
}

func (c *congested) count(more int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now += more
	return c.now
}

func (c *congested) held() int { return c.count(0) }

// TestWriteThatWasHeldUpDoesNotReplaceANewerOne has the network hold up one replica's
// entry until another has asked upstream, and written its own.
func TestWriteThatWasHeldUpDoesNotReplaceANewerOne(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	for _, name := range []string{"Health", "Device", "Configuration"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := &upstream{now: time.Now}
			way := congest(t, r, `{"generation":`)
			slow := New(u, Options{Store: openStore(t, way.URL()), Logger: slog.New(slog.DiscardHandler)})
			defer slow.Close()
			other := onRedis(t, openPatient(t, r.URL()), u)
			var ctx context.Context
			var old string
			var err error
			for try := 0; way.held() == 0; try++ { // on a busy machine Redis may seem away, and gets nothing
				if try == 20 {
					t.Fatal("nothing is held up")
				}
				ctx = as(t.Context(), fmt.Sprint(name, try))
				if old, _, err = readNamed(name)(ctx, slow); err != nil {
					t.Fatal(err)
				}
				slow.Wait() // it gives up
			}
			newer, _, err := readNamed(name)(ctx, other)
			if err != nil || newer == old {
				t.Fatalf("%q after %q: %v", newer, old, err)
			}
			other.Wait()
			way.clear()
			eventually(t, "the write arrives", func() bool { return way.held() == 0 })
			after, _, err := readNamed(name)(ctx, other)
			if err != nil || after == old {
				t.Errorf("%q is followed by %q: %v", newer, after, err)
			}
		})
	}
}
