package cache

import (
	"fmt"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

// TestFaultsOfClocksFailNoRead has replicas whose clocks are right, then others on the same
// Redis whose clocks are 10 s apart, and then right ones again.
func TestFaultsOfClocksFailNoRead(t *testing.T) {
	const apart = 10 * time.Second
	others := control(t)
	for _, f := range []struct {
		name          string
		first, second time.Duration // only the first keeps anything in memory
	}{
		{"ahead with memory", apart, 0},
		{"ahead without memory", 0, apart},
	} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			withPatience(t, func() (slow string) {
				open := openMode(t, redistest.Start(t).URL(), cluster.Single)
				a := newAudience(t, others, open)
				without := a.lap("with right clocks", usual)
				a.goHome()
				wrong := a.audience(t, others, open, f.first, f.second)
				with := wrong.lapWhile("with clocks apart", wrong.readSeldom)
				wrong.goHome()
				a = a.audience(t, others, open, 0, 0)
				back := a.lapUntil("with right clocks again", a.shares)
				return a.leave(without, with, back)
			})
		})
	}
}

// readSeldom has each replica read what the other one fetched, a second later, two seconds
// later and so on, and nobody in between.
func (a *audience) readSeldom() {
	const seconds = 16
	var created int
	for i := range seconds {
		for r, s := range a.replicas {
			a.visit(s, fmt.Sprint("seldom", r, ".", i), false, &created)
		}
	}
	for i := range seconds {
		time.Sleep(time.Second / haste)
		for r, s := range a.replicas {
			a.visit(s, fmt.Sprint("seldom", 1-r, ".", i), false, &created)
		}
	}
}
