package cache

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestReaderOfNowPassesByWhatIsRemembered(t *testing.T) {
	for _, r := range reads {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld(t)
			a, b := w.replica(), w.replica()
			ctx := as(t.Context(), "p")
			old, _, _ := r.ask(ctx, a)
			a.Wait()
			w.pass(time.Second)
			now := teamwork.NotBefore(ctx, w.clock())
			anew, _, err := r.ask(now, a)
			if err != nil || anew == old || w.count() != 2 {
				t.Fatalf("%d calls, %q after %q: %v", w.count(), anew, old, err)
			}
			a.Wait()
			for name, again := range map[string]struct {
				s   *Service
				ctx context.Context
			}{"here": {a, ctx}, "elsewhere": {b, ctx}, "as new, here": {a, now}, "as new, elsewhere": {b, now}} {
				if say, _, err := r.ask(again.ctx, again.s); err != nil || say != anew || w.count() != 2 {
					t.Errorf("%s: %d calls, %q: %v", name, w.count(), say, err)
				}
				again.s.Wait()
			}
		})
	}
}

func TestReaderOfNowHearsThatUpstreamFailed(t *testing.T) {
	for _, kind := range []teamwork.Kind{teamwork.Throttled, teamwork.Unavailable, teamwork.NotFound, teamwork.Unauthenticated} {
		t.Run(kind.String(), func(t *testing.T) {
			w := newWorld(t)
			s := w.replica()
			ctx := as(t.Context(), "p")
			if _, _, err := readNamed("Operations")(ctx, s); err != nil {
				t.Fatal(err)
			}
			s.Wait()
			w.pass(time.Second)
			w.before = func(context.Context) error { return &teamwork.Error{Kind: kind} }
			if _, _, err := readNamed("Operations")(teamwork.NotBefore(ctx, w.clock()), s); teamwork.KindOf(err) != kind {
				t.Errorf("got %v", err)
			}
		})
	}
}

// sights notes what Options.Sighted is told.
type sights struct {
	mu  sync.Mutex
	all []string
}

func (g *sights) note(ctx context.Context, deviceID string, ops []*teamwork.DeviceOperation, firstPage bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all = append(g.all, fmt.Sprintf("%d of %s for %s, first page %t", len(ops), deviceID, teamwork.CallerFrom(ctx).Partition, firstPage))
}

func (g *sights) take() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := g.all
	g.all = nil
	return all
}

func TestSightedIsToldOfWhatCameFromElsewhere(t *testing.T) {
	w := newWorld(t)
	told := [2]sights{}
	replicas := [2]*Service{}
	for i := range replicas {
		replicas[i] = New(w.upstream, Options{Store: openPatient(t, "redis://"+w.redis.Addr()), Now: w.clock, Memory: 1 << 20, Sighted: told[i].note})
		t.Cleanup(replicas[i].Close)
	}
	ctx := as(t.Context(), "p")
	// An operator's mark changes the name that is kept under, and not whose it is.
	admin := NewAdmin(replicas[0])
	t.Cleanup(admin.Close)
	if err := admin.Forget(ctx, "d1"); err != nil {
		t.Fatal(err)
	}
	page := teamwork.OperationsRequest{DeviceID: "d1", Top: 5}
	for _, step := range []struct {
		name    string
		replica int
		read    func() error
		want    []string
	}{
		{"from upstream", 0, func() error { _, err := replicas[0].Operations(ctx, page); return err }, []string{"5 of d1 for p, first page true"}},
		{"from memory", 0, func() error { _, err := replicas[0].Operations(ctx, page); return err }, nil},
		{"from the other replica", 1, func() error { _, err := replicas[1].Operations(ctx, page); return err }, []string{"5 of d1 for p, first page true"}},
		{"another page", 1, func() error {
			_, err := replicas[1].Operations(ctx, teamwork.OperationsRequest{DeviceID: "d1", Top: 5, Page: "more"})
			return err
		}, []string{"5 of d1 for p, first page false"}},
		{"one", 1, func() error {
			_, err := replicas[1].Operation(ctx, teamwork.DeviceOperationKey{DeviceID: "d1", OperationID: "lone"})
			return err
		}, []string{"1 of d1 for p, first page false"}},
		{"under an operator's mark", 0, func() error { _, err := admin.Operations(ctx, page); return err }, []string{"5 of d1 for p, first page true"}},
		{"something else", 0, func() error { _, err := replicas[0].Device(ctx, "d1"); return err }, nil},
	} {
		if err := step.read(); err != nil {
			t.Fatal(err)
		}
		replicas[step.replica].Wait()
		if got := told[step.replica].take(); !slices.Equal(got, step.want) {
			t.Errorf("%s: got %q, want %q", step.name, got, step.want)
		}
	}
}
