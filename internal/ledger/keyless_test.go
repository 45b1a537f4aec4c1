package ledger

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// keyless are the ways to create without a key.
var keyless = map[string]func(context.Context, *Service, teamwork.CreateOperation) teamwork.CreateResult{
	"alone": func(ctx context.Context, s *Service, req teamwork.CreateOperation) teamwork.CreateResult {
		op, err := s.CreateOperation(ctx, req)
		return teamwork.CreateResult{Operation: op, Err: err}
	},
	"among others": func(ctx context.Context, s *Service, req teamwork.CreateOperation) teamwork.CreateResult {
		other := req
		other.DeviceID = "other"
		return s.CreateOperations(ctx, []teamwork.CreateOperation{other, req})[1]
	},
	"among others with keys": func(ctx context.Context, s *Service, req teamwork.CreateOperation) teamwork.CreateResult {
		return s.CreateOperations(ctx, []teamwork.CreateOperation{restart("other", "key-0009"), req})[1]
	},
}

// TestCreateInDoubtTakesNoneThatWasMadeWithoutAKey leaves a key in doubt that was not done,
// and creates the same on the same device without one, through another replica.
func TestCreateInDoubtTakesNoneThatWasMadeWithoutAKey(t *testing.T) {
	plain := teamwork.CreateOperation{DeviceID: "d", OperationType: teamwork.DeviceRestart, Status: teamwork.StatusQueued}
	for _, c := range []struct {
		name   string
		before bool // it is made shortly before the one in doubt
		later  time.Duration
		want   string
	}{
		{"since", false, time.Minute, "op2"},
		{"since, asked again late", false, markedFor - time.Second, "op2"},
		{"since, asked again too late", false, markedFor, "op1, replayed"},
		{"shortly before", true, time.Second, "op2"},
	} {
		for name, make := range keyless {
			t.Run(c.name+", "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					u, shelf := newUpstream(), newShelf()
					s, other := replica(t, u, &seat{shelf: shelf}), replica(t, u, &seat{shelf: shelf})
					one := func() {
						u.set(works)
						if got := said(make(caller(t.Context()), other, plain)); got != "op1" {
							t.Errorf("without a key: %q", got)
						}
					}
					if c.before {
						one()
						time.Sleep(20 * time.Second)
					}
					u.set(fails(false, of(teamwork.Unavailable)))
					_ = create(t.Context(), s, restart("d", "key-0001"))
					if !c.before {
						one()
					}
					u.set(works)
					time.Sleep(c.later)
					if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != c.want {
						t.Errorf("got %q, want %q", got, c.want)
					}
				})
			})
		}
	}
}

// TestCreateWithoutAKeyNeedsNoStore nor anybody to be.
func TestCreateWithoutAKeyNeedsNoStore(t *testing.T) {
	plain := teamwork.CreateOperation{DeviceID: "d", OperationType: teamwork.DeviceRestart}
	for name, make := range keyless {
		if name == "among others with keys" {
			continue // which need it
		}
		for whose, as := range map[string]func(context.Context) context.Context{
			"a caller's": caller, "nobody's": func(ctx context.Context) context.Context { return ctx },
		} {
			s := replica(t, newUpstream(), &seat{shelf: newShelf(), trouble: func(string) (bool, bool) { return true, false }})
			if got := said(make(as(t.Context()), s, plain)); got != "op1" {
				t.Errorf("%s, %s: %q", name, whose, got)
			}
		}
	}
}
