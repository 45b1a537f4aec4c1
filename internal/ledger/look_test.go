package ledger

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// inDoubt returns a ledger that was answered 503 to one create, done or not, a while ago.
func inDoubt(t *testing.T, u *upstream, work bool) *Service {
	t.Helper()
	u.set(fails(work, of(teamwork.Unavailable)))
	s := replica(t, u, &seat{shelf: newShelf()})
	if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "unavailable" {
		t.Fatalf("the first got %q", got)
	}
	u.set(works)
	time.Sleep(time.Minute)
	return s
}

func TestLookFindsOnlyWhatAppearedSince(t *testing.T) {
	day := 24 * time.Hour
	for _, c := range []struct {
		name string
		work bool
		with func(u *upstream) // before the create
		then func(u *upstream) // before the retry
		want string
		sent int
	}{
		{"done", true, nil, nil, "op1, replayed", 1},
		{"not done", false, nil, nil, "op1", 2},
		{"one of before", false, func(u *upstream) { u.skew = -day; u.start(restart("d", "")); u.skew = 0 }, nil, "op2", 2},
		{"of another type", false, nil, func(u *upstream) {
			u.start(teamwork.CreateOperation{DeviceID: "d", OperationType: teamwork.RemoteLogin})
		}, "op2", 2},
		{"upstream's clock is late", true, func(u *upstream) { u.skew = -4 * time.Second }, nil, "op1, replayed", 1},
		{"upstream's clock is 10 s late, done", true, func(u *upstream) { u.skew = -10 * time.Second }, nil, "outcome unknown", 1},
		{"upstream's clock is 10 s late, not done", false, func(u *upstream) { u.skew = -10 * time.Second }, nil, "op1", 2},
		{"upstream's clock is 10 s early, done", true, func(u *upstream) { u.skew = 10 * time.Second }, nil, "op1, replayed", 1},
		{"upstream's clock is 10 s early, not done", false, func(u *upstream) { u.skew = 10 * time.Second }, nil, "op1", 2},
		{"one of shortly before", false, func(u *upstream) { u.skew = -30 * time.Second; u.start(restart("d", "")); u.skew = 0 }, nil, "outcome unknown", 1},
		{"one of a while before", false, func(u *upstream) { u.skew = -61 * time.Second; u.start(restart("d", "")); u.skew = 0 }, nil, "op2", 2},
		{"another type of shortly before", false, func(u *upstream) {
			u.skew = -30 * time.Second
			u.start(teamwork.CreateOperation{DeviceID: "d", OperationType: teamwork.RemoteLogin})
			u.skew = 0
		}, nil, "op2", 2},
		{"late, and behind others of later", true, func(u *upstream) { u.skew = -10 * time.Second }, func(u *upstream) {
			for range 2 * pageSize {
				u.start(teamwork.CreateOperation{DeviceID: "d", OperationType: teamwork.RemoteLogin})
			}
		}, "outcome unknown", 1},
		{"the nearest of several", true, nil, func(u *upstream) { u.start(restart("d", "")); u.start(restart("d", "")) }, "op1, replayed", 1},
		{"behind many others", true, nil, func(u *upstream) {
			for range 3 * pageSize {
				u.start(teamwork.CreateOperation{DeviceID: "d", OperationType: teamwork.RemoteLogin})
			}
		}, "op1, replayed", 1},
		{"behind too many others", true, nil, func(u *upstream) {
			for range (maxPages + 1) * pageSize {
				u.start(teamwork.CreateOperation{DeviceID: "d", OperationType: teamwork.RemoteLogin})
			}
		}, "outcome unknown", 1},
		{"not done, with a long history", false, func(u *upstream) {
			u.skew = -day
			for range (maxPages + 1) * pageSize {
				u.start(restart("d", ""))
			}
			u.skew = 0
		}, nil, fmt.Sprintf("op%d", (maxPages+1)*pageSize+1), 2},
		{"undated", true, func(u *upstream) { u.undated = true }, nil, "outcome unknown", 1},
		{"an undated one of another type", false, nil, func(u *upstream) {
			u.undated = true
			u.start(teamwork.CreateOperation{DeviceID: "d", OperationType: teamwork.RemoteLogin})
			u.undated = false
		}, "op2", 2},
		{"the look fails", true, nil, func(u *upstream) { u.readError = of(teamwork.Forbidden) }, "outcome unknown", 1},
		{"the look is throttled", true, nil, func(u *upstream) { u.readError = unsent(teamwork.Throttled) }, "throttled", 1},
		{"upstream is away", true, nil, func(u *upstream) { u.readError = unsent(teamwork.Unavailable) }, "unavailable", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := newUpstream()
				if c.with != nil {
					c.with(u)
				}
				s := inDoubt(t, u, c.work)
				if c.then != nil {
					c.then(u)
				}
				if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
				if sent, _ := u.count("d"); sent != c.sent {
					t.Errorf("%d sent, want %d", sent, c.sent)
				}
			})
		})
	}
}

func TestLookThatFailedIsMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		s := inDoubt(t, u, true)
		u.readError = of(teamwork.Unavailable)
		_ = create(t.Context(), s, restart("d", "key-0001"))
		u.readError = nil
		for range 2 {
			if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "op1, replayed" {
				t.Errorf("got %q", got)
			}
		}
		if u.reads != 2 {
			t.Errorf("%d looks, want 2: what was found is written down", u.reads)
		}
	})
}

// An operation that was done late is found even after a try that was refused.
func TestDoubtOutlivesARefusal(t *testing.T) {
	for _, refusal := range []error{of(teamwork.Conflict), of(teamwork.Forbidden), unsent(teamwork.Unavailable), of(teamwork.Throttled)} {
		t.Run(refusal.Error(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := newUpstream()
				s := inDoubt(t, u, false)
				u.set(fails(false, refusal))
				_ = create(t.Context(), s, restart("d", "key-0001"))
				u.skew = -time.Minute // it was the first try
				u.start(restart("d", ""))
				if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != "op1, replayed" {
					t.Errorf("got %q", got)
				}
			})
		})
	}
}

func TestOneOperationAnswersForOneKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		s := inDoubt(t, u, false) // key-0001 was not done
		u.set(fails(true, of(teamwork.Unavailable)))
		_ = create(t.Context(), s, restart("d", "key-0002")) // done: op1
		u.set(works)
		_ = create(t.Context(), s, restart("d", "key-0003")) // op2
		got := map[string]string{}
		for _, key := range []string{"key-0002", "key-0001", "key-0003"} {
			got[key] = said(create(t.Context(), s, restart("d", key)))
		}
		want := map[string]string{"key-0002": "op1, replayed", "key-0001": "op3", "key-0003": "op2, replayed"}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
	})
}

func TestOperationIsKnownByTheTimeThatItWasGiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream()
		u.set(fails(true, of(teamwork.Throttled)))
		s := replica(t, u, nil)
		req := restart("d", "key-0001")
		req.CreatedDateTime = teamwork.ParseDateTime("1999-01-31T09:30:00Z")
		_ = create(t.Context(), s, req)
		if got := said(create(t.Context(), s, req)); got != "op1, replayed" {
			t.Errorf("got %q", got)
		}
	})
}

// What another key is known to have done shortly before is in nobody's way, and what this
// one is known to have done is its outcome.
func TestOperationOfShortlyBeforeMayHaveAnOwner(t *testing.T) {
	for _, c := range []struct{ owner, want string }{{"key-0002", "op2"}, {"key-0001", "op1, replayed"}} {
		synctest.Test(t, func(t *testing.T) {
			u := newUpstream()
			shelf := newShelf()
			s := replica(t, u, &seat{shelf: shelf})
			_ = create(t.Context(), s, restart("d", "key-0002"))
			for name, e := range shelf.values {
				if strings.HasSuffix(name, ":claimed") {
					shelf.values[name] = entry{[]byte(recordName("p", "d", c.owner)), e.until}
				}
			}
			time.Sleep(20 * time.Second)
			u.set(fails(false, of(teamwork.Unavailable)))
			_ = create(t.Context(), s, restart("d", "key-0001"))
			u.set(works)
			if got := said(create(t.Context(), s, restart("d", "key-0001"))); got != c.want {
				t.Errorf("owned by %s: got %q, want %q", c.owner, got, c.want)
			}
		})
	}
}

// In pass-through each token has its records, and all of one account see one upstream.
func TestOperationHasOneOwnerInAnAccount(t *testing.T) {
	for account, want := range map[string]string{"account": "op2", "": "op1, replayed"} {
		synctest.Test(t, func(t *testing.T) {
			u := newUpstream()
			s := replica(t, u, &seat{shelf: newShelf()})
			as := func(partition, key string) string {
				ctx := teamwork.WithCaller(t.Context(), &teamwork.Caller{Partition: partition, Account: account})
				return said(s.CreateOperations(ctx, []teamwork.CreateOperation{restart("d", key)})[0])
			}
			u.set(fails(false, of(teamwork.Unavailable)))
			_ = as("a", "key-0001")
			u.set(works)
			_ = as("b", "key-0002")
			if got := as("a", "key-0001"); got != want {
				t.Errorf("account %q: got %q, want %q", account, got, want)
			}
		})
	}
}
