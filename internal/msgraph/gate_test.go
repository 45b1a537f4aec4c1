package msgraph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func gateOf(opts Options) *gate {
	opts.Logger = slog.New(slog.DiscardHandler)
	return newGate(opts)
}

// memory is what the replicas of a bubble share.
func memory(t *testing.T) cluster.Store {
	t.Helper()
	s, err := cluster.Open("", cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// passes enters for a moment.
func passes(t *testing.T, g *gate, resource string) {
	t.Helper()
	leave, err := g.enter(t.Context(), 1, resource)
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	leave(answered, 0)
}

// refuses wants to be refused at once, with that time to wait.
func refuses(t *testing.T, g *gate, ctx context.Context, resource string, kind teamwork.Kind, wait time.Duration) {
	t.Helper()
	began := time.Now()
	_, err := g.enter(ctx, 1, resource)
	e := wantKind(t, err, kind)
	if !e.Unsent || e.RetryAfter != wait || mayPass(err) || e.Message == "" {
		t.Errorf("got %+v, want a wait of %v", e, wait)
	}
	if took := time.Since(began); took != 0 {
		t.Errorf("it took %v", took)
	}
}

// ends lets somebody in who ends so.
func ends(t *testing.T, g *gate, v verdict, wait time.Duration) {
	t.Helper()
	leave, err := g.enter(t.Context(), 1, "")
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	leave(v, wait)
}

func TestNothingIsSentWhileUpstreamAsksToWait(t *testing.T) {
	for _, c := range []struct {
		name       string
		asks, want time.Duration
	}{
		{"as long as it says", 7 * time.Second, 7 * time.Second},
		{"a moment, if it does not say", 0, unsaidWait},
		{"not for a day", 24 * time.Hour, longestThrottle},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := gateOf(Options{})
				ends(t, g, throttled, c.asks)
				refuses(t, g, t.Context(), "/d1", teamwork.Throttled, c.want)
				if until := g.throttledUntil(t.Context()); !until.Time.Equal(time.Now().Add(c.want)) {
					t.Errorf("until %v", until)
				}
				began := time.Now()
				time.Sleep(c.want - time.Second/5)
				refuses(t, g, t.Context(), "", teamwork.Throttled, time.Second/5)
				time.Sleep(time.Second/5 - soon)
				passes(t, g, "")
				if waited := time.Since(began); waited != c.want {
					t.Errorf("one is sent after %v", waited)
				}
				if until := g.throttledUntil(t.Context()); !until.IsZero() {
					t.Errorf("until %v, which is over", until)
				}
			})
		})
	}
}

// TestAnEarlierEndIsNone: two answers to requests that were under way together.
func TestAnEarlierEndIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gateOf(Options{})
		one, _ := g.enter(t.Context(), 1, "")
		two, _ := g.enter(t.Context(), 1, "")
		one(throttled, 9*time.Second)
		two(throttled, time.Second)
		two(throttled, time.Hour) // it has left already
		refuses(t, g, t.Context(), "", teamwork.Throttled, 9*time.Second)
	})
}

func TestWhoWaitsIsSentAwayWhenUpstreamAsksToWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory(t)
		for name, opts := range map[string]Options{"for a slot": {Concurrency: 1}, "for the pace": {Rate: 1, Burst: 1, Shared: store}} {
			g := gateOf(opts)
			leave, err := g.enter(t.Context(), 1, "")
			if err != nil {
				t.Fatal(err)
			}
			var waiting sync.WaitGroup
			for range 3 {
				waiting.Go(func() {
					_, err := g.enter(t.Context(), 1, "")
					if e := wantKind(t, err, teamwork.Throttled); e.RetryAfter != 20*time.Second || !e.Unsent {
						t.Errorf("%s: %+v", name, e)
					}
				})
			}
			synctest.Wait()
			began := time.Now()
			leave(throttled, 20*time.Second)
			waiting.Wait()
			if took := time.Since(began); took != 0 {
				t.Errorf("%s: after %v", name, took)
			}
			g.unheard()
		}
		_ = store.Close()
	})
}

func TestAdmissionRampsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gateOf(Options{})
		ends(t, g, throttled, time.Second)
		time.Sleep(time.Second)
		for _, c := range []struct{ after, width time.Duration }{{0, 1}, {ramp / 4, 2}, {ramp / 2, 4}, {ramp, 8}, {time.Hour, 8}} {
			until := g.account(t.Context()).until
			time.Sleep(time.Until(until.Add(c.after)))
			in, leaves := 0, []func(verdict, time.Duration){}
			for {
				ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
				leave, err := g.enter(ctx, 1, "")
				cancel()
				if err != nil {
					break
				}
				in, leaves = in+1, append(leaves, leave)
			}
			if in != int(c.width) {
				t.Errorf("%v after it %d are let in, want %d", c.after, in, c.width)
			}
			for _, leave := range leaves {
				leave(answered, 0)
			}
		}
	})
}

func TestSlotsAreFairAndNeverMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gateOf(Options{Concurrency: 3})
		var mu sync.Mutex
		began, under, most, waves := time.Now(), 0, 0, map[time.Duration][]int{}
		var all sync.WaitGroup
		for i := range 30 {
			all.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if i%5 == 4 { // these leave the line
					time.AfterFunc(time.Millisecond, cancel)
				}
				leave, err := g.enter(ctx, 1, "")
				if err != nil {
					if !errors.Is(err, context.Canceled) || i%5 != 4 {
						t.Errorf("%d: %v", i, err)
					}
					return
				}
				mu.Lock()
				wave := time.Since(began)
				waves[wave], under = append(waves[wave], i), under+1
				slices.Sort(waves[wave])
				most = max(most, under)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				under--
				mu.Unlock()
				leave(answered, 0)
			})
			synctest.Wait() // so that they come in order
		}
		all.Wait()
		want := "map[0s:[0 1 2] 1s:[3 5 6] 2s:[7 8 10] 3s:[11 12 13] 4s:[15 16 17] 5s:[18 20 21] 6s:[22 23 25] 7s:[26 27 28]]"
		if most != 3 || fmt.Sprint(waves) != want {
			t.Errorf("%d at a time, in waves %v", most, waves)
		}
		if s := &g.account(t.Context()).slots; s.taken != 0 || s.line.Len() != 0 {
			t.Errorf("%d are taken and %d wait, of nobody", s.taken, s.line.Len())
		}
	})
}

// TestSlotThatComesTooLateIsGivenBack: it may come just when who waits for it leaves.
func TestSlotThatComesTooLateIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s slots
		for range 200 {
			if err := s.take(t.Context(), 1, nil); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			left := make(chan error)
			go func() { left <- s.take(ctx, 1, nil) }()
			synctest.Wait()
			cancel()
			s.free(1)
			if err := <-left; !errors.Is(err, context.Canceled) || s.taken != 0 || s.line.Len() != 0 {
				t.Fatalf("left with %v; %d are taken and %d wait", err, s.taken, s.line.Len())
			}
		}
	})
}

// TestSlotThatIsAddedGoesToWhoWaits, and not to who comes when the line is not yet let in.
func TestSlotThatIsAddedGoesToWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s slots
		if err := s.take(t.Context(), 1, nil); err != nil {
			t.Fatal(err)
		}
		took := make(chan string, 2)
		take := func(who string, of int) {
			if err := s.take(t.Context(), of, nil); err != nil {
				t.Error(err)
			}
			took <- who
		}
		go take("who waits", 1)
		synctest.Wait()
		go take("who comes", 2)
		synctest.Wait()
		if first := <-took; first != "who waits" || len(took) != 0 {
			t.Errorf("%s took it, and %d more", first, len(took))
		}
		s.free(2)
		<-took
	})
}

func TestWaitForASlotEndsWithTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gateOf(Options{Concurrency: 1})
		leave, _ := g.enter(t.Context(), 1, "")
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		began := time.Now()
		_, err := g.enter(ctx, 1, "")
		if e := wantKind(t, err, teamwork.Unavailable); !e.Unsent || time.Since(began) != 4*time.Second {
			t.Errorf("after %v: %+v", time.Since(began), e)
		}
		leave(answered, 0)
		refuses(t, g, ctx, "", teamwork.Unavailable, 0) // with no time at all
	})
}

