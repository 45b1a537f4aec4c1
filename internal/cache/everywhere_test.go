package cache

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestCreateForgetsInEveryMemoryWithin100ms(t *testing.T) {
	t.Parallel()
	u := &upstream{now: time.Now, status: "InProgress"}
	replicas := troupe(t, redistest.Start(t), 2, u, inMemory)
	a, b := replicas[0], replicas[1]
	ctx := as(t.Context(), "p")
	var times []time.Duration
	for i := range 20 {
		d := fmt.Sprint("d", i)
		said := func(s *Service) (all []string) {
			h, _ := s.Health(ctx, d)
			c, _ := s.Configuration(ctx, d)
			o, _ := s.Operation(ctx, teamwork.DeviceOperationKey{DeviceID: d, OperationID: "o"})
			p, _ := s.Operations(ctx, teamwork.OperationsRequest{DeviceID: d, Top: 1})
			s.Wait()
			return []string{*h.HardwareHealth.ComputeHealth.Peripheral.DisplayName, *c.SoftwareVersions.FirmwareSoftwareVersion, *o.Error.Message, *p.Items[0].Error.Message}
		}
		before := said(a)
		if shared := said(b); !slices.Equal(shared, before) {
			t.Fatalf("%q and %q", before, shared)
		}
		if _, err := a.CreateOperation(ctx, teamwork.CreateOperation{DeviceID: d, OperationType: teamwork.DeviceRestart}); err != nil {
			t.Fatal(err)
		}
		times = append(times, eventually(t, "the other memory forgot", func() bool {
			return b.near.get(nearKey{"p", "health", about(d)}, time.Now()) == nil
		}))
		for i, say := range said(b) {
			if slices.Contains(before, say) {
				t.Errorf("%s, read %d: still %q", d, i, say)
			}
		}
	}
	slices.Sort(times)
	t.Logf("from the end of the create: median %v, longest %v", times[len(times)/2], times[len(times)-1])
	if times[len(times)/2] > 100*time.Millisecond {
		t.Errorf("median %v", times[len(times)/2])
	}
}

// TestCreateForgetsWhateverTheClocksSay has the replicas' clocks 10 s apart.
func TestCreateForgetsWhateverTheClocksSay(t *testing.T) {
	const apart = 10 * time.Second
	for name, skew := range map[string][2]time.Duration{"creator ahead": {apart, 0}, "creator behind": {-apart, 0}, "reader ahead": {0, apart}, "reader behind": {0, -apart}} {
		for _, opts := range []Options{inMemory, {}} {
			t.Run(fmt.Sprint(name, " ", opts.Memory), func(t *testing.T) {
				play(t, 0, opts, func(t *testing.T, p *stage) {
					p.status = "InProgress"
					for _, d := range skew {
						opts.Now = func() time.Time { return time.Now().Add(d) }
						defer p.join(opts).Close()
					}
					synctest.Wait()
					for round := range 3 {
						said := map[string]string{}
						for _, r := range reads {
							said[r.name], _, _ = p.read(round%2, r.name)
							_, _, _ = p.read(1-round%2, r.name)
						}
						p.set(sleeping(time.Second)) // one is under way when the device is forgotten
						time.Sleep(2 * configurationLife)
						go func() { _, _, _ = readNamed("Configuration")(p.ctx, p.replicas[1]) }()
						synctest.Wait()
						p.set(nil)
						_, _ = p.replicas[0].CreateOperation(p.ctx, restart)
						synctest.Wait()
						asked := p.count()
						time.Sleep(2 * time.Second)
						for _, r := range reads {
							for i := range p.replicas {
								say, _, err := p.read(i, r.name)
								if err != nil || say == said[r.name] && r.name != "Devices" {
									t.Errorf("round %d, replica %d: %q, %v", round, i, say, err)
								}
								if strings.HasSuffix(say, fmt.Sprint("answer ", asked-1)) {
									t.Errorf("round %d, replica %d: %q was fetched before the create", round, i, say)
								}
							}
						}
					}
				})
			})
		}
	}
}

// TestAnswerFromTheFutureIsNotCalledFresh has replicas whose clocks are 10 s apart: one
// fetches, and the other goes on reading.
func TestAnswerFromTheFutureIsNotCalledFresh(t *testing.T) {
	for name, skew := range map[string]time.Duration{"fetched ahead": 10 * time.Second, "fetched behind": -10 * time.Second} {
		t.Run(name, func(t *testing.T) {
			play(t, 0, inMemory, func(t *testing.T, p *stage) {
				var fetched time.Time // by whomever
				p.status = "InProgress"
				p.set(func(context.Context) error { fetched = time.Now(); return nil })
				for _, d := range []time.Duration{skew, 0} {
					opts := inMemory
					opts.Now = func() time.Time { return time.Now().Add(d) }
					s := p.join(opts)
					defer s.Close()
					s.Service = &upstream{now: opts.Now, before: p.run, status: p.status}
				}
				synctest.Wait()
				_, _, _ = p.read(0, "Operations")
				for range 30 {
					time.Sleep(time.Second)
					age := time.Since(fetched)
					if _, meta, err := p.read(1, "Operations"); err != nil || !meta.Stale && age > movingPageLife+maxSkew {
						t.Errorf("%v, called fresh at the age of %v", err, age)
					}
				}
			})
		})
	}
}

