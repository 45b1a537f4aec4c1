package cache

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// levels are where an answer may be found.
var levels = map[string]Options{"near": inMemory, "shared": {}}

// passingErrors are upstream's when an old answer is better than none.
var passingErrors = map[string]error{
	"429":     &teamwork.Error{Kind: teamwork.Throttled, Upstream: &teamwork.UpstreamAnswer{Status: 429}},
	"503":     &teamwork.Error{Kind: teamwork.Unavailable, Upstream: &teamwork.UpstreamAnswer{Status: 503}},
	"500":     &teamwork.Error{Kind: teamwork.Unavailable, Upstream: &teamwork.UpstreamAnswer{Status: 500}},
	"timeout": &teamwork.Error{Kind: teamwork.Unavailable, Err: context.DeadlineExceeded},
	"reset":   &teamwork.Error{Kind: teamwork.Unavailable, Err: errors.New("connection reset by peer")},
	"HTML":    &teamwork.Error{Kind: teamwork.BadResponse, Upstream: &teamwork.UpstreamAnswer{Status: 200}},
}

// refusals are upstream's after which nobody may be shown what was known.
var refusals = map[string]error{
	"401 of the caller's token": &teamwork.Error{Kind: teamwork.Unauthenticated, Upstream: &teamwork.UpstreamAnswer{Status: 401}},
	"403 of the caller's token": &teamwork.Error{Kind: teamwork.Forbidden, Upstream: &teamwork.UpstreamAnswer{Status: 403}},
	"401 of the server's own":   &teamwork.Error{Kind: teamwork.Unavailable, Upstream: &teamwork.UpstreamAnswer{Status: 401}},
	"403 of the server's own":   &teamwork.Error{Kind: teamwork.Unavailable, Upstream: &teamwork.UpstreamAnswer{Status: 403}},
	"404":                       &teamwork.Error{Kind: teamwork.NotFound, Message: "No.", Upstream: &teamwork.UpstreamAnswer{Status: 404}},
	"404 of the API":            &teamwork.Error{Kind: teamwork.Unavailable, Upstream: &teamwork.UpstreamAnswer{Status: 404}},
	"410":                       &teamwork.Error{Kind: teamwork.Unavailable, Upstream: &teamwork.UpstreamAnswer{Status: 410}},
	"410 of another kind":       &teamwork.Error{Kind: teamwork.Rejected, Upstream: &teamwork.UpstreamAnswer{Status: 410}},
}

var outage = &teamwork.Error{Kind: teamwork.Unavailable, Upstream: &teamwork.UpstreamAnswer{Status: 503}}

// lifeOf is how long each read of upstream's answers is fresh.
var lifeOf = map[string]time.Duration{
	"Devices": deviceLife, "Device": deviceLife, "Activity": healthLife, "Health": healthLife,
	"Configuration": configurationLife, "Operations": pageLife, "Operation": movingOperationLife, // see underWay
}

// underWay is the status for which a read's answer has the life above.
func underWay(read string) string {
	if read == "Operation" {
		return "InProgress"
	}
	return "Successful"
}

func TestAgingAnswerIsServedAtOnceAndRefreshedOnce(t *testing.T) {
	for level, opts := range levels {
		for _, r := range reads {
			t.Run(level+" "+r.name, func(t *testing.T) {
				play(t, 1, opts, func(t *testing.T, p *stage) {
					p.status = underWay(r.name)
					first, fetched, _ := p.read(0, r.name)
					time.Sleep(lifeOf[r.name])
					p.set(sleeping(time.Second))
					begin := time.Now()
					var wg sync.WaitGroup
					for range 30 {
						wg.Go(func() {
							say, meta, err := r.ask(p.ctx, p.replicas[0])
							if err != nil || say != first || !meta.Stale || !meta.FetchedAt.Equal(fetched.FetchedAt) || !meta.FreshUntil.Equal(fetched.FreshUntil) {
								t.Errorf("got %q, %v; meta %+v", say, err, meta)
							}
						})
					}
					wg.Wait()
					if took := time.Since(begin); took != 0 {
						t.Errorf("the readers waited %v", took)
					}
					time.Sleep(time.Second)
					synctest.Wait()
					say, meta, err := p.read(0, r.name)
					if err != nil || say == first || meta.Stale || !meta.FreshUntil.After(time.Now()) || p.count() != 2 {
						t.Errorf("after the refresh: %q, %v, meta %+v; upstream was asked %d times", say, err, meta, p.count())
					}
				})
			})
		}
	}
}