func TestPauseIsForOneResource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, ctx := gateOf(Options{}), t.Context()
		other := teamwork.WithCaller(ctx, &teamwork.Caller{Partition: "other"})
		g.pause(ctx, "/d1/health", 3*time.Second)
		refuses(t, g, ctx, "/d1/health", teamwork.Throttled, 3*time.Second)
		if left := g.paused(ctx, "/d1/health"); left != 3*time.Second {
			t.Errorf("%v are left", left)
		}
		passes(t, g, "/d2/health")
		passes(t, g, "")
		if left := g.paused(other, "/d1/health"); left != 0 {
			t.Errorf("somebody else waits %v", left)
		}
		time.Sleep(3 * time.Second)
		passes(t, g, "/d1/health")
		for i := range 10 * manyPauses {
			g.pause(ctx, fmt.Sprint(i), time.Hour)
		}
		if n := len(g.pauses.fresh) + len(g.pauses.old); n > 2*manyPauses {
			t.Errorf("%d pauses are kept", n)
		}
	})
}

func TestAccountIsBelievedOnceUpstreamHasTakenTheToken(t *testing.T) {
	g := gateOf(Options{})
	as := func(partition, account string) context.Context {
		return teamwork.WithCaller(t.Context(), &teamwork.Caller{Partition: partition, Account: account})
	}
	mine, forged, opaque := as("mine", "app"), as("forged", "app"), as("opaque", "")
	for _, ctx := range []context.Context{mine, opaque} {
		g.prove(ctx)
	}
	for want, ctx := range map[string]context.Context{"app": mine, "forged": forged, "opaque": opaque, "": t.Context()} {
		if got := g.account(ctx).key; got != want {
			t.Errorf("charged to %q, want %q", got, want)
		}
	}
	inUse := g.account(mine)
	for i := range 10 * manyAccounts {
		g.account(as(fmt.Sprint(i), ""))
		if g.account(mine) != inUse {
			t.Fatalf("forgotten after %d others", i)
		}
	}
	if n := len(g.accounts.fresh) + len(g.accounts.old); n > 2*manyAccounts {
		t.Errorf("%d accounts are kept", n)
	}
}

func TestOnlyWhatUpstreamTookProvesAToken(t *testing.T) {
	for status, want := range map[int]string{200: "app", 401: "mine", 403: "mine", 429: "mine", 500: "mine"} {
		synctest.Test(t, func(t *testing.T) {
			client, _ := scripted(t, Options{CallersToken: true}, step{status: status, body: fine})
			ctx := teamwork.WithCaller(t.Context(), &teamwork.Caller{Partition: "mine", Account: "app", Token: "t"})
			_, _ = client.Device(ctx, "d1")
			if got := client.gate.account(ctx).key; got != want {
				t.Errorf("%s: charged to %q, want %q", http.StatusText(status), got, want)
			}
		})
	}
}

// TestBatchProvesATokenByItsMembers: a batch may be answered with 200 whoever asks.
func TestBatchProvesATokenByItsMembers(t *testing.T) {
	for status, want := range map[int]string{200: "app", 401: "mine", 403: "mine"} {
		synctest.Test(t, func(t *testing.T) {
			client, b := boxed(t, Options{CallersToken: true})
			b.answer = func(_, url string, _ int) said { return said{status: status, body: thing(url)} }
			ctx := teamwork.WithCaller(t.Context(), &teamwork.Caller{Partition: "mine", Account: "app", Token: "t"})
			readAll(client.Gathering(ctx), client, names(3))
			if got := client.gate.account(ctx).key; got != want || !slices.Equal(b.sizes(), []int{3}) {
				t.Errorf("%s: charged to %q, want %q, sent %v", http.StatusText(status), got, want, b.sizes())
			}
		})
	}
}
