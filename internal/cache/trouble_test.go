package cache

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// TestOnlyTheFirstReaderOfAnOutageWaits reads what is old one after another while upstream
// fails or is silent.
func TestOnlyTheFirstReaderOfAnOutageWaits(t *testing.T) {
	for level, opts := range levels {
		for name, c := range map[string]struct {
			does  func(context.Context) error
			waits time.Duration // the first reader
			asked int           // in the 20 s of the outage, at most
		}{
			"silent":         {sleeping(time.Hour), defaultPatience, 2},
			"fails late":     {failing(1500*time.Millisecond, outage), 1500 * time.Millisecond, 9},
			"fails too late": {failing(5*time.Second, outage), defaultPatience, 4},
			"fails at once":  {failing(0, outage), 0, 20},
		} {
			t.Run(level+" "+name, func(t *testing.T) {
				play(t, 1, opts, func(t *testing.T, p *stage) {
					first, _, _ := p.read(0, "Operations")
					time.Sleep(2 * pageLife)
					p.set(c.does)
					asked, ended := p.count(), time.Now().Add(20*time.Second)
					for i := 0; time.Now().Before(ended); i++ {
						begin := time.Now()
						say, meta, err := readNamed("Operations")(p.ctx, p.replicas[0])
						want := time.Duration(0)
						if i == 0 {
							want = c.waits
						}
						if took := time.Since(begin); err != nil || say != first || !meta.Stale || took != want {
							t.Errorf("read %d: %q, %v after %v, want %v", i, say, err, took, want)
						}
						time.Sleep(500 * time.Millisecond)
					}
					if n := p.count() - asked; n > c.asked || n < 1 {
						t.Errorf("upstream was asked %d times", n)
					}
					p.set(nil)
					time.Sleep(15 * time.Second) // a flight that hangs ends
					synctest.Wait()
					_, _, _ = p.read(0, "Operations")
					time.Sleep(time.Second)
					if say, meta, err := p.read(0, "Operations"); err != nil || say == first || meta.Stale {
						t.Errorf("after the outage: %q, %v, %+v", say, err, meta)
					}
				})
			})
		}
	}
}

// TestReaderAfterAPauseWaitsAgain reads seldom: upstream may be well again.
func TestReaderAfterAPauseWaitsAgain(t *testing.T) {
	play(t, 1, inMemory, func(t *testing.T, p *stage) {
		first, _, _ := p.read(0, "Operations")
		time.Sleep(2 * pageLife)
		p.set(failing(100*time.Millisecond, outage))
		_, _, _ = p.read(0, "Operations")
		p.set(sleeping(100 * time.Millisecond))
		time.Sleep(troublePause)
		if say, meta, err := p.read(0, "Operations"); err != nil || say == first || meta.Stale {
			t.Errorf("%q, %v, %+v", say, err, meta)
		}
	})
}

// TestTroubleIsOfOneAnswer has another answer fetched as ever.
func TestTroubleIsOfOneAnswer(t *testing.T) {
	play(t, 1, inMemory, func(t *testing.T, p *stage) {
		health, _, _ := p.read(0, "Health")
		_, _, _ = p.read(0, "Operations")
		time.Sleep(2 * pageLife)
		p.set(failing(100*time.Millisecond, outage))
		_, _, _ = p.read(0, "Operations")
		p.set(nil)
		if say, meta, err := p.read(0, "Health"); err != nil || say == health || meta.Stale {
			t.Errorf("%q, %v, %+v", say, err, meta)
		}
	})
}

func TestTroublesAreBounded(t *testing.T) {
	var all troubles
	now := time.Now()
	for i := range 2*maxTroubles + 1 {
		all.note(nearKey{partition: fmt.Sprint(i)}, now, now)
	}
	if n := len(all.all); n > maxTroubles {
		t.Errorf("%d are remembered", n)
	}
}
