package cache

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// TestEveryMethodIsClassified fails for a new method of Service until somebody
// says here whether it writes.
func TestEveryMethodIsClassified(t *testing.T) {
	writes := []string{"CreateOperation", "CreateOperations"} // each forgets what it touched
	passed := []string{"Status"}                              // costs nothing, and must be of now
	var remembered []string
	for _, r := range reads {
		remembered = append(remembered, r.name)
	}
	for m := range reflect.TypeFor[teamwork.Service]().Methods() {
		ours, _ := reflect.TypeFor[*Service]().MethodByName(m.Name)
		file, _ := runtime.FuncForPC(ours.Func.Pointer()).FileLine(ours.Func.Pointer())
		overridden := filepath.Base(file) == "cache.go" // a promoted method has no file
		switch {
		case slices.Contains(writes, m.Name), slices.Contains(remembered, m.Name):
			if !overridden {
				t.Errorf("%s passes through", m.Name)
			}
		case slices.Contains(passed, m.Name):
			if overridden {
				t.Errorf("%s does not pass through", m.Name)
			}
		default:
			t.Errorf("%s is neither among the reads nor among the writes of this test", m.Name)
		}
	}
}

func TestEveryReadIsRememberedAndServesOtherReplicas(t *testing.T) {
	for _, r := range reads {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld(t)
			a, b := w.replica(), w.replica()
			ctx := as(t.Context(), "p")
			first, firstMeta, err := r.ask(ctx, a)
			if err != nil {
				t.Fatal(err)
			}
			a.Wait()
			w.pass(time.Second)
			for name, s := range map[string]*Service{"the same replica": a, "another replica": b} {
				again, meta, err := r.ask(ctx, s)
				if err != nil || again != first {
					t.Errorf("%s says %q, %v", name, again, err)
				}
				if d := cmp.Diff(firstMeta, meta); d != "" {
					t.Errorf("%s: meta (-first +again)\n%s", name, d)
				}
			}
			if w.count() != 1 {
				t.Errorf("upstream was asked %d times", w.count())
			}
			if !firstMeta.FetchedAt.Equal(teamwork.At(w.clock().Add(-time.Second))) || firstMeta.Stale {
				t.Errorf("meta %+v", firstMeta)
			}
		})
	}
}

