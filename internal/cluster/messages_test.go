package cluster

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

// diary is what a subscriber was told, in order: "up", "down" or a message.
type diary struct {
	t  *testing.T
	mu sync.Mutex
	is string
	of []string
}

func listen(t *testing.T, s Store, channel string) (*diary, func()) {
	d := &diary{t: t}
	cancel := s.Subscribe(channel, func(m []byte) { d.note(string(m)) }, func(up bool) {
		if up {
			d.note("up")
		} else {
			d.note("down")
		}
	})
	return d, cancel
}

// note fails the test when what is told may not be told now.
func (d *diary) note(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.of = append(d.of, what)
	switch {
	case what == "up" || what == "down":
		if d.is == what {
			d.t.Errorf("told twice that it is %s", what)
		}
		d.is = what
	case d.is != "up":
		d.t.Errorf("heard %q while %q", what, d.is)
	}
}

func (d *diary) all() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.of)
}

// await waits until the last line is what, and returns how long that took.
func (d *diary) await(what string, patience time.Duration) time.Duration {
	d.t.Helper()
	begin := time.Now()
	if !d.comesTo(what, patience) {
		d.t.Fatalf("no %q within %v: %q", what, patience, tail(d.all()))
	}
	return time.Since(begin)
}

// comesTo waits until the last line is what, and reports whether it ever was.
func (d *diary) comesTo(what string, patience time.Duration) bool {
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(2 * time.Millisecond) {
		if all := d.all(); len(all) > 0 && all[len(all)-1] == what {
			return true
		}
	}
	return false
}

// undisturbed does f, which returns what is wrong and who listened, and does it again,
// once, if somebody was told of a loss and the machine was late by a beat: who gets no
// turn for so long can't know that messages arrived.
func undisturbed(t *testing.T, f func() (wrong string, listened []*diary)) {
	t.Helper()
	for try := 1; ; try++ {
		machine := redistest.Late()
		wrong, listened := f()
		late := machine.Sum()
		machine.Stop()
		if wrong == "" {
			return
		}
		if try == 2 || late <= beat || !slices.ContainsFunc(listened, (*diary).lost) {
			t.Fatal(wrong)
		}
		t.Logf("once more after %v of a busy machine: %s", late, wrong)
	}
}

func (d *diary) lost() bool { return slices.Contains(d.all(), "down") }

// awaitAll waits until all that was told is this, beside losses that were over at once and
// are a busy machine's.
func (d *diary) awaitAll(machine *redistest.Lateness, patience time.Duration, all ...string) {
	d.t.Helper()
	for begin := time.Now(); !d.tells(machine, all...); time.Sleep(2 * time.Millisecond) {
		if time.Since(begin) > patience {
			d.t.Fatalf("told %q, want %q", d.all(), all)
		}
	}
}

// tells reports whether awaitAll waits no longer.
func (d *diary) tells(machine *redistest.Lateness, all ...string) bool {
	got, losses := d.all(), int(machine.Sum()/beat)
	for len(got) > 0 {
		switch {
		case len(all) > 0 && got[0] == all[0]:
			got, all = got[1:], all[1:]
		case losses > 0 && len(got) > 1 && got[0] == "down" && got[1] == "up":
			got, losses = got[2:], losses-1
		default:
			return false
		}
	}
	return len(all) == 0
}

func tail(all []string) []string { return all[max(0, len(all)-10):] }

func publish(t *testing.T, s Store, channel, message string) {
	t.Helper()
	if err := s.Publish(t.Context(), channel, []byte(message)); err != nil {
		t.Fatal(err)
	}
}

