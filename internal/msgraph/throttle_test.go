package msgraph

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// tampered is a Store that may be deaf, or answer nothing.
type tampered struct {
	cluster.Store
	deaf, down atomic.Bool
	looks      atomic.Int32
	say        func(up bool)
}

func (s *tampered) Subscribe(channel string, hear func([]byte), state func(bool)) func() {
	s.say = func(up bool) {
		s.deaf.Store(!up)
		state(up)
	}
	return s.Store.Subscribe(channel, func(message []byte) {
		if !s.deaf.Load() {
			hear(message)
		}
	}, state)
}

func (s *tampered) Get(ctx context.Context, keys ...string) ([][]byte, error) {
	s.looks.Add(1)
	if s.down.Load() {
		return nil, cluster.ErrDown
	}
	return s.Store.Get(ctx, keys...)
}

func (s *tampered) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if s.down.Load() {
		return cluster.ErrDown
	}
	return s.Store.Set(ctx, key, value, ttl)
}

func (s *tampered) Publish(ctx context.Context, channel string, message []byte) error {
	if s.down.Load() {
		return cluster.ErrDown
	}
	return s.Store.Publish(ctx, channel, message)
}

// replicas returns gates over Stores that share a memory, in a bubble.
func replicas(t *testing.T, n int) (gates []*gate, stores []*tampered, shut func()) {
	t.Helper()
	store := memory(t)
	for range n {
		s := &tampered{Store: store}
		stores, gates = append(stores, s), append(gates, gateOf(Options{Shared: s}))
	}
	synctest.Wait()
	return gates, stores, func() {
		for _, g := range gates {
			g.unheard()
		}
		_ = store.Close()
	}
}

func TestReplicasHearOfAThrottling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gates, stores, shut := replicas(t, 3)
		defer shut()
		for _, g := range gates {
			passes(t, g, "")
		}
		ends(t, gates[0], throttled, 5*time.Second)
		synctest.Wait()
		for _, g := range gates {
			refuses(t, g, t.Context(), "", teamwork.Throttled, 5*time.Second)
			if until := g.throttledUntil(t.Context()); !until.Time.Equal(time.Now().Add(5 * time.Second)) {
				t.Errorf("until %v", until)
			}
		}
		other := teamwork.WithCaller(t.Context(), &teamwork.Caller{Partition: "other"})
		if leave, err := gates[1].enter(other, 1, ""); err != nil {
			t.Errorf("somebody else: %v", err)
		} else {
			leave(answered, 0)
		}
		time.Sleep(5 * time.Second)
		for i, g := range gates {
			passes(t, g, "")
			if looks := stores[i].looks.Load(); looks > 2 {
				t.Errorf("replica %d looked %d times, though it heard all", i, looks)
			}
		}
	})
}

func TestNewReplicaLooksFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gates, stores, shut := replicas(t, 1)
		defer shut()
		ends(t, gates[0], throttled, 20*time.Second)
		time.Sleep(5 * time.Second)
		late := gateOf(Options{Shared: stores[0].Store})
		defer late.unheard()
		refuses(t, late, t.Context(), "", teamwork.Throttled, 15*time.Second)
		if until := late.throttledUntil(t.Context()); !until.Time.Equal(time.Now().Add(15 * time.Second)) {
			t.Errorf("until %v", until)
		}
	})
}

// TestClocksNeedNotAgree: who looks waits for the memo to go, whatever its clock says, and
// not much longer.
func TestClocksNeedNotAgree(t *testing.T) {
	for _, skew := range []time.Duration{-time.Hour, -10 * time.Second, -time.Second, 0, time.Second, 10 * time.Second, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			const span = 20 * time.Second
			store := memory(t)
			g := gateOf(Options{Shared: store})
			defer func() { g.unheard(); _ = store.Close() }()
			if err := store.Set(t.Context(), g.account(t.Context()).shares("throttle"), memo(time.Now().Add(span+skew), span), span); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			for {
				leave, err := g.enter(t.Context(), 1, "")
				if err == nil {
					leave(answered, 0)
					break
				}
				if e := wantKind(t, err, teamwork.Throttled); e.RetryAfter > span || e.RetryAfter <= 0 {
					t.Fatalf("%v ahead: told to wait %v", skew, e.RetryAfter)
				}
				time.Sleep(soon / 3)
			}
			if took := time.Since(began); took < span || took > span+lookAgain+soon {
				t.Errorf("%v ahead: let in after %v", skew, took)
			}
		})
	}
}