// TestForgettingIsToldWhenTheStoreIsBack has a create while the store is down for its
// replica, which nobody asks again.
func TestForgettingIsToldWhenTheStoreIsBack(t *testing.T) {
	for name, fail := range map[string]func(*counting, bool){
		"all is down":         (*counting).fail,
		"nothing can be set":  func(c *counting, is bool) { c.failSet.Store(is) },
		"nobody can be told":  func(c *counting, is bool) { c.failPublish.Store(is) },
		"the channel is lost": func(c *counting, is bool) { c.fail(is); c.say(!is) },
	} {
		t.Run(name, func(t *testing.T) {
			play(t, 2, inMemory, func(t *testing.T, p *stage) {
				said := map[string]string{}
				for _, r := range reads {
					said[r.name], _, _ = p.read(1, r.name)
				}
				fail(p.stores[0], true)
				if _, err := p.replicas[0].CreateOperation(p.ctx, restart); err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Second)
				fail(p.stores[0], false)
				time.Sleep(remindAfter)
				synctest.Wait()
				for _, r := range reads {
					if say, _, err := p.read(1, r.name); err != nil || say == said[r.name] && r.name != "Devices" {
						t.Errorf("the other replica says %q, %v", say, err)
					}
				}
			})
		})
	}
}

func TestUntoldForgettingIsNotForgotten(t *testing.T) {
	play(t, 1, inMemory, func(t *testing.T, p *stage) {
		before, _, _ := p.read(0, "Operation")
		p.stores[0].failSet.Store(true)
		_, _ = p.replicas[0].CreateOperation(p.ctx, restart)
		time.Sleep(2 * forgottenLife)
		if say, _, err := p.read(0, "Operation"); err != nil || say == before {
			t.Errorf("%q, %v", say, err)
		}
	})
}

// TestOldAnswerOfAnotherGenerationIsNotServed has news that were lost, and upstream down.
func TestOldAnswerOfAnotherGenerationIsNotServed(t *testing.T) {
	play(t, 2, inMemory, func(t *testing.T, p *stage) {
		_, _, _ = p.read(0, "Health")
		_, _, _ = p.read(1, "Health")
		time.Sleep(2 * healthLife)
		p.stores[0].failPublish.Store(true)
		_, _ = p.replicas[0].CreateOperation(p.ctx, restart)
		p.set(failing(0, outage))
		if say, _, err := p.read(1, "Health"); err == nil {
			t.Errorf("served %q, from before the create", say)
		}
	})
}

func TestForgettingLeavesOthersAlone(t *testing.T) {
	play(t, 2, inMemory, func(t *testing.T, p *stage) {
		q := as(p.ctx, "q")
		_, _, _ = p.read(1, "Health")
		_, _ = p.replicas[1].Health(p.ctx, "d2")
		_, _ = p.replicas[1].Health(q, "d1")
		_, _, _ = readNamed("Devices")(p.ctx, p.replicas[1])
		synctest.Wait()
		_, _ = p.replicas[0].CreateOperation(p.ctx, restart)
		synctest.Wait()
		near := p.replicas[1].near
		for name, read := range map[string]func(){
			"another device":    func() { _, _ = p.replicas[1].Health(p.ctx, "d2") },
			"another partition": func() { _, _ = p.replicas[1].Health(q, "d1") },
			"the devices":       func() { _, _, _ = readNamed("Devices")(p.ctx, p.replicas[1]) },
		} {
			if own := near.slot("p", "d1"); own == near.slot("p", "d2") || own == near.slot("q", "d1") || own == near.slot("p", "") {
				continue // one time in five thousand
			}
			if read(); p.seen[1].last() != Near {
				t.Errorf("%s was forgotten: from %q", name, p.seen[1].last())
			}
		}
	})
}

