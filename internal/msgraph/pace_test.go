package msgraph

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// counting is a Store that counts what is taken from it.
type counting struct {
	cluster.Store
	takes atomic.Int32
	taken atomic.Int64
}

func (c *counting) Take(ctx context.Context, key string, span, slack, most time.Duration) (time.Duration, error) {
	c.takes.Add(1)
	wait, err := c.Store.Take(ctx, key, span, slack, most)
	if err == nil && wait <= most {
		c.taken.Add(int64(span))
	}
	return wait, err
}

// crowd sends as fast as it may for a while, from both gates, and returns how many inner
// requests had been sent by then, second by second.
func crowd(t *testing.T, lasts time.Duration, n int, gates ...*gate) (by []int) {
	t.Helper()
	var all sync.WaitGroup
	var sent atomic.Int32
	ctx, cancel := context.WithTimeout(t.Context(), lasts)
	defer cancel()
	for i := range 20 {
		all.Go(func() {
			for ctx.Err() == nil {
				leave, err := gates[i%len(gates)].enter(ctx, n, "")
				if err != nil {
					time.Sleep(100 * time.Millisecond)
					continue
				}
				sent.Add(int32(n))
				time.Sleep(10 * time.Millisecond)
				leave(answered, 0)
			}
		})
	}
	time.Sleep(-time.Nanosecond + time.Second) // just before they go on
	for range lasts / time.Second {
		by = append(by, int(sent.Load()))
		time.Sleep(time.Second)
	}
	all.Wait()
	return by
}

func TestReplicasKeepThePaceTogether(t *testing.T) {
	for _, c := range []struct {
		name     string
		rate     float64
		burst, n int
	}{
		{"alone", 30, 300, 1}, {"in batches", 30, 300, 20}, {"slowly", 2, 20, 1}, {"batches beyond the burst", 10, 5, 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := memory(t)
				opts := Options{Rate: c.rate, Burst: c.burst, Shared: store}
				gates := []*gate{gateOf(opts), gateOf(opts)}
				by := crowd(t, 20*time.Second, c.n, gates...)
				for i, sent := range by {
					seconds := float64(i + 1)
					most := float64(c.burst) + c.rate*seconds
					if float64(sent) > most || float64(sent) < most-c.rate-float64(2*c.n+slice) {
						t.Errorf("after %v s %d were sent, want about %v", seconds, sent, most)
					}
				}
				for _, g := range gates {
					g.unheard()
				}
				_ = store.Close()
			})
		})
	}
}

// TestFewRequestsWaitForTheSharedBudget: while there is some, a busy replica takes ahead,
// and a quiet one leaves the others theirs.
func TestFewRequestsWaitForTheSharedBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			name  string
			every time.Duration
			n     int
			takes int32
			taken time.Duration // at a thousand a second
		}{
			{"busy", 10 * time.Millisecond, 1, 15, 220 * time.Millisecond},
			{"busy with batches", 10 * time.Millisecond, 7, 80, 1420 * time.Millisecond},
			{"quiet", 3 * time.Second, 1, 200, 200 * time.Millisecond},
		} {
			store := &counting{Store: memory(t)}
			g := gateOf(Options{Rate: 1000, Burst: 10_000, Shared: store})
			for range 200 {
				leave, err := g.enter(t.Context(), c.n, "")
				if err != nil {
					t.Fatal(err)
				}
				leave(answered, 0)
				time.Sleep(c.every)
			}
			if takes, taken := store.takes.Load(), time.Duration(store.taken.Load()); takes > c.takes || taken > c.taken {
				t.Errorf("%s: %d times to the shared budget for 200 requests, and %v of it taken", c.name, takes, taken)
			}
			before := store.takes.Load()
			time.Sleep(sliceLife) // what is in hand is lost
			if passes(t, g, ""); store.takes.Load() == before {
				t.Errorf("%s: what was in hand is used later", c.name)
			}
			g.unheard()
			_ = store.Close()
		}
	})
}

func TestRequestThatWouldWaitInVainIsRefusedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory(t)
		g := gateOf(Options{Rate: 1, Burst: 1, Shared: store})
		passes(t, g, "")
		ctx, cancel := context.WithTimeout(t.Context(), 900*time.Millisecond)
		defer cancel()
		for range 5 { // and none of these is charged
			refuses(t, g, ctx, "", teamwork.Throttled, time.Second)
		}
		began := time.Now()
		passes(t, g, "")
		if took := time.Since(began); took != time.Second {
			t.Errorf("the next one took %v", took)
		}
		g.unheard()
		_ = store.Close()
	})
}

// TestWriteLeavesTimeForItsAnswer: it does not wait for the pace until there is none.
func TestWriteLeavesTimeForItsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory(t)
		client, s := scripted(t, Options{Rate: 0.1, Burst: 1, Shared: store}, step{status: 201, body: created})
		create := func(within time.Duration) error {
			ctx, cancel := context.WithTimeout(t.Context(), within)
			defer cancel()
			_, err := client.CreateOperation(ctx, action(teamwork.DeviceRestart))
			return err
		}
		if err := create(time.Minute); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if e := wantKind(t, create(10*time.Second+leastTime-1), teamwork.Throttled); !e.Unsent || e.RetryAfter != 10*time.Second || len(s.sent) != 1 {
			t.Errorf("%d sent: %+v", len(s.sent), e)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("refused after %v", took)
		}
		if err := create(10*time.Second + leastTime + 1); err != nil || time.Since(began) != 10*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		client.Close()
		_ = store.Close()
	})
}

func TestPaceRampsUpToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory(t)
		g := gateOf(Options{Rate: 100, Burst: 100, Shared: store})
		ends(t, g, throttled, 10*time.Second)
		time.Sleep(10 * time.Second)
		by := crowd(t, 10*time.Second, 1, g)
		if by[0] > 60 || by[1] > 150 || by[9]-by[8] < 90 {
			t.Errorf("by the second: %v", by)
		}
		g.unheard()
		_ = store.Close()
	})
}

func TestPaceIsPerAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory(t)
		g := gateOf(Options{Rate: 1, Burst: 1, Shared: store})
		passes(t, g, "")
		ctx, cancel := context.WithTimeout(teamwork.WithCaller(t.Context(), &teamwork.Caller{Partition: "other"}), time.Millisecond)
		defer cancel()
		leave, err := g.enter(ctx, 1, "")
		if err != nil {
			t.Fatal(err)
		}
		leave(answered, 0)
		g.unheard()
		_ = store.Close()
	})
}

// TestCreatesKeepAPaceThatIsShared by a Redis that is there, and by one that is not.
func TestCreatesKeepAPaceThatIsShared(t *testing.T) {
	for name, url := range map[string]string{"there": redistest.Start(t).URL(), "not there": "redis://127.0.0.1:1"} {
		t.Run(name, func(t *testing.T) {
			store, err := cluster.Open(url, cluster.Options{Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			client := newClient(t, Options{URL: root, Rate: 30_000, Burst: 300_000, Shared: store, Transport: &script{steps: []step{{status: http.StatusCreated, body: `{"id":"1","operationType":"configUpdate","status":"queued"}`}}}})
			for range 5000 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				if _, err := client.CreateOperation(ctx, teamwork.CreateOperation{DeviceID: "d", OperationType: teamwork.ConfigUpdate, Status: teamwork.StatusQueued}); err != nil {
					t.Error(err)
				}
				cancel()
			}
		})
	}
}
