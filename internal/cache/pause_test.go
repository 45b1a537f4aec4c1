package cache

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func throttled(wait time.Duration) error {
	return &teamwork.Error{Kind: teamwork.Throttled, RetryAfter: wait, Upstream: &teamwork.UpstreamAnswer{Status: 429}}
}

// TestNoRefreshWhileUpstreamAsksToWait has one replica told to wait.
func TestNoRefreshWhileUpstreamAsksToWait(t *testing.T) {
	for when, age := range map[string]time.Duration{"aging": healthLife, "old": 2 * healthLife} {
		t.Run(when, func(t *testing.T) {
			play(t, 2, inMemory, func(t *testing.T, p *stage) {
				for i := range p.replicas {
					_, _, _ = p.read(i, "Health")
					_, _, _ = p.read(i, "Activity")
				}
				time.Sleep(age)
				p.set(failing(0, throttled(20*time.Second)))
				if _, meta, err := p.read(0, "Health"); err != nil || !meta.Stale {
					t.Fatalf("throttled: %v, %+v", err, meta)
				}
				p.set(failing(0, throttled(0))) // says nothing, but upstream asked already
				asked := p.count()
				for range 19 {
					time.Sleep(time.Second)
					for i := range p.replicas {
						for _, name := range []string{"Health", "Activity"} {
							begin := time.Now()
							if _, meta, err := p.read(i, name); err != nil || !meta.Stale || time.Since(begin) != 0 {
								t.Errorf("replica %d, %s while it waits: %v, %+v after %v", i, name, err, meta, time.Since(begin))
							}
						}
					}
				}
				if n := p.count() - asked; n != 0 {
					t.Errorf("upstream was asked %d times before its time", n)
				}
				p.set(nil)
				time.Sleep(time.Second)
				_, _, _ = p.read(0, "Health")
				if _, meta, err := p.read(0, "Health"); err != nil || meta.Stale {
					t.Errorf("after the wait: %v, %+v", err, meta)
				}
			})
		})
	}
}

func TestShorterWaitDoesNotCutALongerOneShort(t *testing.T) {
	var p pauses
	now := time.Now()
	p.note("p", throttled(time.Minute), now)
	p.note("p", throttled(0), now)
	if p.over("p", now.Add(59*time.Second)) || !p.over("p", now.Add(time.Minute)) || !p.over("q", now) {
		t.Error("the wait is not the one that was asked for")
	}
}

// TestNothingIsServedAfterItsTokensEnd reads with a token that ends soon.
func TestNothingIsServedAfterItsTokensEnd(t *testing.T) {
	for level, opts := range levels {
		for _, r := range reads {
			for when, left := range map[string]time.Duration{
				"while fresh": lifeOf[r.name] / 2, "while aging": lifeOf[r.name] * 3 / 2, "while old": lifeOf[r.name] * 5 / 2,
			} {
				t.Run(level+" "+r.name+" "+when, func(t *testing.T) {
					play(t, 2, opts, func(t *testing.T, p *stage) {
						p.status = underWay(r.name)
						ends := time.Now().Add(left)
						p.ctx = teamwork.WithCaller(p.ctx, &teamwork.Caller{Partition: "p", Expires: ends})
						_, meta, _ := p.read(0, r.name)
						if meta.FreshUntil.After(ends) {
							t.Errorf("said to be fresh until %v, and the token ends at %v", meta.FreshUntil, ends)
						}
						p.set(failing(0, outage))
						time.Sleep(left - time.Millisecond)
						for i := range p.replicas {
							if _, _, err := p.read(i, r.name); err != nil {
								t.Errorf("replica %d before its end: %v", i, err)
							}
						}
						time.Sleep(time.Millisecond)
						for i := range p.replicas {
							if say, _, err := p.read(i, r.name); err == nil {
								t.Errorf("replica %d serves %q", i, say)
							}
						}
						if _, err := p.replicas[0].Operation(p.ctx, teamwork.DeviceOperationKey{DeviceID: "d1", OperationID: "o0"}); err == nil {
							t.Error("a member of a page is served")
						}
						if _, err := p.replicas[0].Device(p.ctx, "d1"); err == nil {
							t.Error("a member of a page is served")
						}
					})
				})
			}
		}
	}
}