// tells is what two replicas hear of each other: all of it, in order.
func tells(t *testing.T, a, b Store) {
	undisturbed(t, func() (wrong string, diaries []*diary) {
		for _, s := range []Store{a, b, b} {
			d, cancel := listen(t, s, "c1")
			defer cancel()
			d.await("up", ample)
			diaries = append(diaries, d)
		}
		other, cancel := listen(t, a, "c2")
		defer cancel()
		other.await("up", ample)
		want := []string{"up"}
		for i := range 300 {
			message := fmt.Sprint(i)
			want = append(want, message)
			publish(t, a, "c1", message)
		}
		publish(t, b, "c1", "end")
		want = append(want, "end")
		for i, d := range diaries {
			_ = d.comesTo("end", ample)
			got := d.all()
			if s, ok := a.(*shared); ok && !isOne(s) { // which may have told some twice
				got = firsts(got)
			}
			if !slices.Equal(got, want) {
				wrong += fmt.Sprintf("%d heard %q\n", i, got)
			}
		}
		if got := other.all(); len(got) != 1 {
			wrong += fmt.Sprintf("another channel heard %q\n", tail(got))
		}
		return wrong, append(diaries, other)
	})
}

func isOne(s *shared) bool {
	_, ok := s.shape.(*one)
	return ok
}

// firsts leaves out what was there before.
func firsts(all []string) (some []string) {
	seen := make(map[string]bool, len(all))
	for _, what := range all {
		if !seen[what] {
			some = append(some, what)
		}
		seen[what] = true
	}
	return some
}

func stopsTelling(t *testing.T, a, b Store) {
	undisturbed(t, func() (wrong string, listened []*diary) {
		d, cancel := listen(t, a, "c3")
		defer cancel()
		d.await("up", ample)
		stays, end := listen(t, a, "c3")
		defer end()
		stays.await("up", ample)
		publish(t, b, "c3", "1")
		_ = d.comesTo("1", ample)
		cancel()
		cancel()
		publish(t, b, "c3", "2")
		heard := stays.comesTo("2", ample)
		if got := d.all(); !heard || !slices.Equal(got, []string{"up", "1"}) {
			wrong = fmt.Sprintf("heard %q; who stayed heard %q", got, stays.all())
		}
		return wrong, []*diary{d, stays}
	})
}

// tellsTheLate has subscriptions to one channel come and go.
func tellsTheLate(t *testing.T, a, b Store) {
	for i := range 50 {
		undisturbed(t, func() (wrong string, listened []*diary) {
			d, cancel := listen(t, a, "c4")
			defer cancel()
			if i%3 == 0 {
				return "", nil
			}
			d.await("up", ample)
			publish(t, b, "c4", fmt.Sprint(i))
			if !d.comesTo(fmt.Sprint(i), ample) {
				wrong = fmt.Sprintf("no %d: %q", i, d.all())
			}
			return wrong, []*diary{d}
		})
	}
}

func TestSlowListenerIsToldThatItMissed(t *testing.T) {
	s := open(t, "", Options{})
	hold := make(chan struct{})
	var mu sync.Mutex
	var told []string
	cancel := s.Subscribe("c", func(m []byte) {
		<-hold
		mu.Lock()
		defer mu.Unlock()
		told = append(told, string(m[:1]))
	}, func(up bool) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, fmt.Sprint(up))
	})
	defer cancel()
	for range 2 {
		publish(t, s, "c", "a"+strings.Repeat(".", backlog/2))
	}
	time.Sleep(20 * time.Millisecond) // the first is being heard
	for range 2 {
		publish(t, s, "c", "b"+strings.Repeat(".", backlog/2))
	}
	publish(t, s, "c", "z")
	close(hold)
	last := func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(told, " ")
	}
	for begin := time.Now(); !strings.HasSuffix(last(), "z"); time.Sleep(time.Millisecond) {
		if time.Since(begin) > 5*time.Second {
			t.Fatalf("told %q", last())
		}
	}
	if got := last(); !strings.Contains(got, "false true") || strings.Count(got, "b") > 1 {
		t.Errorf("told %q", got)
	}
}

