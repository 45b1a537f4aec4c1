package cache

import (
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// TestObservedChangeForgetsTheDevice has an operation end between two reads of its
// page: what else is known of the device is of before.
func TestObservedChangeForgetsTheDevice(t *testing.T) {
	for _, c := range []struct {
		name, then string
		forgotten  bool
	}{
		{"it moved", "Successful", true},
		{"nothing happened", "InProgress", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.status = "InProgress"
			ctx := as(t.Context(), "p")
			a, b := w.replica(), w.replica()
			health := readNamed("Health")
			operations := readNamed("Operations")
			before, _, _ := health(ctx, b)
			b.Wait()
			_, _, _ = operations(ctx, a)
			a.Wait()
			w.status = c.then
			w.pass(movingPageLife + time.Millisecond)
			_, _, _ = operations(ctx, a) // served as it was, and refreshed behind
			a.Wait()
			_, meta, _ := operations(ctx, a)
			if meta.Stale {
				t.Error("the page that showed the change was not kept")
			}
			asked := w.count()
			if _, _, err := operations(ctx, a); err != nil || w.count() != asked {
				t.Errorf("it was fetched again: %v", err)
			}
			after, _, _ := health(ctx, b)
			if (after != before) != c.forgotten {
				t.Errorf("health before %q, after %q; want it forgotten: %v", before, after, c.forgotten)
			}
		})
	}
}

func TestObserverDoesNotOverwriteAnotherForgetting(t *testing.T) {
	w := newWorld(t)
	s := w.replica()
	ctx := as(t.Context(), "p")
	_, _, _ = readNamed("Operations")(ctx, s)
	s.Wait()
	q := operationsQuestion(teamwork.OperationsRequest{DeviceID: "d1", Top: 5})
	gen, _ := s.ask(ctx, q.key("p", "operations"))
	s.forget(ctx, "d1") // by whoever
	if _, _, ok := s.observed(ctx, nearKey{"p", "operations", q}, flightPlan{gen: gen, mark: s.near.mark()}); ok {
		t.Error("an answer from before a forgetting is kept under a generation of after it")
	}
}

func TestPageMoved(t *testing.T) {
	at := func(second int) teamwork.DateTime {
		return teamwork.At(time.Date(2026, 11, 5, 9, 30, second, 0, time.UTC))
	}
	op := func(id, status string, second int) *teamwork.DeviceOperation {
		return &teamwork.DeviceOperation{OperationID: id, StatusRaw: status, CreatedDateTime: at(second)}
	}
	page := func(ops ...*teamwork.DeviceOperation) *teamwork.Page[teamwork.DeviceOperation] {
		return &teamwork.Page[teamwork.DeviceOperation]{Items: ops}
	}
	before := page(op("b", "Queued", 2), op("a", "Successful", 1))
	for name, c := range map[string]struct {
		now  *teamwork.Page[teamwork.DeviceOperation]
		want bool
	}{
		"the same":            {page(op("b", "Queued", 2), op("a", "Successful", 1)), false},
		"in another order":    {page(op("a", "Successful", 1), op("b", "Queued", 2)), false},
		"one went on":         {page(op("b", "InProgress", 2), op("a", "Successful", 1)), true},
		"one began":           {page(op("c", "Queued", 3), op("b", "Queued", 2)), true},
		"one older came back": {page(op("b", "Queued", 2), op("z", "Failed", 0)), false},
		"one left":            {page(op("b", "Queued", 2)), false},
	} {
		if got := pageMoved(before, c.now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
