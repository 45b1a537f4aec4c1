package cache

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// TestCallersNeverSeeEachOthersAnswers lets two callers ask two replicas for the same
// things at once, while both create, so that all that is shared is: memory, entries,
// flights, leases and news. Each answer names who asked upstream.
func TestCallersNeverSeeEachOthersAnswers(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	for name, callers := range map[string][2]string{
		"plain":   {"canary-a", "canary-b"},
		"prefix":  {"canary", "canary-b"},
		"crafted": {"canary", "canary|d1"},
	} {
		for _, memory := range []int64{1 << 20, 0} {
			t.Run(fmt.Sprint(name, " ", memory), func(t *testing.T) {
				u := &upstream{now: time.Now, status: "InProgress", before: sleeping(3 * time.Millisecond)}
				replicas := troupe(t, r, 2, u, Options{Memory: memory})
				ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
				defer stop()
				var wg sync.WaitGroup
				for reader := range 8 {
					wg.Go(func() { canary(t, ctx, replicas[reader/2%2], callers[reader%2], reader) })
				}
				wg.Wait()
			})
		}
	}
}

// canary reads and creates as a caller until the end.
func canary(t *testing.T, ctx context.Context, s *Service, caller string, turn int) {
	own := as(context.WithoutCancel(ctx), caller)
	for ; ctx.Err() == nil; turn++ {
		read := reads[turn%len(reads)]
		say, _, err := read.ask(own, s)
		if err != nil || !strings.Contains(say, "for "+caller+",") {
			t.Errorf("%s as %s: %q, %v", read.name, caller, say, err)
			return
		}
		if turn%40 == 0 {
			_, _ = s.CreateOperation(own, restart)
		}
	}
}

// TestRefusalOfOneCallerIsNotAnothers has one refused and told to wait, and the other not.
func TestRefusalOfOneCallerIsNotAnothers(t *testing.T) {
	for name, refusal := range map[string]error{"refused": refusals["403 of the caller's token"], "throttled": throttled(time.Hour)} {
		t.Run(name, func(t *testing.T) {
			play(t, 2, inMemory, func(t *testing.T, p *stage) {
				other := as(p.ctx, "q")
				health := readNamed("Health")
				_, _, _ = p.read(0, "Health")
				first, _, _ := health(other, p.replicas[0])
				time.Sleep(healthLife)
				p.set(func(ctx context.Context) error {
					if partitionOf(ctx) == "p" {
						return refusal
					}
					return nil
				})
				_, _, _ = p.read(0, "Health")
				for _, s := range p.replicas { // a later one may see what an earlier one refreshed
					if say, meta, err := health(other, s); err != nil || (say == first) != meta.Stale {
						t.Errorf("the other caller: %q, %+v, %v", say, meta, err)
					}
				}
				p.replicas[0].Wait()
				if say, meta, err := health(other, p.replicas[0]); err != nil || say == first || meta.Stale {
					t.Errorf("the other caller after the refresh: %q, %+v, %v", say, meta, err)
				}
			})
		})
	}
}

// TestNewsHoldNoSecrets looks at what is sent.
func TestNewsHoldNoSecrets(t *testing.T) {
	play(t, 1, inMemory, func(t *testing.T, p *stage) {
		var mu sync.Mutex
		var all strings.Builder
		defer p.store.Subscribe(newsChannel, func(m []byte) {
			mu.Lock()
			defer mu.Unlock()
			all.Write(m)
		}, func(bool) {})()
		p.ctx = teamwork.WithCaller(p.ctx, &teamwork.Caller{Partition: "p", Token: "s3cret"})
		p.set(failing(0, &teamwork.Error{Kind: teamwork.Forbidden, Message: "No.", Err: fmt.Errorf("Bearer s3cret")}))
		_, _, _ = p.read(0, "Health")
		_, _ = p.replicas[0].CreateOperation(p.ctx, restart)
		time.Sleep(time.Second)
		mu.Lock()
		defer mu.Unlock()
		if !strings.Contains(all.String(), `"landed"`) || strings.Contains(all.String(), "s3cret") {
			t.Errorf("the news: %s", all.String())
		}
	})
}
