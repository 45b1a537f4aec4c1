package cache

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

// losses are what may happen to one server of several.
var losses = []struct {
	name          string
	lose, restore func(*redistest.Server)
}{
	{"killed", (*redistest.Server).Kill, (*redistest.Server).Restart},
	{"frozen", (*redistest.Server).Pause, (*redistest.Server).Resume},
}

// TestFaultsOfSentinelFailNoRead has a master that is lost, its replica that takes over by
// Sentinel's word, and the old one that comes back.
func TestFaultsOfSentinelFailNoRead(t *testing.T) {
	others := control(t)
	for _, f := range losses {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			withPatience(t, func() (slow string) {
				r := redistest.StartSentinel(t, 3)
				a := newAudience(t, others, openMode(t, r.URL(), cluster.Sentinel))
				without := a.lap("with the master", usual)
				f.lose(r.Master)
				with := a.lapUntil("failing over", func() bool { return isA("master", r.Replica) && a.shares() })
				f.restore(r.Master)
				back := a.lapUntil("with the old master", func() bool {
					// Sentinel leaves it alone for some ten seconds. One that was frozen answers
					// meanwhile, as the master that it was.
					return (f.name == "killed" || isA("slave", r.Master)) && a.shares()
				})
				again := a.lap("with both again", usual)
				return a.leave(without, with, back, again)
			})
		})
	}
}

// isA reports whether a server plays that role. Sentinel ends all connections when it
// gives out roles, so no answer may come.
func isA(role string, server *redistest.Server) bool {
	conn, err := net.DialTimeout("tcp", server.Addr, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write([]byte("ROLE\r\n"))
	reply := make([]byte, 64)
	n, _ := conn.Read(reply)
	return strings.Contains(string(reply[:n]), role)
}

// TestFaultsOfClusterFailNoRead has a cluster of three, one of which is lost: the one that
// the news go through. The others' devices are shared meanwhile.
func TestFaultsOfClusterFailNoRead(t *testing.T) {
	others := control(t)
	for _, f := range losses {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			withPatience(t, func() (slow string) {
				r := redistest.StartCluster(t)
				lost := r.NodeOf(newsChannel)
				lostOnes, living := devicesOf(r, lost)
				a := newAudience(t, others, openMode(t, r.URL(), cluster.Cluster))
				without := a.lap("with three nodes", usual)
				f.lose(lost)
				a.name = living
				with := a.lapUntil("with two nodes", a.shares)
				still := a.lap("with two nodes still", 2*usual)
				f.restore(lost)
				a.name = lostOnes
				back := a.lapUntil("coming back", a.shares)
				again := a.lap("with three again", usual)
				return a.leave(without, with, still, back, again)
			})
		})
	}
}

// devicesOf names devices that a node has, and those that others have, while all live.
func devicesOf(r *redistest.Cluster, node *redistest.Server) (its, others func(n int) string) {
	var has, hasNot []string
	for i := 0; len(has) < 400; i++ {
		device := fmt.Sprint("new", i)
		if r.NodeOf(about(device).key("p", healthNoun.name).entry) == node {
			has = append(has, device)
		} else {
			hasNot = append(hasNot, device)
		}
	}
	return func(n int) string { return has[n] }, func(n int) string { return hasNot[n] }
}
