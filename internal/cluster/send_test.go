package cluster

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

// joined waits until the group that is open has n commands.
func joined(b *breaker, n int) {
	for now := 0; now < n; time.Sleep(time.Millisecond) {
		b.asked.mu.Lock()
		now = len(b.asked.open.commands)
		b.asked.mu.Unlock()
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
			joined(s.shape.(*one).circle, 5)
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
		joined(s.shape.(*one).circle, 2)
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
