package live

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// slow is an upstream whose pages take a second.
type slow struct {
	*tenant
	asked atomic.Int64
}

func (s *slow) Operations(ctx context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
	s.asked.Add(1)
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return s.tenant.Operations(ctx, req)
}

func TestThoseWhoComeTogetherLookOnce(t *testing.T) {
	for _, c := range []struct {
		name   string
		first  time.Duration // until the first leaves
		err    error
		asked  int64
		others string
	}{
		{"all stay", time.Hour, nil, 1, "snapshot a Queued"},
		{"the first leaves", time.Second / 2, nil, 2, "snapshot a Queued"},
		{"upstream throttles", time.Hour, &teamwork.Error{Kind: teamwork.Throttled}, 1, "throttled"},
		{"the first may not", time.Hour, &teamwork.Error{Kind: teamwork.Forbidden}, 3, "forbidden"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := &slow{tenant: newTenant()}
				u.add("d", "a", teamwork.StatusQueued)
				u.set(func() { u.err = c.err })
				w := replica(t, u, openStore(t, ""), Options{Off: true})
				first, cancel := context.WithTimeout(as(t, "p"), c.first)
				defer cancel()
				said := make(chan string, 3)
				for i, ctx := range []context.Context{first, as(t, "p"), as(t, "p")} {
					go func() {
						watch, err := w.WatchOperations(ctx, []string{"d"}, nil)
						if err != nil {
							said <- say(nil, err)
							return
						}
						defer watch.Close()
						said <- within(t, watch, 0)
					}()
					if i == 0 {
						synctest.Wait()
					}
				}
				for range 3 {
					if got := <-said; got != c.others && (c.first > time.Minute || got != "nothing") {
						t.Errorf("got %q", got)
					}
				}
				if n := u.asked.Load(); n != c.asked {
					t.Errorf("%d looks, want %d", n, c.asked)
				}
			})
		})
	}
	if elsewhereToo(context.Canceled) || elsewhereToo(errors.New("x")) {
		t.Error("a foreign error is nobody else's")
	}
}