// TestDeafReplicaLooks: what it can't hear it finds out a second later, and at once when it
// hears again.
func TestDeafReplicaLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gates, stores, shut := replicas(t, 2)
		defer shut()
		passes(t, gates[1], "")
		stores[1].say(false)
		passes(t, gates[1], "")
		ends(t, gates[0], throttled, 20*time.Second)
		time.Sleep(lookAgain)
		refuses(t, gates[1], t.Context(), "", teamwork.Throttled, 20*time.Second-lookAgain)
		for range 10 {
			time.Sleep(lookAgain / 10)
			_, _ = gates[1].enter(t.Context(), 1, "")
		}
		if looks := stores[1].looks.Load(); looks > 4 {
			t.Errorf("it looked %d times", looks)
		}
		time.Sleep(20 * time.Second)
		passes(t, gates[1], "")
		ends(t, gates[0], throttled, 20*time.Second)
		stores[1].say(true)
		refuses(t, gates[1], t.Context(), "", teamwork.Throttled, 20*time.Second)
	})
}

func TestThrottlingIsKeptWithoutRedis(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gates, stores, shut := replicas(t, 2)
		defer shut()
		stores[0].down.Store(true)
		stores[0].say(false)
		ends(t, gates[0], throttled, 5*time.Second)
		refuses(t, gates[0], t.Context(), "", teamwork.Throttled, 5*time.Second)
		passes(t, gates[1], "")
		time.Sleep(6 * time.Second)
		passes(t, gates[0], "")
	})
}

func TestStrangeMessagesAreNotHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gates, stores, shut := replicas(t, 1)
		defer shut()
		passes(t, gates[0], "")
		for _, message := range []string{"", "{", "null", `{"account":"","ms":-1}`, `{"account":"","ms":0}`, `{"from":"x","account":"other","ms":9000}`, `{"ms":"9"}`} {
			if err := stores[0].Store.Publish(t.Context(), throttleChannel, []byte(message)); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			passes(t, gates[0], "")
		}
		gates[0].hear([]byte(`{"from":"` + gates[0].name + `","account":"","ms":9000}`)) // its own, later than it knew
		passes(t, gates[0], "")
		if err := stores[0].Store.Publish(t.Context(), throttleChannel, []byte(`{"from":"x","account":"","ms":9223372036854775807}`)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		refuses(t, gates[0], t.Context(), "", teamwork.Throttled, longestThrottle)
		_ = stores[0].Store.Set(t.Context(), newAccount("").shares("throttle"), []byte("nonsense"), time.Hour)
		late := gateOf(Options{Shared: stores[0].Store})
		defer late.unheard()
		passes(t, late, "")
	})
}