func TestStaleAnswerSaysSoInEachPartAndWarns(t *testing.T) {
	for level, opts := range levels {
		t.Run(level, func(t *testing.T) {
			play(t, 1, opts, func(t *testing.T, p *stage) {
				p.warnings = []teamwork.Warning{{Code: "MALFORMED_TIME", Message: "m", Path: []any{"items", 1, "x"}}}
				ask := func(ctx context.Context) *teamwork.Page[teamwork.DeviceOperation] {
					page, err := p.replicas[0].Operations(ctx, teamwork.OperationsRequest{DeviceID: "d1", Top: 3})
					if err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
					return page
				}
				began := time.Now()
				fresh := ask(p.ctx)
				_ = ask(p.ctx)
				time.Sleep(pageLife)
				p.set(failing(0, outage))
				trail := &teamwork.Trail{}
				stale := ask(teamwork.WithTrail(p.ctx, trail))
				for i, m := range []teamwork.ResourceMeta{stale.Meta, stale.Items[0].Meta, stale.Items[2].Meta} {
					if !m.Stale || !m.FetchedAt.Equal(teamwork.At(began)) || !m.FreshUntil.Equal(teamwork.At(began.Add(pageLife))) {
						t.Errorf("part %d: %+v", i, m)
					}
				}
				if at, old := trail.Oldest(); !old || !at.Equal(began) {
					t.Errorf("the trail says %v, %v", at, old)
				}
				if d := cmp.Diff(p.warnings, trail.Warnings()); d != "" {
					t.Errorf("warnings (-want +got)\n%s", d)
				}
				if fresh.Meta.Stale || fresh.Items[1].Meta.Stale {
					t.Error("what another reader holds was changed")
				}
			})
		})
	}
}

// TestOldAnswerIsServedWhereUpstreamCantDoBetter reads past the second lifetime.
func TestOldAnswerIsServedWhereUpstreamCantDoBetter(t *testing.T) {
	type upstreams struct {
		does  func(context.Context) error
		waits time.Duration
		stale bool
	}
	cases := map[string]upstreams{
		"quick":      {sleeping(time.Second), time.Second, false},
		"just quick": {sleeping(defaultPatience - time.Millisecond), defaultPatience - time.Millisecond, false},
		"slow":       {sleeping(3 * time.Second), defaultPatience, true},
		"silent":     {sleeping(time.Hour), defaultPatience, true},
	}
	for name, err := range passingErrors {
		cases[name] = upstreams{failing(300*time.Millisecond, err), 300 * time.Millisecond, true}
	}
	for level, opts := range levels {
		for name, c := range cases {
			t.Run(level+" "+name, func(t *testing.T) {
				play(t, 1, opts, func(t *testing.T, p *stage) {
					first, _, _ := p.read(0, "Operations")
					time.Sleep(2 * pageLife)
					p.set(c.does)
					begin := time.Now()
					say, meta, err := readNamed("Operations")(p.ctx, p.replicas[0])
					if err != nil || (say == first) != c.stale || meta.Stale != c.stale || time.Since(begin) != c.waits {
						t.Errorf("got %q, %v after %v; meta %+v", say, err, time.Since(begin), meta)
					}
					if c.stale != (p.seen[0].last() == Stale) {
						t.Errorf("it counts as %q", p.seen[0].last())
					}
				})
			})
		}
	}
}

