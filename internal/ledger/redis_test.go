package ledger

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func openRedis(t *testing.T, server *redistest.Server) cluster.Store {
	return openFor(t, server, 0)
}

// openPatient is for what is not about time: a busy machine may be late.
func openPatient(t *testing.T, server *redistest.Server) cluster.Store {
	return openFor(t, server, 10*time.Second)
}

func openFor(t *testing.T, server *redistest.Server, patience time.Duration) cluster.Store {
	t.Helper()
	store, err := cluster.Open(server.URL(), cluster.Options{Logger: slog.New(slog.DiscardHandler), Patience: patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return &witness{Store: store}
}

// redisReplicas returns two ledgers that share a redis-server.
func redisReplicas(t *testing.T, u *upstream) (*redistest.Server, [2]*Service) {
	t.Helper()
	server := redistest.Start(t)
	return server, [2]*Service{replica(t, u, openRedis(t, server)), replica(t, u, openRedis(t, server))}
}

// witness counts what a store failed at.
type witness struct {
	cluster.Store
	failed, refused atomic.Int64
}

func (w *witness) saw(err error) error {
	if err != nil {
		w.failed.Add(1)
	}
	return err
}

func (w *witness) Get(ctx context.Context, keys ...string) ([][]byte, error) {
	values, err := w.Store.Get(ctx, keys...)
	return values, w.saw(err)
}

func (w *witness) Swap(ctx context.Context, key string, old, next []byte, ttl time.Duration) (bool, error) {
	swapped, err := w.Store.Swap(ctx, key, old, next, ttl)
	return swapped, w.saw(err)
}

func (w *witness) Lease(ctx context.Context, key string, ttl time.Duration) (cluster.Lease, error) {
	lease, err := w.Store.Lease(ctx, key, ttl)
	return lease, w.saw(err)
}

// patient asks again while the store is too slow: on a busy machine it may be, and then
// nothing is sent. A ledger that refuses what its store did not fail at is not excused.
func patient(t *testing.T, s *Service, req teamwork.CreateOperation) string {
	t.Helper()
	w := s.store.(*witness)
	for range 100 {
		got := said(create(t.Context(), s, req))
		if got != "unavailable, unsent" {
			return got
		}
		if refused, failed := w.refused.Add(1), w.failed.Load(); refused > failed {
			t.Errorf("%d creates were refused, and the store failed %d times", refused, failed)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return "nothing in time"
}

func TestTwinsOnTwoReplicasSendOnce(t *testing.T) {
	u := newUpstream()
	u.before = func(teamwork.CreateOperation) { time.Sleep(20 * time.Millisecond) }
	_, replicas := redisReplicas(t, u)
	var all sync.WaitGroup
	for i := range 40 {
		device := fmt.Sprintf("d%d", i%4)
		all.Go(func() {
			if got := patient(t, replicas[i%2], restart(device, "key-0001")); got != "op1" && got != "op1, replayed" {
				t.Errorf("%s: got %q", device, got)
			}
		})
	}
	all.Wait()
	if sent, _ := u.count(""); sent != 4 {
		t.Errorf("%d sent, want 4", sent)
	}
}

func TestRedisHoldsNoKeyAndNothingForGood(t *testing.T) {
	u, server := newUpstream(), redistest.Start(t)
	s := replica(t, u, openPatient(t, server))
	_ = create(t.Context(), s, restart("d", "key-of-somebody"))
	u.set(fails(false, of(teamwork.Throttled)))
	_ = create(t.Context(), s, restart("d", "another-of-somebody"))
	for line := range strings.FieldsSeq(server.Do("KEYS", "*")) {
		if !strings.HasPrefix(line, "tg1:{") {
			continue
		}
		value, ttl := server.Do("GET", line), server.Do("TTL", line)
		if strings.Contains(line+value, "somebody") {
			t.Errorf("%s holds the key: %s", line, value)
		}
		seconds := 0
		if _, err := fmt.Sscanf(ttl, ":%d", &seconds); err != nil || seconds < 90*60*60 || seconds > 96*60*60 {
			t.Errorf("%s lives for %q", line, ttl)
		}
	}
	if all := server.Do("KEYS", "*"); strings.Count(all, "tg1:{") != strings.Count(all, "\n$") || strings.Count(all, "tg1:{") != 3 {
		t.Errorf("want two records and an owner, all under the prefix:\n%s", all)
	}
}

func TestRedisGoneSendsNothing(t *testing.T) {
	u := newUpstream()
	server, replicas := redisReplicas(t, u)
	if got := patient(t, replicas[0], restart("d", "key-0001")); got != "op1" {
		t.Fatalf("got %q", got)
	}
	for _, gone := range []func(){server.Pause, server.Kill} {
		gone()
		for range 5 {
			if got := said(create(t.Context(), replicas[1], restart("d", "key-0002"))); got != "unavailable, unsent" {
				t.Errorf("got %q", got)
			}
		}
	}
	if sent, _ := u.count("d"); sent != 1 {
		t.Errorf("%d sent", sent)
	}
	server.Restart()
	if got := patient(t, replicas[1], restart("d", "key-0002")); got != "op2" {
		t.Errorf("once it is back: %q", got)
	}
}

func TestFullRedisSendsNothing(t *testing.T) {
	server := redistest.Start(t, "--maxmemory", "1")
	u := newUpstream()
	s := replica(t, u, openRedis(t, server))
	if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "unavailable, unsent" {
		t.Errorf("got %q", got)
	}
	if sent, _ := u.count("d"); sent != 0 {
		t.Errorf("%d sent", sent)
	}
}
