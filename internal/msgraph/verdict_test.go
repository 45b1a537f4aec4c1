package msgraph

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestVerdictOfABatch(t *testing.T) {
	for _, c := range []struct {
		statuses []int
		want     verdict
	}{
		{[]int{200, 429}, answered}, {[]int{429}, answered}, {[]int{429, 429}, throttled}, {[]int{200, 429, 429}, throttled}, {[]int{200, 500, 429}, answered},
		{[]int{503, 500, 200}, broken}, {[]int{503, 200}, answered}, {[]int{404, 403, 501, 501}, answered}, {[]int{0, 0}, answered}, {nil, answered},
	} {
		if got, _ := gateOf(Options{}).judge(t.Context(), saidOf("/d", c.statuses...)); got != c.want {
			t.Errorf("%v: %d, want %d", c.statuses, got, c.want)
		}
	}
}

// saidOf is what resources of such names said.
func saidOf(name string, statuses ...int) []told {
	said := make([]told, len(statuses))
	for i, status := range statuses {
		said[i] = told{name + strconv.Itoa(i), status, 0}
	}
	return said
}

// TestFewAreJudgedBesideTheLatest: what is left of a list, while the others are held back,
// is no list.
func TestFewAreJudgedBesideTheLatest(t *testing.T) {
	few := []int{429, 200, 429}
	for _, c := range []struct {
		name string
		then func(g *gate)
		said []told
		want verdict
	}{
		{"as a batch, if there was nothing before", func(*gate) {}, saidOf("/d", few...), throttled},
		{"beside others that were well", func(g *gate) { g.judge(t.Context(), saidOf("/e", 200, 200, 200)) }, saidOf("/d", few...), answered},
		{"beside others that were not", func(g *gate) { g.judge(t.Context(), saidOf("/e", 429, 429, 200, 200)) }, saidOf("/d", few...), throttled},
		{"not beside what is long ago", func(g *gate) {
			g.judge(t.Context(), saidOf("/e", 200, 200, 200))
			time.Sleep(latestLife + 1)
		}, saidOf("/d", few...), throttled},
		{"not beside what they said themselves", func(g *gate) { g.judge(t.Context(), saidOf("/d", 200, 200, 200)) }, saidOf("/d", few...), throttled},
		{"a full batch by itself", func(g *gate) { g.judge(t.Context(), saidOf("/e", slices.Repeat([]int{200}, 20)...)) },
			saidOf("/d", slices.Repeat([]int{429, 200, 429, 429}, 5)...), throttled},
		{"well, whatever was before", func(g *gate) { g.judge(t.Context(), saidOf("/e", slices.Repeat([]int{429}, 20)...)) },
			saidOf("/d", 429, 200, 200), answered},
		{"again and again", func(g *gate) {
			g.judge(t.Context(), saidOf("/d", 200, 429, 200))
			for range 30 {
				g.judge(t.Context(), []told{{"/d1", 429, 0}})
			}
		}, []told{{"/d1", 429, 0}}, answered},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := gateOf(Options{})
				c.then(g)
				if got, _ := g.judge(t.Context(), c.said); got != c.want {
					t.Errorf("got %d, want %d", got, c.want)
				}
				other := teamwork.WithCaller(t.Context(), &teamwork.Caller{Partition: "other"})
				if got, _ := g.judge(other, saidOf("/f", 429, 429)); got != throttled {
					t.Errorf("somebody else is judged by it: %d", got)
				}
			})
		})
	}
}

// TestLoneTryOfAMemberIsItsResources: upstream said so of it before, when others were well.
func TestLoneTryOfAMemberIsItsResources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{})
		b.answer = on("d1", always(said{status: 429, header: "Retry-After: 1"}))
		began := time.Now()
		got := readAll(client.Gathering(t.Context()), client, names(4))
		wantKind(t, got[1].err, teamwork.Throttled)
		if until := client.Status(t.Context()).ThrottledUntil; until.Known() || !slices.Equal(b.sizes(), []int{4, 0, 0, 0}) {
			t.Errorf("everybody waits until %v; sent %v", until, b.sizes())
		}
		if took := time.Since(began); took > 3*time.Second+7*defaultRetryDelay { // three waits, each with a random part
			t.Errorf("took %v", took)
		}
		wantWhole(t, names(4), readAll(client.Gathering(t.Context()), client, names(4)), "d1")
	})
}

// TestLoneRestOfAListIsItsResources: the twenty-first goes alone by chance.
func TestLoneRestOfAListIsItsResources(t *testing.T) {
	for what, ask := range map[string]func(context.Context, *Client) error{
		"a read": func(ctx context.Context, c *Client) error {
			got := readAll(c.Gathering(ctx), c, names(21))
			return got[slices.IndexFunc(got, func(r read) bool { return r.err != nil })].err
		},
		"a create": func(ctx context.Context, c *Client) error { return c.CreateOperations(ctx, restarts(21))[20].Err },
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, b := boxed(t, Options{})
				b.answer = func(method, url string, nth int) said {
					if alone := !b.outings[len(b.outings)-1].batch; alone {
						return said{status: 429, header: "Retry-After: 60"}
					}
					return makes(method, url, nth)
				}
				wantKind(t, ask(t.Context(), client), teamwork.Throttled)
				if until := client.Status(t.Context()).ThrottledUntil; until.Known() || !slices.Contains(b.sizes(), 0) {
					t.Errorf("everybody waits until %v; sent %v", until, b.sizes())
				}
				alone := b.outings[slices.Index(b.sizes(), 0)].urls[0]
				if left := client.gate.paused(t.Context(), alone); left != time.Minute {
					t.Errorf("its resource waits %v", left)
				}
			})
		})
	}
}