// TestSharedValuesAreNotChanged holds on to what it was given while others make it
// stale, refresh and forget it. The race detector watches too.
func TestSharedValuesAreNotChanged(t *testing.T) {
	play(t, 1, inMemory, func(t *testing.T, p *stage) {
		p.warnings = []teamwork.Warning{{Code: "C", Path: []any{"items", 0}}}
		req := teamwork.OperationsRequest{DeviceID: "d1", Top: 5}
		first, err := p.replicas[0].Operations(p.ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		text := func() string {
			all := []any{first, first.Meta}
			for _, op := range first.Items {
				all = append(all, op.Meta)
			}
			b, err := json.Marshal(all)
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		before := text()
		for range 4 {
			time.Sleep(pageLife * 2 / 3)
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					ctx := teamwork.WithTrail(p.ctx, &teamwork.Trail{})
					page, err := p.replicas[0].Operations(ctx, req)
					if err != nil || len(page.Items) != 5 {
						t.Error(page, err)
					}
					_, _ = p.replicas[0].Operation(ctx, first.Items[0].Key())
				})
			}
			wg.Wait()
			synctest.Wait()
		}
		_, _ = p.replicas[0].CreateOperation(p.ctx, restart)
		if after := text(); after != before {
			t.Errorf("was %s\nis %s", before, after)
		}
	})
}

// TestRefreshesDoNotKeepAnswersFromTheStore has refreshes that wait for a silent
// upstream, more than other work may go on at a time.
func TestRefreshesDoNotKeepAnswersFromTheStore(t *testing.T) {
	play(t, 2, inMemory, func(t *testing.T, p *stage) {
		devices := make([]string, maxWork+1)
		for i := range devices {
			devices[i] = "e" + string(rune('0'+i))
			_, _ = p.replicas[0].Health(p.ctx, devices[i])
			synctest.Wait()
		}
		time.Sleep(healthLife)
		p.set(sleeping(10 * time.Second))
		for _, d := range devices {
			_, _ = p.replicas[0].Health(p.ctx, d)
		}
		synctest.Wait()
		p.set(nil)
		first, _, _ := p.read(0, "Device")
		if again, _, _ := p.read(1, "Device"); again != first {
			t.Errorf("another replica was not helped: %q, then %q", first, again)
		}
	})
}

func TestReaderWhoLeavesDoesNotStopTheRefresh(t *testing.T) {
	play(t, 1, inMemory, func(t *testing.T, p *stage) {
		_, _, _ = p.read(0, "Health")
		time.Sleep(healthLife)
		p.set(sleeping(time.Second))
		ctx, leave := context.WithCancel(p.ctx)
		_, _, _ = readNamed("Health")(ctx, p.replicas[0])
		leave()
		time.Sleep(time.Second)
		synctest.Wait()
		if _, meta, err := p.read(0, "Health"); err != nil || meta.Stale {
			t.Errorf("%v, %+v", err, meta)
		}
	})
}

func TestWhatOthersOfThePartitionMaySeeOutlivesTheToken(t *testing.T) {
	for level, opts := range levels {
		t.Run(level, func(t *testing.T) {
			play(t, 2, opts, func(t *testing.T, p *stage) {
				p.status = underWay("Device")
				ctx := p.ctx
				p.ctx = teamwork.WithCaller(ctx, &teamwork.Caller{Partition: "p", Expires: time.Now().Add(time.Second), Shared: true})
				say, _, err := p.read(0, "Device")
				if err != nil {
					t.Fatal(err)
				}
				p.set(failing(0, outage))
				time.Sleep(2 * time.Second)
				p.ctx = teamwork.WithCaller(ctx, &teamwork.Caller{Partition: "p", Expires: time.Now().Add(time.Hour), Shared: true})
				for i := range p.replicas {
					if again, _, err := p.read(i, "Device"); err != nil || again != say {
						t.Errorf("replica %d serves %q, %v to a newer token, want %q", i, again, err, say)
					}
				}
			})
		})
	}
}