// TestClientIsThrottled: nothing is sent, not even a create, and the status says so.
func TestClientIsThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reasons []string
		client, s := scripted(t, Options{Withheld: func(reason string) { reasons = append(reasons, reason) }},
			step{status: 429, header: "Retry-After: 30"}, step{body: fine})
		_, err := client.Device(t.Context(), "d1")
		wantKind(t, err, teamwork.Throttled)
		_, read := client.Device(t.Context(), "d2")
		_, create := client.CreateOperation(t.Context(), action(teamwork.DeviceRestart))
		for _, err := range []error{read, create} {
			if e := wantKind(t, err, teamwork.Throttled); !e.Unsent || e.RetryAfter != 30*time.Second {
				t.Errorf("got %+v", e)
			}
		}
		got := client.Status(t.Context())
		if len(s.sent) != 1 || !got.ThrottledUntil.Time.Equal(time.Now().Add(30*time.Second)) || got.Circuit != teamwork.CircuitClosed {
			t.Errorf("%d sent, %+v", len(s.sent), got)
		}
		if len(reasons) != 2 || reasons[0] != "throttled" || reasons[1] != "throttled" {
			t.Errorf("withheld for %q", reasons)
		}
		time.Sleep(30 * time.Second)
		if _, err := client.Device(t.Context(), "d1"); err != nil || client.Status(t.Context()).ThrottledUntil.Known() {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// openRedis returns gates that share a redis-server.
func openRedis(t *testing.T, r *redistest.Server, opts Options, n int) (gates []*gate) {
	t.Helper()
	for range n {
		store, err := cluster.Open(r.URL(), cluster.Options{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		opts.Shared = store
		g := gateOf(opts)
		t.Cleanup(func() {
			g.unheard()
			_ = store.Close()
		})
		eventually(t, "hears", func() bool { return g.hearing.Load()%2 == 1 })
		gates = append(gates, g)
	}
	return gates
}

func eventually(t *testing.T, what string, f func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !f() {
		if time.Since(began) > 10*time.Second {
			t.Fatalf("%s: not after ten seconds", what)
		}
		time.Sleep(time.Millisecond)
	}
	return time.Since(began)
}

func TestReplicasHearThroughRedis(t *testing.T) {
	r := redistest.Start(t)
	gates := openRedis(t, r, Options{}, 2)
	isThrottled := func(g *gate) bool {
		leave, err := g.enter(t.Context(), 1, "")
		if err == nil {
			leave(answered, 0)
		}
		return teamwork.KindOf(err) == teamwork.Throttled
	}
	passes(t, gates[1], "")
	ends(t, gates[0], throttled, time.Minute)
	t.Logf("heard after %v", eventually(t, "heard", func() bool { return isThrottled(gates[1]) }))
	if late := openRedis(t, r, Options{}, 1)[0]; !isThrottled(late) {
		t.Error("a new replica does not know")
	}
	r.Kill()
	if !isThrottled(gates[1]) {
		t.Error("forgotten with Redis")
	}
	eventually(t, "deaf", func() bool { return gates[1].hearing.Load()%2 == 0 })
	ctx := teamwork.WithCaller(t.Context(), &teamwork.Caller{Partition: "other"})
	leave, err := gates[1].enter(ctx, 1, "")
	if err != nil {
		t.Fatalf("without Redis: %v", err)
	}
	leave(answered, 0)
}

// TestReplicasKeepThePaceThroughRedis: together no more than the rate. Takes that Redis
// does not answer in time are each replica's own, so there may be a few more.
func TestReplicasKeepThePaceThroughRedis(t *testing.T) {
	const rate, burst = 50, 20
	gates := openRedis(t, redistest.Start(t), Options{Rate: rate, Burst: burst}, 2)
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	var sent atomic.Int32
	done := make(chan struct{})
	for i := range 10 {
		go func() {
			defer func() { done <- struct{}{} }()
			for ctx.Err() == nil {
				leave, err := gates[i%2].enter(ctx, 1, "")
				if err != nil {
					if !errors.Is(err, context.DeadlineExceeded) && teamwork.KindOf(err) != teamwork.Throttled {
						t.Error(err)
					}
					return
				}
				sent.Add(1)
				leave(answered, 0)
			}
		}()
	}
	for range 10 {
		<-done
	}
	most := burst + rate*time.Since(began).Seconds()
	t.Logf("%d sent in %v, at most %.0f", sent.Load(), time.Since(began), most)
	if got := float64(sent.Load()); got > most+burst || got < burst {
		t.Errorf("%v sent, want %v at most", got, most)
	}
}
