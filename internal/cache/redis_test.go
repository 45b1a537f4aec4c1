package cache

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// onRedis returns a replica that keeps in a redis-server. Time is the wall's.
func onRedis(t testing.TB, store cluster.Store, u *upstream) *Service {
	s := New(u, Options{Store: store, Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(s.Close)
	return s
}

func TestRedisHoldsWhatOtherReplicasNeedAndNoSecret(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	u := &upstream{now: time.Now, status: "InProgress"}
	a, b := onRedis(t, openPatient(t, r.URL()), u), onRedis(t, openPatient(t, r.URL()), u)
	ctx := as(t.Context(), "tenant/1")
	if _, err := a.CreateOperation(ctx, restart); err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for _, read := range reads {
		said[read.name], _, _ = read.ask(ctx, a)
	}
	a.Wait()
	keys := strings.Fields(r.Do("KEYS", "*"))
	for _, want := range []string{
		"tg1:{tenant%2F1}:devices:first=5", "tg1:{tenant%2F1|d1}:device", "tg1:{tenant%2F1|d1}:activity",
		"tg1:{tenant%2F1|d1}:configuration", "tg1:{tenant%2F1|d1}:health", "tg1:{tenant%2F1|d1}:operations:first=5",
		"tg1:{tenant%2F1|d1}:operation:id=o1", "tg1:{tenant%2F1|d1}:gen",
	} {
		if !slices.Contains(keys, want) {
			t.Errorf("%s is not among %q", want, keys)
			continue
		}
		value := r.Do("GET", want)
		if strings.Contains(value, "s3cret") || strings.Contains(want, "s3cret") {
			t.Errorf("%s holds a token: %s", want, value)
		}
		if ttl := strings.TrimSpace(r.Do("PTTL", want)); strings.HasPrefix(ttl, ":-") {
			t.Errorf("%s is kept for ever", want)
		}
	}
	t.Logf("an entry:\n%s", r.Do("GET", "tg1:{tenant%2F1|d1}:operation:id=o1"))
	before := u.count()
	for _, read := range reads {
		if say, _, err := read.ask(ctx, b); err != nil || say != said[read.name] {
			t.Errorf("another replica's %s: %q, %v", read.name, say, err)
		}
	}
	if n := u.count() - before; n != 0 {
		t.Errorf("another replica asked upstream %d times", n)
	}
	if _, err := b.CreateOperation(ctx, restart); err != nil {
		t.Fatal(err)
	}
	if say, _, _ := readNamed("Operations")(ctx, a); say == said["Operations"] {
		t.Error("a create of another replica was not noticed")
	}
}

// stopwatch collects how long reads took.
type stopwatch struct {
	mu    sync.Mutex
	times []time.Duration
}

func (w *stopwatch) add(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.times = append(w.times, d)
}

func (w *stopwatch) lap() (n int, p50, p99, most time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.Sort(w.times)
	if n = len(w.times); n > 0 {
		p50, p99, most = w.times[n/2], w.times[n*99/100], w.times[n-1]
	}
	w.times = nil
	return n, p50, p99, most
}

// underLoad lets readers read until the test ends it, and returns their watch.
// Each reads other devices, so that none waits for another's flight, at the pace
// of a client that thinks for a moment. What the machine was late is not the read's.
func underLoad(t *testing.T, s *Service, readers int) (*stopwatch, func()) {
	var watch stopwatch
	var failed atomic.Int64
	late := redistest.Late()
	ctx, stop := context.WithCancel(as(context.Background(), "p"))
	var wg sync.WaitGroup
	for reader := range readers {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				begin, lateness := time.Now(), late.Sum()
				_, err := s.Operations(as(context.Background(), "p"), teamwork.OperationsRequest{DeviceID: fmt.Sprint("d", reader, ".", i%8), Top: 5})
				watch.add(late.Less(time.Since(begin), lateness))
				if err != nil && failed.Add(1) == 1 {
					t.Errorf("a read failed: %v", err)
				}
				time.Sleep(2 * time.Millisecond)
			}
		})
	}
	return &watch, func() { stop(); wg.Wait(); s.Wait(); late.Stop() }
}

// loses takes Redis away from readers and gives it back, until once hardly a read took
// much longer than the 100 ms that are Redis's. None may fail.
func loses(t *testing.T, r *redistest.Server, lose, restore func()) {
	withPatience(t, func() (slow string) { return readsWithout(t, r, lose, restore) })
}

func readsWithout(t *testing.T, r *redistest.Server, lose, restore func()) (slow string) {
	u := &upstream{now: time.Now}
	s := onRedis(t, openStore(t, r.URL()), u)
	watch, stop := underLoad(t, s, 16)
	defer stop()
	lap := func(what string, last time.Duration) (asked int) {
		before := u.count()
		time.Sleep(last)
		n, p50, p99, most := watch.lap()
		t.Logf("%-13s %6d reads, %5d of them upstream: median %v, p99 %v, longest %v", what, n, u.count()-before, p50, p99, most)
		// A lease that was taken though nobody heard of it, just before Redis froze, costs
		// its time when Redis thaws.
		if n == 0 || p99 > 300*time.Millisecond || most > leaseTime+time.Second {
			slow += fmt.Sprintf("%s: p99 %v, longest %v of %d reads\n", what, p99, most, n)
		}
		return u.count() - before
	}
	lap("with Redis", 300*time.Millisecond)
	lose()
	lap("without", 1200*time.Millisecond) // long enough for a probe
	restore()
	lap("coming back", time.Second)
	eventually(t, "Redis is back, and upstream is hardly asked", func() bool { return lap("with it again", 300*time.Millisecond) <= 16 })
	return slow
}

func TestKilledRedisFailsNoRead(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	loses(t, r, r.Kill, r.Restart)
}

func TestFrozenRedisFailsNoRead(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	loses(t, r, r.Pause, r.Resume)
}

func TestCreateIsNotHeldUpByAFrozenRedis(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	u := &upstream{now: time.Now}
	s, other := onRedis(t, openStore(t, r.URL()), u), onRedis(t, openPatient(t, r.URL()), u)
	ctx := as(t.Context(), "p")
	old, _, _ := readNamed("Configuration")(ctx, s)
	s.Wait()
	r.Pause()
	late := redistest.Late()
	defer late.Stop()
	begin := time.Now()
	if _, err := s.CreateOperation(ctx, restart); err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); late.Less(took, 0) > 300*time.Millisecond {
		t.Errorf("took %v, of which a busy machine's are %v", took, late.Sum())
	} else {
		t.Logf("a create without Redis took %v", took)
	}
	if say, _, _ := readNamed("Configuration")(ctx, s); say == old {
		t.Error("remembered from before the create")
	}
	r.Resume()
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		_, _, _ = readNamed("Configuration")(ctx, s) // tells the store
		s.Wait()
		say, _, err := readNamed("Configuration")(ctx, other)
		if err != nil {
			t.Fatal(err)
		}
		if say != old {
			break
		}
		if time.Since(begin) > 5*time.Second {
			t.Fatal("the other replica still answers from before the create")
		}
	}
}
