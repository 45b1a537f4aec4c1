package cache

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestNearHitAsksNobodyAndAllocatesNextToNothing(t *testing.T) {
	store := &counting{Store: openStore(t, "")}
	var how seen
	u := &upstream{now: time.Now}
	s := New(u, Options{Store: store, Memory: 1 << 20, Observe: how.observe})
	t.Cleanup(s.Close)
	eventually(t, "it hears", func() bool { return !s.near.deaf.Load() })
	s.observe = nil // it allocates, and is the test's
	ctx := as(t.Context(), "p")
	for _, r := range reads {
		if _, _, err := r.ask(ctx, s); err != nil {
			t.Fatal(err)
		}
		s.Wait()
		asked, calls := u.count(), store.calls.Load()
		allocs := testing.AllocsPerRun(100, func() { _, _, _ = r.ask(ctx, s) })
		t.Logf("%s: %v allocations", r.name, allocs)
		if allocs > 2 {
			t.Errorf("%s: %v allocations", r.name, allocs)
		}
		if store.calls.Load() != calls || u.count() != asked {
			t.Errorf("%s: a near hit asked the store %d times, and upstream %d times", r.name, store.calls.Load()-calls, u.count()-asked)
		}
	}
}

func TestNearServesByTheClockOfTheService(t *testing.T) {
	w := newWorld(t)
	w.time = time.Now().Add(50*time.Millisecond - deviceLife - defaultStale) // so that all is over soon, by the wall's
	var how seen
	s := New(w.upstream, Options{Store: openStore(t, ""), Now: w.clock, Memory: 1 << 20, Observe: how.observe})
	t.Cleanup(s.Close)
	eventually(t, "it hears", func() bool { return !s.near.deaf.Load() })
	for range 2 {
		_, _, _ = readNamed("Device")(as(t.Context(), "p"), s)
		s.Wait()
		time.Sleep(100 * time.Millisecond)
	}
	if how.last() != Near {
		t.Errorf("the second read ended %q", how.last())
	}
}

func TestNearKeepsNothingWithoutMemory(t *testing.T) {
	play(t, 1, Options{}, func(t *testing.T, p *stage) {
		for range 2 {
			_, _, _ = p.read(0, "Operations")
		}
		if p.seen[0].last() != Shared {
			t.Errorf("the second read ended %q", p.seen[0].last())
		}
	})
}

// TestNearIsBounded reads more than fits, and measures what is left of it. The store
// keeps nothing, so that all that lives is near.
func TestNearIsBounded(t *testing.T) {
	const memory, slack = 2 << 20, 8 << 20
	for name, ask := range map[string]func(context.Context, *Service, int) error{
		"small answers": func(ctx context.Context, s *Service, i int) error {
			_, err := s.Device(ctx, fmt.Sprint("d", i))
			return err
		},
		"pages": func(ctx context.Context, s *Service, i int) error {
			_, err := s.Operations(ctx, teamwork.OperationsRequest{DeviceID: fmt.Sprint("d", i), Top: 20})
			return err
		},
		"empty pages with long tokens": func(ctx context.Context, s *Service, i int) error {
			_, err := s.Operations(ctx, teamwork.OperationsRequest{DeviceID: "d", Page: fmt.Sprint(i, strings.Repeat("x", 4000))})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := &counting{Store: openStore(t, "")}
			store.fail(true)
			u := &upstream{now: time.Now}
			s := New(u, Options{Store: store, Memory: memory, Logger: slog.New(slog.DiscardHandler)})
			t.Cleanup(s.Close)
			eventually(t, "it hears", func() bool { return !s.near.deaf.Load() })
			ctx := as(t.Context(), "p")
			n := 4000
			if name == "pages" {
				n = 300
			}
			before := liveHeap()
			for i := range n {
				if err := ask(ctx, s, i); err != nil {
					t.Fatal(err)
				}
			}
			s.Wait()
			s.near.cache.CleanUp()
			grown, weight := liveHeap()-before, s.near.cache.WeightedSize()
			t.Logf("%d reads: %d answers kept, weight %d KiB, heap %+d KiB", n, s.near.cache.EstimatedSize(), weight>>10, grown>>10)
			if weight > memory || weight < memory/2 {
				t.Errorf("weight %d of %d", weight, memory)
			}
			if grown > memory+slack {
				t.Errorf("%d bytes live", grown)
			}
			runtime.KeepAlive(s)
		})
	}
}