func TestRememberedValueIsTheOneThatWasFetched(t *testing.T) {
	w := newWorld(t)
	w.warnings = []teamwork.Warning{{Code: "MALFORMED_TIME", Message: "m", Path: []any{"items", 1, "x"}}}
	s := w.replica()
	ctx := as(t.Context(), "p")
	req := teamwork.OperationsRequest{DeviceID: "d1", Top: 3}
	first, err := s.Operations(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	s.Wait()
	again, err := s.Operations(ctx, req)
	if err != nil || w.count() != 1 {
		t.Fatalf("%v after %d calls", err, w.count())
	}
	if d := cmp.Diff(first, again); d != "" {
		t.Errorf("(-fetched +remembered)\n%s", d)
	}
	if d := cmp.Diff(again.Meta, again.Items[2].Meta); d != "" {
		t.Errorf("a member's age is not the page's (-page +member)\n%s", d)
	}
}

func TestLifetimes(t *testing.T) {
	const whatever = ""
	for _, c := range []struct {
		read, status string
		created      time.Duration // how long before the read; 0 never
		want         time.Duration
	}{
		{"Devices", whatever, 0, deviceLife},
		{"Device", whatever, 0, deviceLife},
		{"Health", whatever, 0, healthLife},
		{"Activity", whatever, 0, healthLife},
		{"Configuration", whatever, 0, configurationLife},
		{"Operation", "successful", 0, finalOperationLife},
		{"Operation", "Canceled", 0, finalOperationLife},
		{"Operation", "InProgress", 0, movingOperationLife},
		{"Operation", "aWordOfTomorrow", 0, movingOperationLife},
		{"Operations", "failed", 0, pageLife},
		{"Operations", "Queued", 0, movingPageLife},
		{"Operations", "failed", time.Millisecond, createdPageLife},
		{"Operations", "Queued", time.Millisecond, createdPageLife},
		{"Operations", "Queued", justCreated - time.Second, createdPageLife},
		{"Operations", "failed", justCreated + time.Second, pageLife},
	} {
		t.Run(c.read+" "+c.status+" created "+c.created.String(), func(t *testing.T) {
			w := newWorld(t)
			w.status = c.status
			ctx := as(t.Context(), "p")
			if c.created != 0 { // on another replica, which tells the others
				if _, err := w.replica().CreateOperation(ctx, restart); err != nil {
					t.Fatal(err)
				}
				w.pass(c.created)
			}
			s := w.replica()
			ask := readNamed(c.read)
			first, meta, _ := ask(ctx, s)
			s.Wait()
			if got := meta.FreshUntil.Sub(meta.FetchedAt.Time); got != c.want {
				t.Errorf("fresh for %v, want %v", got, c.want)
			}
			w.pass(c.want - time.Millisecond)
			if again, _, _ := ask(ctx, s); again != first {
				t.Error("not kept for so long")
			}
			w.pass(time.Millisecond)
			if again, meta, _ := ask(ctx, s); again != first || !meta.Stale {
				t.Errorf("past its freshness: %q, stale %v", again, meta.Stale)
			}
			s.Wait()
			if again, meta, _ := ask(ctx, s); again == first || meta.Stale {
				t.Errorf("after the refresh behind: %q, stale %v", again, meta.Stale)
			}
		})
	}
}

func TestThereIsNoneIsKeptForSeconds(t *testing.T) {
	for _, r := range reads {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld(t)
			upstreams := &teamwork.Error{Kind: teamwork.NotFound, Message: "No such thing.", Upstream: &teamwork.UpstreamAnswer{Status: 404}}
			w.before = func(context.Context) error { return upstreams }
			s := w.replica()
			ctx := as(t.Context(), "p")
			if _, _, err := r.ask(ctx, s); !errors.Is(err, upstreams) {
				t.Errorf("first: %v", err)
			}
			s.Wait()
			w.pass(noneLife - time.Millisecond)
			_, _, err := r.ask(ctx, s)
			var e *teamwork.Error
			if !errors.As(err, &e) || e.Kind != teamwork.NotFound || e.Message != "No such thing." || w.count() != 1 {
				t.Errorf("then: %v after %d calls", err, w.count())
			}
			w.pass(time.Millisecond)
			if _, _, _ = r.ask(ctx, s); w.count() != 2 {
				t.Error("kept for longer")
			}
		})
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	for _, kind := range teamwork.Kinds() {
		if kind == teamwork.NotFound {
			continue
		}
		t.Run(kind.String(), func(t *testing.T) {
			w := newWorld(t)
			s := w.replica()
			ctx := as(t.Context(), "p")
			w.before = func(context.Context) error { return &teamwork.Error{Kind: kind} }
			if _, err := s.Device(ctx, "d1"); teamwork.KindOf(err) != kind {
				t.Errorf("got %v", err)
			}
			s.Wait()
			w.before = nil
			if _, err := s.Device(ctx, "d1"); err != nil {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestNothingIsRememberedForNobody(t *testing.T) {
	for name, ctx := range map[string]context.Context{"no caller": t.Context(), "no partition": as(t.Context(), "")} {
		w := newWorld(t)
		s := w.replica()
		for range 2 {
			if _, err := s.Device(ctx, "d1"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.CreateOperation(ctx, restart); err != nil {
			t.Fatal(err)
		}
		s.Wait()
		if keys := w.redis.Keys(); w.count() != 3 || len(keys) != 0 {
			t.Errorf("%s: %d calls, keys %q", name, w.count(), keys)
		}
	}
}

func TestPartitionsNeverMix(t *testing.T) {
	for _, order := range [][]string{{"p", "q"}, {"q", "p"}} {
		for _, r := range reads {
			w := newWorld(t)
			s := w.replica()
			for _, partition := range order {
				for range 2 {
					say, _, err := r.ask(as(t.Context(), partition), s)
					if err != nil || !strings.Contains(say, "for "+partition+",") {
						t.Errorf("%s for %s: %q, %v", r.name, partition, say, err)
					}
					s.Wait()
				}
			}
			if w.count() != 2 {
				t.Errorf("%s: upstream was asked %d times", r.name, w.count())
			}
		}
	}
}

func TestValueOfTheServiceBehindIsNotChanged(t *testing.T) {
	w := newWorld(t)
	shared := &teamwork.Page[teamwork.DeviceOperation]{Items: []*teamwork.DeviceOperation{{OperationID: "o1", StatusRaw: "failed"}}}
	s := New(fixed{w.upstream, shared}, Options{Store: openStore(t, ""), Now: w.clock})
	t.Cleanup(s.Close)
	page, err := s.Operations(as(t.Context(), "p"), teamwork.OperationsRequest{DeviceID: "d1", Top: 5})
	if err != nil {
		t.Fatal(err)
	}
	if !page.Meta.FreshUntil.Known() || !page.Items[0].Meta.FetchedAt.Equal(teamwork.At(w.clock())) {
		t.Errorf("the answer is not dated: %+v", page.Meta)
	}
	if shared.Meta.FreshUntil.Known() || shared.Items[0].Meta.FetchedAt.Known() {
		t.Error("what the Service behind holds was changed")
	}
}

type fixed struct {
	*upstream
	page *teamwork.Page[teamwork.DeviceOperation]
}

func (f fixed) Operations(context.Context, teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
	return f.page, nil
}