// TestChangeIsKeptThoughTheStoreIsFull observes an operation that ended.
func TestChangeIsKeptThoughTheStoreIsFull(t *testing.T) {
	play(t, 1, inMemory, func(t *testing.T, p *stage) {
		p.status = "InProgress"
		_, _, _ = p.read(0, "Operations")
		p.stores[0].failSet.Store(true)
		p.stores[0].failLease.Store(true)
		p.status = "Successful"
		time.Sleep(movingPageLife)
		_, _, _ = p.read(0, "Operations") // refreshes behind
		asked := p.count()
		if _, meta, err := p.read(0, "Operations"); err != nil || meta.Stale || p.count() != asked {
			t.Errorf("%v, %+v after %d more calls", err, meta, p.count()-asked)
		}
	})
}

// TestChangeSeenBeforeACreateIsNotKept observes, without a store, an operation that
// ended before a create and whose page comes after it.
func TestChangeSeenBeforeACreateIsNotKept(t *testing.T) {
	play(t, 1, inMemory, func(t *testing.T, p *stage) {
		p.status = "InProgress"
		_, _, _ = p.read(0, "Operations")
		p.stores[0].fail(true)
		p.status = "Successful"
		time.Sleep(2 * movingPageLife)
		p.set(sleeping(time.Second))
		old := make(chan string)
		go func() {
			say, _, _ := readNamed("Operations")(p.ctx, p.replicas[0])
			old <- say
		}()
		synctest.Wait()
		p.set(nil)
		_, _ = p.replicas[0].CreateOperation(p.ctx, restart)
		older := <-old
		synctest.Wait()
		if say, _, _ := p.read(0, "Operations"); say == older {
			t.Errorf("served again: %q", say)
		}
	})
}

func TestNullMembersOfUpstreamAreDropped(t *testing.T) {
	play(t, 1, inMemory, func(t *testing.T, p *stage) {
		page := &teamwork.Page[teamwork.DeviceOperation]{Items: []*teamwork.DeviceOperation{nil, {OperationID: "o", DeviceID: "d1"}}}
		p.replicas[0].Service = fixed{p.upstream, page}
		for range 3 {
			got, err := p.replicas[0].Operations(p.ctx, teamwork.OperationsRequest{DeviceID: "d1", Top: 5})
			if err != nil || len(got.Items) != 1 {
				t.Fatalf("%v, %v", got, err)
			}
			time.Sleep(2 * movingPageLife)
		}
	})
}

// TestPageAnswersForItsMembers asks for each alone, after the page.
func TestPageAnswersForItsMembers(t *testing.T) {
	operation := func(ctx context.Context, s *Service) error {
		_, err := s.Operation(ctx, teamwork.DeviceOperationKey{DeviceID: "d1", OperationID: "o3"})
		return err
	}
	device := func(ctx context.Context, s *Service) error { _, err := s.Device(ctx, "d1"); return err }
	for name, c := range map[string]struct {
		page, status string
		member       func(context.Context, *Service) error
		life         time.Duration
		afterCreate  Outcome
	}{
		"a final operation":     {"Operations", "Successful", operation, finalOperationLife, Shared},
		"an operation underway": {"Operations", "InProgress", operation, movingOperationLife, Upstream},
		"a device":              {"Devices", "Successful", device, deviceLife, Upstream},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, 1, inMemory, func(t *testing.T, p *stage) {
				p.status = c.status
				p.warnings = []teamwork.Warning{{Code: "C", Path: []any{"items", 0}}}
				_, _, _ = p.read(0, c.page)
				time.Sleep(min(c.life, time.Hour) - time.Millisecond)
				asked, calls := p.count(), p.stores[0].calls.Load()
				trail := &teamwork.Trail{}
				if err := c.member(teamwork.WithTrail(p.ctx, trail), p.replicas[0]); err != nil || p.seen[0].last() != Near || p.count() != asked || p.stores[0].calls.Load() != calls {
					t.Errorf("%v from %q after %d calls", err, p.seen[0].last(), p.count()-asked)
				}
				if _, stale := trail.Oldest(); stale || len(trail.Warnings()) > 0 {
					t.Errorf("stale %v, warnings %v", stale, trail.Warnings())
				}
				if err := c.member(as(p.ctx, "q"), p.replicas[0]); err != nil || p.seen[0].last() != Upstream {
					t.Errorf("another partition: %v, from %q", err, p.seen[0].last())
				}
				time.Sleep(time.Millisecond)
				if err := c.member(p.ctx, p.replicas[0]); err != nil || (p.seen[0].last() == Stale) != (c.life < time.Hour) {
					t.Errorf("later: %v, from %q", err, p.seen[0].last())
				}
				synctest.Wait()
				_, _ = p.replicas[0].CreateOperation(p.ctx, restart)
				if err := c.member(p.ctx, p.replicas[0]); err != nil || p.seen[0].last() != c.afterCreate {
					t.Errorf("after a create: %v, from %q", err, p.seen[0].last())
				}
			})
		})
	}
}