// TestLostMessagesAreNoticed takes Redis from two subscribers and gives it back, until
// once it was noticed in time: the machine may be busy.
func TestLostMessagesAreNoticed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		lose, restore func(*redistest.Server)
		within        time.Duration // a loss that shows by itself is noticed sooner
	}{
		{"killed", (*redistest.Server).Kill, (*redistest.Server).Restart, 300 * time.Millisecond},
		{"frozen", (*redistest.Server).Pause, (*redistest.Server).Resume, 1500 * time.Millisecond},
		{"cut", func(r *redistest.Server) { r.Do("CLIENT", "KILL", "TYPE", "pubsub") }, func(*redistest.Server) {}, 0}, // it is back before one looks
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := redistest.Start(t)
			machine := redistest.Late()
			defer machine.Stop()
			var log logged
			a, b := open(t, r.URL(), Options{Logger: log.logger()}), open(t, r.URL(), Options{Patience: ample})
			d, cancel := listen(t, a, "c")
			defer cancel()
			d.await("up", ample)
			var told []string
			for try := 1; ; try++ {
				patiently(t, func() error { return b.Publish(t.Context(), "c", []byte("before")) })
				d.await("before", ample)
				c.lose(r)
				noticed, toldLate := noticesLoss(t, a, d, c.within > 0)
				c.restore(r)
				restored := time.Now()
				told = append(told, "up", "before", "down")
				d.awaitAll(machine, ample, append(told, "up")...)
				back := time.Since(restored)
				t.Logf("noticed after %v, told who came late after %v, back after %v", noticed, toldLate, back)
				if noticed <= c.within && toldLate <= 100*time.Millisecond && back <= 3*time.Second {
					break
				}
				if try == 5 {
					t.Errorf("noticed after %v, want %v; told who came late after %v; back after %v", noticed, c.within, toldLate, back)
					break
				}
			}
			patiently(t, func() error { return b.Publish(t.Context(), "c", []byte("after")) })
			d.await("after", ample)
			if !d.tells(machine, append(told, "up", "after")...) {
				t.Errorf("told %q", d.all())
			}
			if l := log.lines(); len(l) != 2*strings.Count(strings.Join(d.all(), " "), "down") {
				t.Errorf("want a line for each loss and one for its return, got %q", l)
			}
		})
	}
}

// noticesLoss returns how long a subscriber takes to be told that Redis is away, and then
// one that comes only now. Nobody looks if it is back at once.
func noticesLoss(t *testing.T, s Store, d *diary, stays bool) (noticed, toldLate time.Duration) {
	t.Helper()
	if !stays {
		return 0, 0
	}
	noticed = d.await("down", ample)
	late, cancel := listen(t, s, "c")
	defer cancel()
	toldLate = late.await("down", ample)
	time.Sleep(300 * time.Millisecond)
	return noticed, toldLate
}

func TestSubscribersWaitForRedis(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	r.Kill()
	s := open(t, r.URL(), Options{})
	d, cancel := listen(t, s, "c")
	defer cancel()
	d.await("down", ample)
	r.Restart()
	d.await("up", ample)
	patiently(t, func() error { return s.Publish(t.Context(), "c", []byte("1")) })
	d.await("1", ample)
}

func TestCloseEndsSubscriptions(t *testing.T) {
	r := redistest.Start(t)
	undisturbed(t, func() (wrong string, listened []*diary) {
		s := open(t, r.URL(), Options{})
		d, cancel := listen(t, s, "c")
		d.await("up", ample)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		cancel()
		if got := d.all(); !slices.Equal(got, []string{"up"}) {
			wrong = fmt.Sprintf("told %q", got)
		}
		return wrong, []*diary{d}
	})
}

func TestMemoryIsSharedWithWhoElseListens(t *testing.T) {
	m, err := Open("", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	said := []bool{m.Shared("c")}
	_, first := listen(t, m, "c")
	defer first()
	_, other := listen(t, m, "d")
	defer other()
	said = append(said, m.Shared("c"))
	_, second := listen(t, m, "c")
	said = append(said, m.Shared("c"))
	second()
	if said = append(said, m.Shared("c")); !slices.Equal(said, []bool{false, false, true, false}) {
		t.Errorf("shared with nobody, with one, with two, with one again: %v", said)
	}
}
