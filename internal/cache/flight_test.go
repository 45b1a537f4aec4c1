package cache

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// crowd lets m readers of each replica read at once.
func crowd(ctx context.Context, replicas []*Service, m int, r ask) (said map[string]int, errs []error) {
	said = map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, s := range replicas {
		for range m {
			wg.Go(func() {
				say, _, err := r(ctx, s)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					errs = append(errs, err)
				} else {
					said[say]++
				}
			})
		}
	}
	wg.Wait()
	return said, errs
}

// onceInAWhile lets a crowd read until it asked upstream once, in a partition of its own
// each time: on a busy machine a call to Redis may take its 100 ms, and sends its
// replica upstream by itself.
func onceInAWhile(t *testing.T, u *upstream, partition string, read func(ctx context.Context) (ok bool)) {
	t.Helper()
	for try := range 20 {
		time.Sleep(time.Duration(try) * 50 * time.Millisecond) // until the others give it a rest
		before := u.count()
		ok := read(as(t.Context(), fmt.Sprint(partition, try)))
		n := u.count() - before
		t.Logf("%s: 100 readers made %d flights", partition, n)
		if ok && n == 1 {
			return
		}
	}
	t.Errorf("%s: never one flight", partition)
}

func TestManyReplicasMakeOneFlight(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	for name, memory := range map[string]int64{"with memory": 1 << 20, "without": 0} {
		t.Run(name, func(t *testing.T) {
			u := &upstream{now: time.Now, before: sleeping(400 * time.Millisecond)}
			replicas := troupe(t, r, 5, u, Options{Memory: memory})
			for _, read := range []string{"Health", "Operations", "Devices"} {
				onceInAWhile(t, u, name+read, func(ctx context.Context) bool {
					said, errs := crowd(ctx, replicas, 20, readNamed(read))
					if len(errs) > 0 {
						t.Errorf("%s: %v", read, errs)
					}
					return len(said) == 1
				})
			}
		})
	}
}

func TestFailingLoadIsToldToAllWhoWait(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	for _, kind := range []teamwork.Kind{teamwork.Throttled, teamwork.Forbidden, teamwork.NotFound, teamwork.Unavailable, teamwork.Rejected, teamwork.BadResponse} {
		t.Run(kind.String(), func(t *testing.T) {
			fails := &teamwork.Error{Kind: kind, Message: "No.", RetryAfter: 7 * time.Second, Upstream: &teamwork.UpstreamAnswer{Status: 418, Code: "teapot"}}
			u := &upstream{now: time.Now, before: failing(400*time.Millisecond, fails)}
			replicas := troupe(t, r, 5, u, inMemory)
			var errs []error
			onceInAWhile(t, u, kind.String(), func(ctx context.Context) bool {
				_, errs = crowd(ctx, replicas, 20, readNamed("Health"))
				return len(errs) == 100
			})
			for _, err := range errs {
				var e *teamwork.Error
				if e = asError(err); e == nil || e.Kind != kind || e.Message != "No." {
					t.Fatalf("got %v", err)
				}
				if kind != teamwork.NotFound && (e.RetryAfter != fails.RetryAfter || e.Upstream == nil || *e.Upstream != *fails.Upstream) {
					t.Fatalf("got %+v", e)
				}
			}
		})
	}
}

func asError(err error) *teamwork.Error {
	e := (*teamwork.Error)(nil)
	_ = errors.As(err, &e)
	return e
}

// hold takes the pen for loading what is asked of a device, as a replica would.
func hold(t *testing.T, s *Service, noun string) cluster.Pen {
	t.Helper()
	return holdIn(t, s, "p", noun)
}

func holdIn(t *testing.T, s *Service, partition, noun string) cluster.Pen {
	t.Helper()
	gen, _ := s.ask(t.Context(), about("d1").key(partition, noun))
	pen, err := s.store.Pen(t.Context(), gen.key.entry, gen.token, leaseTime)
	if err != nil || pen == nil {
		t.Fatal(pen, err)
	}
	return pen
}

