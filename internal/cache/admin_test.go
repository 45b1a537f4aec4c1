package cache

import (
	"context"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// administered returns a replica with its Admin.
func administered(t *testing.T, w *world) *Admin {
	t.Helper()
	a := NewAdmin(w.replica())
	t.Cleanup(a.Close)
	return a
}

// soon waits until ok.
func soon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for begin := time.Now(); !ok(); time.Sleep(time.Millisecond) {
		if time.Since(begin) > 5*time.Second {
			t.Fatal(what)
		}
	}
}

func TestAdminPassesNothingUnmarked(t *testing.T) {
	for m := range reflect.TypeFor[teamwork.Service]().Methods() {
		ours, _ := reflect.TypeFor[*Admin]().MethodByName(m.Name)
		file, _ := runtime.FuncForPC(ours.Func.Pointer()).FileLine(ours.Func.Pointer())
		if overridden := filepath.Base(file) == "marked.go"; overridden == (m.Name == "Status") {
			t.Errorf("%s is overridden: %v", m.Name, overridden)
		}
	}
	w := newWorld(t)
	a := administered(t, w)
	if err := a.ForgetAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, r := range reads {
		if say, _, err := r.ask(as(t.Context(), "p"), a); err != nil || !strings.Contains(say, " for p~") {
			t.Errorf("%s asks %q: %v", r.name, say, err)
		}
	}
}

func TestOperatorForgetsForEveryPartitionOnEveryReplica(t *testing.T) {
	for _, c := range []struct {
		name   string
		forget func(context.Context, *Admin) error
		rest   bool // is what does not hang on the device forgotten too?
	}{
		{"a device", func(ctx context.Context, a *Admin) error { return a.Forget(ctx, "d1") }, false},
		{"everything", func(ctx context.Context, a *Admin) error { return a.ForgetAll(ctx) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			a, b := administered(t, w), administered(t, w)
			said := map[string]string{}
			each := func(f func(key string, say string), replica *Admin) {
				for _, partition := range []string{"p", "q"} {
					ctx := as(t.Context(), partition)
					for _, r := range reads {
						say, _, err := r.ask(ctx, replica)
						if err != nil {
							t.Fatal(err)
						}
						f(partition+" "+r.name, say)
					}
					other, err := replica.Health(ctx, "d2")
					if err != nil {
						t.Fatal(err)
					}
					f(partition+" another device", *other.HardwareHealth.ComputeHealth.Peripheral.DisplayName)
				}
			}
			for _, replica := range []*Admin{a, b} {
				each(func(key, say string) { said[key] = say }, replica)
				replica.s.Wait()
			}
			if err := c.forget(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			soon(t, "the other replica does not hear of it", func() bool { return b.s.marks.Load().newest() > 0 })
			late := administered(t, w)
			for name, replica := range map[string]*Admin{"the same": a, "another": b, "a later": late} {
				each(func(key, say string) {
					wanted := c.rest || !strings.Contains(key, "another device")
					if forgotten := say != said[key]; forgotten != wanted {
						t.Errorf("%s replica, %s: forgotten is %v", name, key, forgotten)
					}
				}, replica)
			}
		})
	}
}

func TestAnswerUnderWayWhenAnOperatorForgetsIsNotServedAfterwards(t *testing.T) {
	w := newWorld(t)
	a := administered(t, w)
	began, proceed := make(chan struct{}), make(chan struct{})
	w.before = func(context.Context) error { close(began); <-proceed; return nil }
	done := make(chan struct{})
	go func() { _, _ = a.Device(as(t.Context(), "p"), "d1"); close(done) }()
	<-began
	w.before = nil
	if err := a.Forget(t.Context(), "d1"); err != nil {
		t.Fatal(err)
	}
	close(proceed)
	<-done
	a.s.Wait()
	before := w.count()
	if _, err := a.Device(as(t.Context(), "p"), "d1"); err != nil || w.count() != before+1 {
		t.Errorf("upstream was asked %d times more: %v", w.count()-before, err)
	}
}

func TestMarksSurviveAStoreThatLosesThem(t *testing.T) {
	w := newWorld(t)
	a := administered(t, w)
	if err := a.Forget(t.Context(), "d1"); err != nil {
		t.Fatal(err)
	}
	w.redis.FlushAll()
	if err := a.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if b := administered(t, w); !b.s.marks.Load().equal(a.s.marks.Load()) {
		t.Errorf("a new replica knows %+v, want %+v", b.s.marks.Load(), a.s.marks.Load())
	}
}

func TestOperatorIsToldThatOthersDoNotKnow(t *testing.T) {
	w := newWorld(t)
	a := administered(t, w)
	w.redis.SetError("LOADING")
	if err := a.ForgetAll(t.Context()); err == nil {
		t.Error("a store that can't be told is no error")
	}
	if a.s.marks.Load().All == 0 {
		t.Error("nothing is forgotten here")
	}
	w.redis.SetError("")
	soon(t, "the store is never told", func() bool { _ = a.look(t.Context()); return w.redis.Exists(marksKey) })
}

func TestMarks(t *testing.T) {
	m := (&marks{}).with(nil)
	if got := m.partition("p", "d"); got != "p" {
		t.Errorf("nothing forgotten makes %q of p", got)
	}
	m.forget("d", 10)
	old := m.with(nil)
	m.forgetAll(20)
	if m = m.with(old); m.newest() != 20 || len(m.Devices) != 0 || m.Pages != 0 {
		t.Errorf("what was forgotten before all is still marked: %+v", m)
	}
	for i := range maxMarked {
		m.forget(strconv.Itoa(i), int64(21+i))
	}
	last := m.partition("p", "other")
	m.forget("one too many", 5000)
	if len(m.Devices) != 0 || m.All != 5000 || m.partition("p", "other") == last {
		t.Errorf("%d devices, all at %d", len(m.Devices), m.All)
	}
	if got := m.partition("", "d"); got != "" {
		t.Errorf("nobody has the partition %q", got)
	}
}

// TestForgettingLeavesTheCallerAsItIs: to the floors below, whose reads share a pace and
// a throttling, it is the same caller.
func TestForgettingLeavesTheCallerAsItIs(t *testing.T) {
	w := newWorld(t)
	s := w.replica()
	a := NewAdmin(s)
	t.Cleanup(a.Close)
	if err := a.ForgetAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	var below []string
	w.before = func(ctx context.Context) error {
		below = append(below, teamwork.CallerFrom(ctx).Partition)
		return nil
	}
	ctx := as(t.Context(), "p")
	_, _ = a.Health(ctx, "d1")
	_, _ = a.CreateOperation(ctx, restart)
	a.CreateOperations(ctx, []teamwork.CreateOperation{restart})
	if len(below) != 3 || below[0] != "p" || below[1] != "p" || below[2] != "p" {
		t.Errorf("below they come from %q", below)
	}
}
