package cache

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// TestNothingOldIsCalledFreshWhateverTheClocksSay has one replica fetch, and another with
// a clock that is apart begin to read when the answer has any age.
func TestNothingOldIsCalledFreshWhateverTheClocksSay(t *testing.T) {
	for _, skew := range []time.Duration{-10 * time.Second, -time.Second, -300 * time.Millisecond, 300 * time.Millisecond, time.Second, 2 * time.Second, 10 * time.Second, time.Hour} {
		for level, opts := range levels {
			for first := time.Duration(0); first < 45*time.Second; first += 4500 * time.Millisecond {
				t.Run(fmt.Sprint(skew, " ", level, " first after ", first), func(t *testing.T) {
					play(t, 0, opts, func(t *testing.T, p *stage) {
						for i, ahead := range []time.Duration{skew, 0} {
							opts.Now = func() time.Time { return time.Now().Add(ahead) }
							s := p.join(opts)
							defer s.Close()
							s.Service = &upstream{now: opts.Now, before: p.run, calls: 1000 * i} // to tell their answers apart
						}
						synctest.Wait()
						fetched := time.Now()
						said, _, _ := p.read(0, "Health")
						time.Sleep(first)
						for range 40 {
							age := time.Since(fetched)
							say, meta, err := p.read(1, "Health")
							if err != nil || say == said && !meta.Stale && age > healthLife+time.Second {
								t.Fatalf("%v: called fresh at the age of %v", err, age)
							}
							if say == said && meta.FreshUntil.After(opts.Now().Add(healthLife+maxSkew)) {
								t.Fatalf("it says it is fresh until %v at %v", meta.FreshUntil, opts.Now())
							}
							if first == 0 && age == 0 && skew > 0 && (say != said || meta.Stale) {
								t.Fatalf("what was just fetched elsewhere is %q, %+v", say, meta)
							}
							time.Sleep(time.Second)
						}
					})
				})
			}
		}
	}
}

// TestReplicaThatHeardNothingBelievesNothingFromTheFuture has no news of the other's clock.
func TestReplicaThatHeardNothingBelievesNothingFromTheFuture(t *testing.T) {
	now := time.Now()
	for ahead, want := range map[time.Duration]age{0: fresh, maxSkew: fresh, maxSkew + time.Millisecond: aging} {
		h := headerFor("g", now.Add(ahead))
		h.By = "a stranger"
		entry, _, err := encode(h, pageFor(1))
		if err != nil {
			t.Fatal(err)
		}
		k := recall(&operationsNoun, entry, sight{gen: generation{token: "g"}, now: now, clocks: &clocks{}})
		if k.age(now) != want || k.freshUntil.After(now.Add(time.Minute)) {
			t.Errorf("%v ahead: age %v, fresh for %v", ahead, k.age(now), k.freshUntil.Sub(now))
		}
	}
}

func TestLateNewsDoNotMakeAClockSeemRight(t *testing.T) {
	var c clocks
	now := time.Now()
	c.note("r", now.Add(10*time.Second), now)
	c.note("r", now.Add(7*time.Second), now) // it took 3 s
	if d := c.ahead("r"); d != 10*time.Second {
		t.Errorf("ahead by %v", d)
	}
	now = now.Add(configurationLife)
	c.note("r", now.Add(2*time.Second), now) // the clock was set
	if d := c.ahead("r"); d != 2*time.Second {
		t.Errorf("ahead by %v", d)
	}
	c.note("r", now.Add(11*time.Second), now)
	if d := c.ahead("r"); d != 11*time.Second {
		t.Errorf("ahead by %v", d)
	}
	c.note("behind", now.Add(-time.Hour), now)
	c.note("right", now.Add(-50*time.Millisecond), now)
	if c.ahead("behind") != 0 || c.ahead("right") != 0 || c.ahead("unknown") != 0 {
		t.Error("dates are changed without need")
	}
	for i := range 2*maxClocks + 1 {
		c.note(fmt.Sprint(i), now, now)
	}
	if n := len(c.all); n > maxClocks {
		t.Errorf("%d are remembered", n)
	}
}