func TestHolderThatDiesCostsItsLeaseAndNoError(t *testing.T) {
	for name, extended := range map[string]time.Duration{"at once": 0, "after it extended its lease": 1900 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			play(t, 3, inMemory, func(t *testing.T, p *stage) {
				lease := hold(t, p.replicas[0], "health")
				died := time.Now().Add(extended)
				time.AfterFunc(extended, func() { _, _ = lease.Extend(p.ctx, leaseTime) })
				said, errs := crowd(p.ctx, p.replicas, 10, readNamed("Health"))
				if len(errs) > 0 || len(said) != 1 || p.count() != 1 {
					t.Errorf("%v, %v after %d calls", said, errs, p.count())
				}
				if took := time.Since(died); took < leaseTime || took > leaseTime+tryAgain {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// TestReaderAfterACreateWaitsForNoFlightOfBefore has another replica load what the create
// is about to change, for longer than the reader cares to wait.
func TestReaderAfterACreateWaitsForNoFlightOfBefore(t *testing.T) {
	play(t, 3, inMemory, func(t *testing.T, p *stage) {
		p.set(sleeping(8 * time.Second))
		var first sync.WaitGroup
		first.Go(func() { _, _, _ = readNamed("Health")(p.ctx, p.replicas[0]) })
		time.Sleep(3 * time.Second) // it has extended its lease
		p.set(nil)
		_, _ = p.replicas[1].CreateOperation(p.ctx, restart)
		begin, asked := time.Now(), p.count()
		said, errs := crowd(p.ctx, p.replicas[1:], 10, readNamed("Health"))
		if took := time.Since(begin); took > time.Second || len(errs) > 0 || len(said) != 1 || p.count() != asked+1 {
			t.Errorf("%v, %v after %v and %d calls", said, errs, took, p.count()-asked)
		}
		first.Wait()
		again, errs := crowd(p.ctx, p.replicas, 1, readNamed("Health"))
		for say := range again {
			if said[say] == 0 || len(errs) > 0 {
				t.Errorf("the flight of before brought %q, %v", say, errs)
			}
		}
	})
}

// TestHolderThatDiesCostsItsLeaseOnRedis several times at most: a call that took its 100 ms
// sends its replica upstream by itself.
func TestHolderThatDiesCostsItsLeaseOnRedis(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	u := &upstream{now: time.Now}
	replicas := troupe(t, r, 3, u, inMemory)
	for try := 1; ; try++ {
		partition, before := fmt.Sprint("p", try), u.count()
		_ = holdIn(t, replicas[0], partition, "health")
		begin := time.Now()
		said, errs := crowd(as(t.Context(), partition), replicas, 10, readNamed("Health"))
		took, calls := time.Since(begin), u.count()-before
		t.Logf("a holder that died cost %v and %d calls", took, calls)
		if len(errs) > 0 {
			t.Errorf("%v", errs)
		}
		if len(said) == 1 && calls == 1 && took >= leaseTime-100*time.Millisecond && took <= 2*leaseTime+time.Second {
			return
		}
		if try == 5 {
			t.Errorf("%v after %d calls and %v", said, calls, took)
			return
		}
	}
}

func TestReplicaThatClosesHoldsNobodyUp(t *testing.T) {
	play(t, 2, inMemory, func(t *testing.T, p *stage) {
		p.set(sleeping(time.Hour))
		go func() { _, _, _ = readNamed("Health")(p.ctx, p.replicas[0]) }()
		synctest.Wait()
		p.set(nil)
		done := make(chan error)
		go func() {
			_, _, err := readNamed("Health")(p.ctx, p.replicas[1])
			done <- err
		}()
		synctest.Wait()
		begin := time.Now()
		p.replicas[0].Close()
		if err := <-done; err != nil || time.Since(begin) != 0 {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
}

func TestLoadLongerThanItsLeaseKeepsIt(t *testing.T) {
	play(t, 3, inMemory, func(t *testing.T, p *stage) {
		p.set(sleeping(3*leaseTime + time.Second))
		said, errs := crowd(p.ctx, p.replicas, 10, readNamed("Health"))
		if len(errs) > 0 || len(said) != 1 || p.count() != 1 {
			t.Errorf("%v, %v after %d calls", said, errs, p.count())
		}
	})
}

// TestLoadLongerThanItsLeaseKeepsItOnRedis once in a few times at least: a call that took
// its 100 ms sends its replica upstream by itself, or leaves a lease to run out.
func TestLoadLongerThanItsLeaseKeepsItOnRedis(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 3 s")
	}
	t.Parallel()
	r := redistest.Start(t)
	u := &upstream{now: time.Now, before: sleeping(leaseTime * 3 / 2)}
	replicas := troupe(t, r, 3, u, inMemory)
	for try := 1; ; try++ {
		before := u.count()
		said, errs := crowd(as(t.Context(), fmt.Sprint("p", try)), replicas, 10, readNamed("Health"))
		if len(errs) > 0 {
			t.Errorf("%v", errs)
		}
		calls := u.count() - before
		if len(said) == 1 && calls == 1 {
			return
		}
		if try == 5 {
			t.Errorf("%v after %d calls", said, calls)
			return
		}
	}
}

// TestLoadThatLostItsLeaseDoesNotOverwriteANewerOne has a replica whose lease ran out
// though it still loads.
func TestLoadThatLostItsLeaseDoesNotOverwriteANewerOne(t *testing.T) {
	play(t, 3, inMemory, func(t *testing.T, p *stage) {
		p.stores[0].taken.Store(true)
		p.set(sleeping(2 * leaseTime))
		go func() { _, _, _ = readNamed("Health")(p.ctx, p.replicas[0]) }()
		synctest.Wait()
		p.set(nil)
		time.Sleep(time.Second)
		newer, _, _ := readNamed("Health")(p.ctx, p.replicas[1])
		time.Sleep(2 * leaseTime)
		synctest.Wait()
		if say, _, _ := p.read(2, "Health"); say != newer {
			t.Errorf("the store has %q, and had %q", say, newer)
		}
	})
}

func TestStoreThatFailsLeavesEveryReplicaToItself(t *testing.T) {
	for name, fail := range map[string]func(*counting) *atomic.Bool{
		"at Get":   func(c *counting) *atomic.Bool { return &c.failGet },
		"at Lease": func(c *counting) *atomic.Bool { return &c.failLease },
	} {
		t.Run(name, func(t *testing.T) {
			play(t, 3, inMemory, func(t *testing.T, p *stage) {
				for _, c := range p.stores {
					fail(c).Store(true)
				}
				p.set(sleeping(time.Second))
				begin := time.Now()
				said, errs := crowd(p.ctx, p.replicas, 10, readNamed("Health"))
				if len(errs) > 0 || len(said) != 3 || p.count() != 3 || time.Since(begin) != time.Second {
					t.Errorf("%v, %v after %d calls and %v", said, errs, p.count(), time.Since(begin))
				}
			})
		})
	}
}

// TestStoreThatKeepsNothingFailsNobody has leases, and no values.
func TestStoreThatKeepsNothingFailsNobody(t *testing.T) {
	play(t, 3, inMemory, func(t *testing.T, p *stage) {
		for _, c := range p.stores {
			c.failSet.Store(true)
		}
		p.set(sleeping(100 * time.Millisecond))
		begin := time.Now()
		_, errs := crowd(p.ctx, p.replicas, 10, readNamed("Health"))
		if len(errs) > 0 || time.Since(begin) > 300*time.Millisecond {
			t.Errorf("%v after %v", errs, time.Since(begin))
		}
	})
}

func TestReaderWhoLeavesDoesNotFailOtherReplicas(t *testing.T) {
	play(t, 2, inMemory, func(t *testing.T, p *stage) {
		p.set(sleeping(time.Second))
		ctx, leave := context.WithCancel(p.ctx)
		go func() { _, _, _ = readNamed("Health")(ctx, p.replicas[0]) }()
		synctest.Wait()
		go func() { time.Sleep(500 * time.Millisecond); leave() }()
		begin := time.Now()
		if _, _, err := readNamed("Health")(p.ctx, p.replicas[1]); err != nil || p.count() != 1 || time.Since(begin) != time.Second {
			t.Errorf("%v after %d calls and %v", err, p.count(), time.Since(begin))
		}
	})
}

func TestLoadThatTakesTooLongIsToldToAllWhoWait(t *testing.T) {
	play(t, 3, Options{Memory: 1 << 20, LoadTimeout: 5 * time.Second}, func(t *testing.T, p *stage) {
		p.set(sleeping(time.Hour))
		begin := time.Now()
		var wg sync.WaitGroup
		for _, s := range p.replicas {
			wg.Go(func() {
				if _, _, err := readNamed("Health")(p.ctx, s); teamwork.KindOf(err) != teamwork.Unavailable || time.Since(begin) != 5*time.Second {
					t.Errorf("%v after %v", err, time.Since(begin))
				}
			})
			time.Sleep(700 * time.Millisecond)
		}
		wg.Wait()
		if p.count() != 1 {
			t.Errorf("%d calls", p.count())
		}
	})
}

func TestLoadThatPanicsHoldsNobodyUp(t *testing.T) {
	play(t, 2, inMemory, func(t *testing.T, p *stage) {
		p.set(func(context.Context) error { panic("oh") })
		if _, _, err := p.read(0, "Health"); teamwork.KindOf(err) != teamwork.Internal {
			t.Errorf("got %v", err)
		}
		p.set(nil)
		begin := time.Now()
		if _, _, err := p.read(1, "Health"); err != nil || time.Since(begin) != 0 {
			t.Errorf("then %v after %v", err, time.Since(begin))
		}
	})
}

// TestFlightsOfOneReplicaHearOfEachOther has two of the same thing: a device that shares
// a slot was forgotten between.
func TestFlightsOfOneReplicaHearOfEachOther(t *testing.T) {
	play(t, 1, inMemory, func(t *testing.T, p *stage) {
		p.set(sleeping(time.Second))
		go func() { _, _, _ = readNamed("Health")(p.ctx, p.replicas[0]) }()
		synctest.Wait()
		p.replicas[0].near.forget("p", "d1")
		begin := time.Now()
		if _, _, err := readNamed("Health")(p.ctx, p.replicas[0]); err != nil || time.Since(begin) != time.Second || p.count() != 1 {
			t.Errorf("%v after %v and %d calls", err, time.Since(begin), p.count())
		}
	})
}

// TestReaderWhoComesJustAfterAFailureDoesNotWait begins to wait when the news is over.
func TestReaderWhoComesJustAfterAFailureDoesNotWait(t *testing.T) {
	play(t, 2, inMemory, func(t *testing.T, p *stage) {
		p.stores[0].lingers.Store(int64(100 * time.Millisecond))
		p.set(failing(0, outage))
		_, _, _ = readNamed("Health")(p.ctx, p.replicas[0])
		synctest.Wait()
		p.set(nil)
		begin := time.Now()
		if _, _, err := readNamed("Health")(p.ctx, p.replicas[1]); err != nil || time.Since(begin) != 0 {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
	})
}

// TestBusyReplicaHoldsNobodyUp has more to keep than is kept at a time.
func TestBusyReplicaHoldsNobodyUp(t *testing.T) {
	play(t, 2, inMemory, func(t *testing.T, p *stage) {
		for range maxWork {
			p.replicas[0].work.do(func() { time.Sleep(time.Minute) })
		}
		for i := range 3 {
			d := fmt.Sprint("d", i)
			_, _ = p.replicas[0].Health(p.ctx, d)
			synctest.Wait()
			begin := time.Now()
			if _, err := p.replicas[1].Health(p.ctx, d); err != nil || time.Since(begin) != 0 {
				t.Errorf("%v after %v", err, time.Since(begin))
			}
		}
	})
}
