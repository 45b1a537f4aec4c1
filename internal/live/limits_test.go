package live

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

type callerName struct{}

func TestLimitsRefuseAndSayWhich(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		w := replica(t, u, openStore(t, ""), Options{Max: 4, PerCaller: 2, Caller: func(ctx context.Context) string {
			name, _ := ctx.Value(callerName{}).(string)
			return name
		}})
		ada := context.WithValue(as(t, "p"), callerName{}, "ada")
		first := many(t, w, ada, nil, "d")
		_ = many(t, w, ada, nil, "d")
		refused(t, w, ada, "WATCH_PER_CALLER")
		_ = many(t, w, as(t, "p"), nil, "d")
		_ = many(t, w, as(t, "p"), nil, "d") // nobody is not counted, but in all
		refused(t, w, as(t, "p"), "WATCH_MAX")
		first.Close()
		_ = many(t, w, ada, nil, "d")
		refused(t, w, ada, "WATCH_MAX")
	})
}

func refused(t *testing.T, w *Watcher, ctx context.Context, why string) {
	t.Helper()
	_, err := w.WatchOperations(ctx, []string{"d"}, nil)
	var e *teamwork.Error
	if !errors.As(err, &e) || e.Kind != teamwork.TooMany || !strings.Contains(e.Message, why) {
		t.Errorf("got %v, want a refusal by %s", err, why)
	}
}

func TestNobodyMayNotWatch(t *testing.T) {
	w := replica(t, newTenant(), openStore(t, ""), Options{})
	for name, ctx := range map[string]context.Context{"no caller": t.Context(), "no partition": as(t, "")} {
		if _, err := w.WatchOperations(ctx, []string{"d"}, nil); teamwork.KindOf(err) != teamwork.Unauthenticated {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// with returns a context of a caller whose token ends after a time.
func with(t *testing.T, token teamwork.Token, life time.Duration) context.Context {
	return teamwork.WithCaller(t.Context(), &teamwork.Caller{Partition: "p", Token: token, Expires: time.Now().Add(life)})
}

func TestTokenThatExpiresEndsItsWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		w := replica(t, u, openStore(t, ""), Options{})
		short, long := one(t, w, with(t, "short", time.Minute), "d", "a"), one(t, w, with(t, "long", time.Hour), "d", "a")
		want(t, short, 0, "snapshot a Queued")
		want(t, long, 0, "snapshot a Queued")
		want(t, short, 59*time.Second, "nothing")
		want(t, short, 3*time.Second, "unauthenticated", "unauthenticated")
		short.Close()
		u.set(func() { u.by = nil })
		u.move("d", "a", teamwork.StatusSuccessful)
		want(t, long, 20*time.Second, "final a Queued→Successful", "end")
		if len(u.by) == 0 || u.by[0] != "long" {
			t.Errorf("polled with %v tokens, the first %q", len(u.by), string(u.by[0]))
		}
		if _, err := w.WatchOperations(with(t, "over", 0), []string{"d"}, nil); teamwork.KindOf(err) != teamwork.Unauthenticated {
			t.Errorf("a token that is over: %v", err)
		}
	})
}

func TestNothingIsReadAfterTheTokensEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		w := replica(t, u, openStore(t, ""), Options{})
		watch := one(t, w, with(t, "t", time.Second), "d", "a")
		time.Sleep(2 * time.Second)
		want(t, watch, 0, "unauthenticated") // and not what waits
	})
}

func TestRefusedTokenEndsTheWatchesOfItsOwnerOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		w := replica(t, particular{u, "revoked"}, openStore(t, ""), Options{})
		good := one(t, w, with(t, "good", time.Hour), "d", "a")
		u.set(func() { u.by = nil })
		bad := one(t, w, with(t, "revoked", time.Hour), "d", "a") // a snapshot that is known costs no read
		want(t, good, 0, "snapshot a Queued")
		want(t, bad, 0, "snapshot a Queued")
		time.Sleep(3 * time.Minute)
		u.move("d", "a", teamwork.StatusSuccessful)
		want(t, good, time.Minute, "final a Queued→Successful", "end")
		if got := within(t, bad, 0); got != "forbidden" && got != "final a Queued→Successful" {
			t.Errorf("got %q", got)
		}
	})
}

// particular refuses one token.
type particular struct {
	*tenant
	token teamwork.Token
}

func (p particular) Operations(ctx context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
	if teamwork.CallerFrom(ctx).Token == p.token {
		return nil, &teamwork.Error{Kind: teamwork.Forbidden, Message: "no"}
	}
	return p.tenant.Operations(ctx, req)
}

func TestOnlyTokenThatIsRefusedEndsTheWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		w := replica(t, u, openStore(t, ""), Options{})
		watch := one(t, w, with(t, "t", time.Hour), "d", "a")
		want(t, watch, 0, "snapshot a Queued")
		u.set(func() { u.err = &teamwork.Error{Kind: teamwork.Unauthenticated, Message: "no"} })
		want(t, watch, second, "unauthenticated")
	})
}
