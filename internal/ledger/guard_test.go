package ledger

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// unreadable panics when it is asked for operations.
type unreadable struct{ *upstream }

func (unreadable) Operations(context.Context, teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
	panic("operations")
}

// pair creates two operations in one call, so that each has a goroutine.
func pair(t *testing.T, s *Service) [2]string {
	t.Helper()
	got := s.CreateOperations(caller(t.Context()), []teamwork.CreateOperation{restart("d", "key-0001"), restart("e", "key-0002")})
	return [2]string{said(got[0]), said(got[1])}
}

func TestPanicOfTheStoreBeforeSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		s := replica(t, u, &seat{shelf: newShelf(), trouble: func(op string) (bool, bool) {
			if op == "swap" {
				panic("store")
			}
			return false, false
		}})
		if got, want := pair(t, s), [2]string{"internal, unsent", "internal, unsent"}; got != want {
			t.Errorf("got %q", got)
		}
		if sent, _ := u.count("d"); sent != 0 {
			t.Errorf("%d sent", sent)
		}
	})
}

func TestPanicOfTheStoreAfterSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		var sent atomic.Bool
		u.before = func(teamwork.CreateOperation) { sent.Store(true) }
		s := replica(t, u, &seat{shelf: newShelf(), trouble: func(op string) (bool, bool) {
			if op == "swap" && sent.Load() {
				panic("store")
			}
			return false, false
		}})
		if got, want := pair(t, s), [2]string{"op1", "op1"}; got != want {
			t.Errorf("got %q", got)
		}
		sent.Store(false)
		if got, want := pair(t, s), [2]string{"outcome unknown", "outcome unknown"}; got != want {
			t.Errorf("again: got %q", got)
		}
	})
}

func TestPanicOfALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		u.set(fails(false, of(teamwork.Unavailable)))
		s := replica(t, u, &seat{shelf: newShelf()})
		s.upstream = unreadable{u}
		_ = pair(t, s)
		u.set(works)
		if got, want := pair(t, s), [2]string{"outcome unknown", "outcome unknown"}; got != want {
			t.Errorf("got %q", got)
		}
		s.upstream = u
		if got, want := pair(t, s), [2]string{"op1", "op1"}; got != want {
			t.Errorf("once it can be read: got %q", got)
		}
	})
}

// What can't be encoded is answered all the same, and the claim stays.
func TestOutcomeThatCannotBeEncoded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		s := replica(t, u, &seat{shelf: newShelf()})
		now := s.now
		u.before = func(teamwork.CreateOperation) {
			s.now = func() time.Time { return time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC) } // JSON has four digits
		}
		if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "op1" {
			t.Errorf("got %q", got)
		}
		s.now = now
		if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "outcome unknown" {
			t.Errorf("again: got %q", got)
		}
	})
}

func TestOwnerIsWrittenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		shelf := newShelf()
		left := -1
		s := replica(t, u, &seat{shelf: shelf, trouble: func(op string) (bool, bool) {
			if op == "swap" && left > 0 {
				left--
				return true, false
			}
			return false, false
		}})
		u.before = func(teamwork.CreateOperation) { left = 1 }
		if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "op1" {
			t.Errorf("got %q", got)
		}
		time.Sleep(2 * persistEvery)
		name := ownerName(&teamwork.Caller{Partition: "p"}, teamwork.DeviceOperationKey{DeviceID: "d", OperationID: "op1"})
		shelf.mu.Lock()
		defer shelf.mu.Unlock()
		if got, want := string(shelf.values[name].value), recordName("p", "d", "key-0001"); got != want {
			t.Errorf("the owner is %q, want %q", got, want)
		}
	})
}

func TestClosedServiceLetsGoOfItsKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		var away atomic.Bool
		var extended atomic.Int32
		s := replica(t, u, &seat{shelf: newShelf(), trouble: func(op string) (bool, bool) {
			if op == "extend" {
				extended.Add(1)
			}
			return away.Load(), false
		}})
		u.before = func(teamwork.CreateOperation) {
			away.Store(true)
			s.Close()
		}
		_ = create(t.Context(), s, restart("d", "key-0001"))
		time.Sleep(time.Minute)
		if n := extended.Load(); n > 0 {
			t.Errorf("the lease was extended %d times", n)
		}
	})
}