func TestOldAnswerIsServedForSoLongAndNotAMomentLonger(t *testing.T) {
	const slack = time.Hour
	for level, memory := range map[string]int64{"near": 1 << 20, "shared": 0} {
		for name, c := range map[string]struct {
			stale  time.Duration
			age    time.Duration
			within time.Duration // in which upstream fails
			served bool
		}{
			"just in time":              {slack, pageLife + slack - time.Millisecond, 0, true},
			"at its end":                {slack, pageLife + slack, 0, false},
			"over while it waits":       {slack, pageLife + slack - time.Second, 1500 * time.Millisecond, false},
			"over before patience ends": {slack, pageLife + slack - time.Second, time.Minute, false},
			"not at all":                {-1, pageLife, 0, false},
		} {
			t.Run(level+" "+name, func(t *testing.T) {
				play(t, 1, Options{Memory: memory, Stale: c.stale}, func(t *testing.T, p *stage) {
					_, _, _ = p.read(0, "Operations")
					time.Sleep(c.age)
					p.set(failing(c.within, outage))
					_, meta, err := readNamed("Operations")(p.ctx, p.replicas[0])
					if (err == nil) != c.served || err == nil && !meta.Stale {
						t.Errorf("got %v, meta %+v; want it served: %v", err, meta, c.served)
					}
				})
			})
		}
	}
}

func TestDefaultsAreTheHouses(t *testing.T) {
	play(t, 1, Options{}, func(t *testing.T, p *stage) {
		if s := p.replicas[0]; s.stale != 24*time.Hour || s.patience != 2*time.Second || s.near.cache != nil {
			t.Errorf("stale %v, patience %v", s.stale, s.patience)
		}
	})
}

// TestRefusalForgetsWhatWasKnown refuses once, and then fails: what a reader may not see
// does not come back, at any replica, from any level.
func TestRefusalForgetsWhatWasKnown(t *testing.T) {
	for level, opts := range levels {
		for name, refusal := range refusals {
			for when, age := range map[string]time.Duration{"aging": healthLife, "old": 2 * healthLife} {
				t.Run(level+" "+when+" "+name, func(t *testing.T) {
					play(t, 2, opts, func(t *testing.T, p *stage) {
						first, _, _ := p.read(0, "Health")
						_, _, _ = p.read(1, "Health")
						time.Sleep(age)
						p.set(failing(0, refusal))
						say, _, err := p.read(0, "Health")
						if when == "old" && (err == nil || teamwork.KindOf(err) != teamwork.KindOf(refusal)) {
							t.Errorf("refused: %q, %v", say, err)
						}
						time.Sleep(noneLife)
						p.set(failing(0, outage))
						for i := range p.replicas {
							if say, _, err := p.read(i, "Health"); err == nil || strings.Contains(say, first) {
								t.Errorf("replica %d still says %q", i, say)
							}
						}
					})
				})
			}
		}
	}
}

func TestRefusalForgetsThoughThereIsMuchToDo(t *testing.T) {
	play(t, 1, Options{}, func(t *testing.T, p *stage) {
		_, _, _ = p.read(0, "Health")
		time.Sleep(2 * healthLife)
		for range maxWork {
			p.replicas[0].work.do(func() { time.Sleep(time.Second) })
		}
		p.set(failing(0, refusals["403 of the caller's token"]))
		_, _, _ = readNamed("Health")(p.ctx, p.replicas[0])
		time.Sleep(time.Second)
		p.set(failing(0, outage))
		if say, _, err := p.read(0, "Health"); err == nil {
			t.Errorf("still says %q", say)
		}
	})
}

// TestOldAnswerComesBeforeItsReadersEnd: also to one who has less time than patience.
func TestOldAnswerComesBeforeItsReadersEnd(t *testing.T) {
	for _, left := range []time.Duration{200 * time.Millisecond, time.Second, 3 * time.Second} {
		play(t, 1, inMemory, func(t *testing.T, p *stage) {
			_, _, _ = p.read(0, "Health")
			time.Sleep(3 * healthLife)
			p.set(sleeping(10 * time.Second))
			ctx, cancel := context.WithTimeout(p.ctx, left)
			defer cancel()
			if say, meta, err := readNamed("Health")(ctx, p.replicas[0]); err != nil || !meta.Stale || ctx.Err() != nil {
				t.Errorf("with %v: %s, stale %v: %v", left, say, meta.Stale, err)
			}
			time.Sleep(time.Minute)
		})
	}
}
