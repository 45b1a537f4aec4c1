package cache

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// madeOf returns what a read's answer is made of.
func madeOf(t *testing.T, ctx context.Context, s teamwork.Service, ask ask) []teamwork.Part {
	t.Helper()
	trail := &teamwork.Trail{}
	trail.Collect()
	if _, _, err := ask(teamwork.WithTrail(ctx, trail), s); err != nil {
		t.Fatal(err)
	}
	return trail.Parts()
}

// remembering returns a replica with memory, and its Admin.
func remembering(t *testing.T, w *world) *Admin {
	t.Helper()
	s := New(w.upstream, Options{Store: openPatient(t, "redis://"+w.redis.Addr()), Now: w.clock, Memory: 1 << 20})
	t.Cleanup(s.Close)
	a := NewAdmin(s)
	t.Cleanup(a.Close)
	eventually(t, "it hears", func() bool { return !s.near.deaf.Load() })
	return a
}

// TestEveryReadSaysWhatItsAnswerIsMadeOf: the first as well as those from memory.
func TestEveryReadSaysWhatItsAnswerIsMadeOf(t *testing.T) {
	if known := reflect.TypeFor[teamwork.Service]().NumMethod(); known != len(reads)+3 {
		t.Fatalf("a Service has %d methods, of which %d are reads; two are creates, and one is Status", known, len(reads))
	}
	w := newWorld(t)
	a := remembering(t, w)
	for _, r := range reads {
		for _, when := range []string{"from upstream", "from memory"} {
			parts := madeOf(t, as(t.Context(), "p"), a, r.ask)
			if a.s.Wait(); len(parts) != 1 || !parts[0].Holds() {
				t.Errorf("%s, %s: %v", r.name, when, parts)
			}
		}
	}
	for name, parts := range map[string][]teamwork.Part{
		"Status": madeOf(t, as(t.Context(), "p"), a, func(ctx context.Context, s teamwork.Service) (string, teamwork.ResourceMeta, error) {
			_, _ = s.Device(ctx, "d1")
			s.Status(ctx)
			return "", teamwork.ResourceMeta{}, nil
		}),
		"a read for nobody": madeOf(t, t.Context(), a, readNamed("Device")),
	} {
		if parts != nil {
			t.Errorf("%s: %v", name, parts)
		}
	}
}

// TestPartHoldsAsLongAsItsAnswerIsServed, whatever ends that.
func TestPartHoldsAsLongAsItsAnswerIsServed(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, w *world, a, b *Admin){
		"a create": func(t *testing.T, _ *world, a, _ *Admin) {
			_, _ = a.CreateOperation(as(t.Context(), "p"), teamwork.CreateOperation{DeviceID: "d1"})
		},
		"a create elsewhere": func(t *testing.T, _ *world, _, b *Admin) {
			_, _ = b.CreateOperation(as(t.Context(), "p"), teamwork.CreateOperation{DeviceID: "d1"})
		},
		"an operator":           func(t *testing.T, _ *world, a, _ *Admin) { _ = a.Forget(t.Context(), "d1") },
		"an operator elsewhere": func(t *testing.T, _ *world, _, b *Admin) { _ = b.ForgetAll(t.Context()) },
		"its time":              func(_ *testing.T, w *world, _, _ *Admin) { w.pass(time.Hour) },
		"no room":               func(_ *testing.T, _ *world, a, _ *Admin) { a.s.near.cache.InvalidateAll() },
		"a newer answer": func(t *testing.T, _ *world, a, _ *Admin) {
			_, _, _ = readNamed("Health")(teamwork.NotBefore(as(t.Context(), "p"), a.s.now().Add(time.Nanosecond)), a)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a, b := remembering(t, w), remembering(t, w)
			parts := madeOf(t, as(t.Context(), "p"), a, readNamed("Health"))
			if a.s.Wait(); len(parts) != 1 || !parts[0].Holds() {
				t.Fatalf("at first: %v", parts)
			}
			w.pass(time.Millisecond)
			end(t, w, a, b)
			soon(t, "it still holds", func() bool { return !parts[0].Holds() })
		})
	}
}

// TestPartEndsWithTheToken that it was read with.
func TestPartEndsWithTheToken(t *testing.T) {
	w := newWorld(t)
	a := remembering(t, w)
	caller := &teamwork.Caller{Partition: "p", Expires: w.clock().Add(10 * time.Second)}
	parts := madeOf(t, teamwork.WithCaller(t.Context(), caller), a, readNamed("Configuration"))
	if a.s.Wait(); len(parts) != 1 || !parts[0].Holds() {
		t.Fatalf("at first: %v", parts)
	}
	if w.pass(10 * time.Second); parts[0].Holds() {
		t.Error("it outlives the token")
	}
}

// TestStaleAnswersAreNoParts: they may be had better at any moment.
func TestStaleAnswersAreNoParts(t *testing.T) {
	w := newWorld(t)
	a := remembering(t, w)
	_ = madeOf(t, as(t.Context(), "p"), a, readNamed("Device"))
	a.s.Wait()
	w.pass(deviceLife + time.Second)
	if parts := madeOf(t, as(t.Context(), "p"), a, readNamed("Device")); parts != nil {
		t.Errorf("%v", parts)
	}
}

// TestWhatIsMissingIsNoPart: it may be there at the next moment.
func TestWhatIsMissingIsNoPart(t *testing.T) {
	w := newWorld(t)
	a := remembering(t, w)
	trail := &teamwork.Trail{}
	trail.Collect()
	ctx := teamwork.WithTrail(as(t.Context(), "p"), trail)
	_, _, _ = readNamed("Device")(ctx, a)
	w.upstream.before = func(context.Context) error { return &teamwork.Error{Kind: teamwork.NotFound, Message: "no"} }
	if _, _, err := readNamed("Health")(ctx, a); err == nil || trail.Parts() != nil {
		t.Errorf("%v: %v", err, trail.Parts())
	}
}

// TestRefreshesAreNotAlone: whoever read alone has left, and others' refreshes begin with his.
func TestRefreshesAreNotAlone(t *testing.T) {
	w := newWorld(t)
	a := remembering(t, w)
	ctx := teamwork.Alone(as(t.Context(), "p"))
	var alone []bool
	w.upstream.before = func(ctx context.Context) error {
		alone = append(alone, teamwork.IsAlone(ctx))
		return nil
	}
	for range 2 {
		_, _, _ = readNamed("Device")(ctx, a)
		a.s.Wait()
		w.pass(deviceLife + time.Second)
	}
	if len(alone) != 2 || !alone[0] || alone[1] {
		t.Errorf("a read and a refresh were alone: %v", alone)
	}
}
