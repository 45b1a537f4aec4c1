package ledger

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func bulk(key string, devices ...string) []teamwork.CreateOperation {
	reqs := make([]teamwork.CreateOperation, len(devices))
	for i, d := range devices {
		reqs[i] = restart(d, key)
	}
	return reqs
}

func saidAll(results []teamwork.CreateResult) []string {
	texts := make([]string, len(results))
	for i, r := range results {
		texts[i] = said(r)
	}
	return texts
}

func TestBulkGoesInOneCallAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		s := replica(t, u, &seat{shelf: newShelf()})
		_ = create(t.Context(), s, restart("b", "key-0001")) // one of them alone, before
		u.set(func(req teamwork.CreateOperation) (bool, error) {
			if req.DeviceID == "c" {
				return false, of(teamwork.NotFound)
			}
			return true, nil
		})
		reqs := bulk("key-0001", "a", "b", "c", "a", "d")
		reqs = append(reqs, teamwork.CreateOperation{DeviceID: "a", OperationType: teamwork.RemoteLogin, IdempotencyKey: reqs[0].IdempotencyKey},
			teamwork.CreateOperation{DeviceID: "e", OperationType: teamwork.DeviceRestart})
		got := saidAll(s.CreateOperations(caller(t.Context()), reqs))
		if d := cmp.Diff([]string{"op1", "op1, replayed", "not found", "op1", "op1", "key reused, unsent", "op1"}, got); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
		if u.calls != 2 {
			t.Errorf("%d calls, want 2", u.calls)
		}
		if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "op1, replayed" {
			t.Errorf("one of them alone, afterwards: %q", got)
		}
	})
}

func TestBulksInDifferentOrdersDoNotHoldEachOtherUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		u.before = func(teamwork.CreateOperation) { time.Sleep(time.Second) }
		shelf := newShelf()
		devices := make([]string, 60)
		for i := range devices {
			devices[i] = fmt.Sprintf("d%02d", i)
		}
		var all sync.WaitGroup
		results := make([][]teamwork.CreateResult, 6)
		began := time.Now()
		for i := range results {
			s := replica(t, u, &seat{shelf: shelf})
			mine := append(append([]string(nil), devices[i*10:]...), devices[:i*10]...)
			all.Go(func() { results[i] = s.CreateOperations(caller(t.Context()), bulk("key-0001", mine...)) })
		}
		all.Wait()
		for _, rs := range results {
			for _, r := range rs {
				if got := said(r); got != "op1" && got != "op1, replayed" {
					t.Errorf("got %q", got)
				}
			}
		}
		if sent, _ := u.count(""); sent != len(devices) || time.Since(began) > 2*time.Second {
			t.Errorf("%d sent within %s, want %d", sent, time.Since(began), len(devices))
		}
	})
}

// gathered counts how many looks were announced together.
type gathered struct{ n int }

func (g *gathered) Expect(n int) func() { g.n += n; return func() {} }

func TestBulkOfDoubtsIsLookedUpTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		done := map[string]bool{"a": true, "c": true}
		u.set(func(req teamwork.CreateOperation) (bool, error) { return done[req.DeviceID], of(teamwork.Throttled) })
		s := replica(t, u, &seat{shelf: newShelf()})
		_ = s.CreateOperations(caller(t.Context()), bulk("key-0001", "a", "b", "c", "d"))
		u.set(works)
		g := new(gathered)
		ctx := teamwork.WithGatherer(caller(t.Context()), g)
		got := saidAll(s.CreateOperations(ctx, bulk("key-0001", "a", "b", "c", "d", "e")))
		if d := cmp.Diff([]string{"op1, replayed", "op1", "op1, replayed", "op1", "op1"}, got); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
		if g.n != 4 || u.calls != 2 {
			t.Errorf("%d looks announced, want 4; %d calls, want 2", g.n, u.calls)
		}
	})
}
