package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

// joined waits until the group that is open has n commands.
func joined(t *testing.T, b *breaker, n int) {
	t.Helper()
	now := 0
	for begin := time.Now(); now < n; time.Sleep(time.Millisecond) {
		b.asked.mu.Lock()
		if b.asked.open != nil {
			now = len(b.asked.open.commands)
		}
		b.asked.mu.Unlock()
		if time.Since(begin) > ample {
			t.Errorf("%d of %d have joined", now, n)
			return
		}
	}
}

// swaps1 swaps nothing for 1, which must work.
func swaps1(ctx context.Context, s Store, key string) error {
	done, err := s.Swap(ctx, key, nil, []byte("1"), time.Minute)
	if err == nil && !done {
		err = errors.New("it was not done")
	}
	return err
}

// TestWritesLeaveWithReads of the same moment, whether or not the server knows the script.
func TestWritesLeaveWithReads(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	var log logged
	s := open(t, r.URL(), Options{Logger: log.logger(), Patience: ample}).(*shared)
	d, cancel := listen(t, open(t, r.URL(), Options{}), "c")
	defer cancel()
	d.await("up", ample)
	c := count(s)
	for i, known := range []bool{false, true} {
		a, b, told := fmt.Sprint("a", i), fmt.Sprint("b", i), make(chan error, 3)
		c.sent.Store(0)
		for _, read := range inAGroup(t, s, func() {
			go func() { told <- swaps1(t.Context(), s, a) }()
			go func() { told <- swaps1(t.Context(), s, b) }()
			go func() { told <- s.Publish(t.Context(), "c", []byte(a)) }()
			joined(t, s.shape.(*one).circle, 5)
		}, "k", "k") {
			if read.err != nil {
				t.Error(read.err)
			}
		}
		if err := errors.Join(<-told, <-told, <-told); err != nil {
			t.Error(err)
		}
		d.await(a, ample)
		if n := c.sent.Load(); known && n != 1 { // else whoever names it sends it whole, over a connection of its own
			t.Errorf("%d round trips", n)
		}
	}
	r.Do("SCRIPT", "FLUSH")
	for i := range 2 * failures { // and nobody takes the server for down
		if err := swaps1(t.Context(), s, fmt.Sprint("alone", i)); err != nil {
			t.Error(err)
		}
		r.Do("SCRIPT", "FLUSH")
	}
	if l := log.lines(); l[0] != "" {
		t.Errorf("logged %q", l)
	}
}

// TestWriterWhoLeavesWaitsForItsBytes: they may still be on their way, and are the caller's.
func TestWriterWhoLeavesWaitsForItsBytes(t *testing.T) {
	t.Parallel()
	s := open(t, redistest.Start(t).URL(), Options{Patience: ample}).(*shared)
	if err := swaps1(t.Context(), s, "before"); err != nil { // the script is known
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	told := make(chan error, 1)
	for _, read := range inAGroup(t, s, func() {
		go func() { told <- swaps1(ctx, s, "k") }()
		joined(t, s.shape.(*one).circle, 2)
		leave()
		select {
		case err := <-told:
			t.Errorf("it has left, with %v", err)
			told <- err
		case <-time.After(50 * time.Millisecond):
		}
	}, "k") {
		if read.err != nil {
			t.Error(read.err)
		}
	}
	if err := <-told; err != nil {
		t.Error(err)
	}
}

// TestSwapIsDoneOnceWhateverItsNeighbours are told: a read of keys that are being moved is
// to be sent again, with all that left behind it.
func TestSwapIsDoneOnceWhateverItsNeighbours(t *testing.T) {
	t.Parallel()
	r := redistest.StartCluster(t)
	s := open(t, r.URL(), Options{Mode: Cluster, Patience: ample}).(*shared)
	key, other := keysOf(r)[0], "{0}"
	for i := 1; r.NodeOf(other) != r.Nodes[0] || other == key; i++ {
		other = fmt.Sprintf("{%d}", i)
	}
	for _, k := range []string{key + "a", key + "b", other + "before"} {
		if err := swaps1(t.Context(), s, k); err != nil {
			t.Fatal(err)
		}
	}
	slot := strings.Trim(r.Nodes[0].Do("CLUSTER", "KEYSLOT", key), ":\r\n")
	id := func(node int) string { return strings.Split(r.Nodes[node].Do("CLUSTER", "MYID"), "\r\n")[1] }
	r.Nodes[1].Do("CLUSTER", "SETSLOT", slot, "IMPORTING", id(0))
	r.Nodes[0].Do("CLUSTER", "SETSLOT", slot, "MIGRATING", id(1))
	host, port, _ := strings.Cut(r.Nodes[1].Addr, ":")
	r.Nodes[0].Do("MIGRATE", host, port, key+"a", "0", "5000")
	b, err := s.shape.breaker(t.Context(), time.Now().Add(ample), key)
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan error, 1)
	read := inAGroup(t, s, func() {
		go func() { told <- swaps1(t.Context(), s, other) }()
		joined(t, b, 2)
	}, key+"a "+key+"b")
	if !redis.HasErrorPrefix(read[0].err, "TRYAGAIN") {
		t.Errorf("the read is told %v", read[0].err)
	}
	if err := <-told; err != nil {
		t.Error(err)
	}
}

// TestGroupBeginsWithAWrite, if it has one.
func TestGroupBeginsWithAWrite(t *testing.T) {
	ctx := t.Context()
	read, write := readOf(ctx, []string{"k"}), once{redis.NewCmd(ctx, "evalsha")}
	for _, commands := range [][]redis.Cmder{{read}, {read, read}, {write, read}, {read, write}, {read, read, write, read, write}} {
		got := slices.Clone(commands)
		writesFirst(got)
		if slices.Contains(commands, redis.Cmder(write)) != (got[0] == redis.Cmder(write)) || len(got) != len(commands) {
			t.Errorf("%d commands begin with %v", len(got), got[0])
		}
	}
}