func liveHeap() int64 {
	var m runtime.MemStats
	for range 2 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestForgettingMakesNearMissAtOnce(t *testing.T) {
	for _, r := range reads {
		if r.name == "Devices" { // says nothing of an operation
			continue
		}
		for who, creator := range map[string]int{"its own create": 0, "another replica's": 1} {
			t.Run(r.name+", "+who, func(t *testing.T) {
				play(t, 2, inMemory, func(t *testing.T, p *stage) {
					p.status = underWay(r.name)
					first, _, _ := p.read(0, r.name)
					if again, _, _ := p.read(0, r.name); again != first || p.seen[0].last() != Near {
						t.Fatalf("the second read ended %q", p.seen[0].last())
					}
					if _, err := p.replicas[creator].CreateOperation(p.ctx, restart); err != nil {
						t.Fatal(err)
					}
					synctest.Wait() // the news travels
					if again, _, _ := p.read(0, r.name); again == first || p.seen[0].last() != Upstream {
						t.Errorf("answers %q as before, from %q", again, p.seen[0].last())
					}
				})
			})
		}
	}
}

// TestAnswerUnderWayWhenForgottenIsNotServed has the answer fetched before a create, and
// there after it.
func TestAnswerUnderWayWhenForgottenIsNotServed(t *testing.T) {
	for who, creator := range map[string]int{"its own create": 0, "another replica's": 1} {
		for store, down := range map[string]bool{"store": false, "no store": true} {
			if down && creator == 1 {
				continue // nobody can tell
			}
			t.Run(who+", "+store, func(t *testing.T) {
				play(t, 2, inMemory, func(t *testing.T, p *stage) {
					p.stores[0].fail(down)
					p.set(sleeping(time.Second))
					old := make(chan string)
					go func() {
						say, _, _ := readNamed("Operations")(p.ctx, p.replicas[0])
						old <- say
					}()
					synctest.Wait()
					p.set(nil)
					_, _ = p.replicas[creator].CreateOperation(p.ctx, restart)
					older := <-old
					synctest.Wait()
					if say, _, _ := p.read(0, "Operations"); say == older {
						t.Errorf("served again: %q", say)
					}
					if say, _, _ := p.read(0, "Operation"); say == older {
						t.Errorf("its members are served: %q", say)
					}
				})
			})
		}
	}
}

func TestDeafReplicaBelievesItsMemoryForASecond(t *testing.T) {
	play(t, 1, inMemory, func(t *testing.T, p *stage) {
		read := func(want Outcome, when string) {
			t.Helper()
			if _, _, err := p.read(0, "Health"); err != nil || p.seen[0].last() != want {
				t.Errorf("%s: from %q, %v; want it from %q", when, p.seen[0].last(), err, want)
			}
		}
		read(Upstream, "first")
		read(Near, "then")
		p.stores[0].say(false)
		read(Shared, "when the channel is lost")
		time.Sleep(deafLife)
		read(Near, "a second later")
		time.Sleep(time.Millisecond)
		read(Shared, "a moment later")
		read(Near, "within the next second")
		p.stores[0].say(true)
		read(Shared, "when the channel is back")
		time.Sleep(2 * deafLife)
		read(Near, "two seconds later")
	})
}

func TestReplicaIsDeafUntilItHears(t *testing.T) {
	store := &mute{openStore(t, "")}
	var how seen
	s := New(&upstream{now: time.Now}, Options{Store: store, Memory: 1 << 20, Observe: how.observe})
	t.Cleanup(s.Close)
	if !s.near.deaf.Load() {
		t.Error("a replica that does not hear yet believes its memory for more than a second")
	}
}

// TestSlowStoreDoesNotBringBackAnOlderAnswer has an answer of the store's on its way
// while a newer one is taken into memory.
func TestSlowStoreDoesNotBringBackAnOlderAnswer(t *testing.T) {
	play(t, 1, inMemory, func(t *testing.T, p *stage) {
		s, r := p.replicas[0], request[teamwork.Device]{noun: &deviceNoun, near: nearKey{"p", "device", about("d1")}}
		_, _, _ = p.read(0, "Device")
		before, _ := look(p.ctx, s, r)
		time.Sleep(deviceLife)
		_, _, _ = p.read(0, "Device") // refreshes behind
		newer, meta, _ := p.read(0, "Device")
		if meta.Stale {
			t.Fatal("not refreshed")
		}
		s.near.offer(r.near, before)
		if again, _, _ := p.read(0, "Device"); again != newer {
			t.Errorf("the older %q came back over %q", again, newer)
		}
	})
}
