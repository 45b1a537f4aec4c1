package msgraph

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// throttledOnce throttles each of some devices the first time, for a second.
func throttledOnce(devices ...string) func(string, string, int) said {
	return func(_, url string, nth int) said {
		if nth == 1 && slices.Contains(devices, url[len("/teamwork/devices/"):]) {
			return said{status: 429, header: "Retry-After: 1"}
		}
		return said{body: thing(url)}
	}
}

// TestWhoWaitsForTheSameWaitsTogether: what one request was told to leave alone is asked for
// once more, for all who want it by then, and so are the other things that they wait for.
func TestWhoWaitsForTheSameWaitsTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{})
		b.answer = throttledOnce("d1", "d3")
		client.gate.retries.spent = retryReserve - 3 // for the two that were sent, and not for those that were not
		client.gate.retries.since = time.Now()
		began := time.Now()
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				wantWhole(t, names(6), readAll(client.Gathering(t.Context()), client, names(6)))
				if took := time.Since(began); took < time.Second || took > time.Second+defaultRetryDelay {
					t.Errorf("took %v", took)
				}
			})
			time.Sleep(time.Second / 10)
		}
		all.Go(func() { // without others
			if _, err := client.Device(t.Context(), "d1"); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		if diff := cmp.Diff([]int{6, 4, 4, 4, 4, 2}, b.sizes()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestWhoComesAsTheOthersLeaveGoesWithThem: the pause is over, but for its random part.
func TestWhoComesAsTheOthersLeaveGoesWithThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{})
		b.answer = throttledOnce("d1")
		client.loungeOf(t.Context()).luck = 1
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() { wantWhole(t, names(2), readAll(client.Gathering(t.Context()), client, names(2))) })
			time.Sleep(time.Second + defaultRetryDelay/2)
		}
		all.Wait()
		if diff := cmp.Diff([]int{2, 0, 0}, b.sizes()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestWhoComesWhenTheOthersHaveLeftGoesAlone: their answer may be of before a write that the
// reader knows of.
func TestWhoComesWhenTheOthersHaveLeftGoesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{RetryDelay: 1})
		b.answer = throttledOnce("d1")
		b.after = time.Second
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() { wantWhole(t, names(2), readAll(client.Gathering(t.Context()), client, names(2))) })
			time.Sleep(5 * time.Second / 2) // the first has its second try under way
		}
		all.Wait()
		if diff := cmp.Diff([]int{2, 0, 2}, b.sizes()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestWaitIsSharedByOneCallersRequestsOnly: what is sent carries one token.
func TestWaitIsSharedByOneCallersRequestsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tokens []string
		client, b := boxed(t, Options{RetryDelay: 1, CallersToken: true, Authorization: policyFunc(func(ctx context.Context) {
			tokens = append(tokens, string(teamwork.CallerFrom(ctx).Token))
		})})
		var all sync.WaitGroup
		for i, token := range []string{"a", "b", "a", "b", "a"} {
			ctx := teamwork.WithCaller(t.Context(), &teamwork.Caller{Partition: token, Token: teamwork.Token(token)})
			client.gate.pause(ctx, "/teamwork/devices/d1", time.Second+time.Duration(i)*time.Second/10)
			all.Go(func() {
				if _, err := client.Device(ctx, "d1"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		slices.Sort(tokens)
		if diff := cmp.Diff([]string{"a", "b"}, tokens) + cmp.Diff([]int{0, 0}, b.sizes()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestHeldBackReadsCostNoTries: neither of the process' budget, however often they are held
// back, nor of their own.
func TestHeldBackReadsCostNoTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{RetryDelay: 1})
		b.answer = throttledOnce("d1")
		client.gate.retries.spent = retryReserve - 1.5 // enough for one
		client.gate.retries.since = time.Now()
		for i := range 9 { // somebody else is told to wait longer, again and again
			time.AfterFunc(time.Duration(i+1)*time.Second*3/4, func() {
				client.gate.pause(t.Context(), "/teamwork/devices/d1", time.Second)
			})
		}
		began := time.Now()
		wantWhole(t, names(4), readAll(client.Gathering(t.Context()), client, names(4)))
		if took := time.Since(began).Truncate(10 * time.Millisecond); took != 7750*time.Millisecond || !slices.Equal(b.sizes(), []int{4, 0}) {
			t.Errorf("took %v, sent %v", took, b.sizes())
		}
	})
}

// TestWhoWaitsTogetherEndsByItself: each reader has its own deadline and its own tries.
func TestWhoWaitsTogetherEndsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{RetryDelay: 1})
		b.answer = on("d1", func(nth int) said {
			if nth <= maxTries {
				return said{status: 429, header: "Retry-After: 1"}
			}
			return said{body: `{"id":"d1"}`}
		})
		read := func(most time.Duration) (time.Duration, error) {
			ctx, cancel := context.WithTimeout(client.Gathering(t.Context()), most)
			defer cancel()
			began := time.Now()
			_, err := client.Device(ctx, "d1")
			return time.Since(began).Truncate(10 * time.Millisecond), err
		}
		began := time.Now()
		wantWhole(t, []string{"d0"}, readAll(client.Gathering(t.Context()), client, []string{"d0"}))
		var all sync.WaitGroup
		all.Go(func() { // the first: four tries in all
			got := readAll(client.Gathering(t.Context()), client, names(3))
			wantWhole(t, names(3), got, "d1")
			wantKind(t, got[1].err, teamwork.Throttled)
			if took := got[1].at.Sub(began).Truncate(10 * time.Millisecond); took != 3*time.Second {
				t.Errorf("the first took %v", took)
			}
		})
		time.Sleep(time.Second / 2)
		for most, want := range map[time.Duration]time.Duration{
			time.Second / 4: 0,               // no time to wait
			time.Second:     time.Second / 2, // time for one try, and none to wait again
			time.Minute:     7 * time.Second / 2,
		} {
			all.Go(func() {
				took, err := read(most)
				if took != want {
					t.Errorf("%v: took %v: %v", most, took, err)
				}
				if most == time.Minute && err != nil {
					t.Error(err)
				} else if most < time.Minute {
					wantKind(t, err, teamwork.Throttled)
				}
			})
		}
		all.Wait()
	})
}

// TestLongerWaitIsEverybodysWhoHasTheTime: nobody waits beyond his deadline to be told so.
func TestLongerWaitIsEverybodysWhoHasTheTime(t *testing.T) {
	for _, c := range []struct {
		name   string
		hasty  time.Duration // the first reader's time
		leaves time.Duration
	}{{"all have", 10 * time.Second, 5 * time.Second}, {"one has not", 4 * time.Second, time.Second}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, b := boxed(t, Options{RetryDelay: 1})
				began, l, r := time.Now(), client.loungeOf(t.Context()), ref{path: "/teamwork/devices/d1"}
				var all sync.WaitGroup
				for _, one := range []struct{ asked, most time.Duration }{{time.Second, c.hasty}, {5 * time.Second, 10 * time.Second}} {
					ctx, cancel := context.WithTimeout(t.Context(), one.most)
					defer cancel()
					m, _ := l.join(ctx, r, result{wait: one.asked}, 1)
					all.Go(func() {
						if res := l.await(ctx, m); res.err != nil {
							t.Error(res.err)
						}
					})
				}
				all.Wait()
				if left := b.outings[0].at.Sub(began).Truncate(time.Millisecond); left != c.leaves || len(b.outings) != 1 {
					t.Errorf("left after %v, sent %v", left, b.sizes())
				}
			})
		})
	}
}
