package redistest

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// masterName is what the Sentinels call the master.
const masterName = "tg"

// Sentinels are a master, its replica, and those who watch over them.
type Sentinels struct {
	// Master and Replica are what they were at first.
	Master, Replica *Server
	// Watching are the Sentinels themselves.
	Watching []*Server
}

// StartSentinel starts n Sentinels, of which most must agree, over a master and a
// replica. They take the master for dead after 500 ms.
func StartSentinel(t testing.TB, n int) *Sentinels {
	t.Helper()
	s := &Sentinels{Master: Start(t, "--repl-diskless-sync-delay", "0")}
	host, port := s.Master.hostPort()
	s.Replica = Start(t, "--replicaof", host, port)
	s.Master.await("INFO replication", "state=online", "INFO", "replication")
	for range n {
		s.Watching = append(s.Watching, startSentinel(t, s.Master, n/2+1))
	}
	for _, w := range s.Watching {
		_, port := s.Replica.hostPort()
		w.await("the replica", port, "SENTINEL", "REPLICAS", masterName)
		w.await("the others", fmt.Sprintf("sentinels=%d", n), "INFO", "sentinel")
	}
	return s
}

func startSentinel(t testing.TB, master *Server, quorum int) *Server {
	t.Helper()
	s := prepare(t)
	host, port := s.hostPort()
	mhost, mport := master.hostPort()
	config := filepath.Join(s.dir, "sentinel.conf")
	check(t, os.WriteFile(config, fmt.Appendf(nil, `bind %s
port %s
dir %s
sentinel monitor %[4]s %s %s %d
sentinel down-after-milliseconds %[4]s 500
sentinel failover-timeout %[4]s 1000
`, host, port, s.dir, masterName, mhost, mport, quorum), 0o600))
	check(t, s.start(config, "--sentinel"))
	return s
}

// URL is what cluster.Open wants in Sentinel mode.
func (s *Sentinels) URL() string {
	q := url.Values{"master_name": {masterName}}
	for _, w := range s.Watching[1:] {
		q.Add("addr", w.Addr)
	}
	return "redis://" + s.Watching[0].Addr + "?" + q.Encode()
}

// await waits until the answer to a command holds text.
func (s *Server) await(what, text string, args ...string) {
	s.t.Helper()
	var reply string
	if !within(20*time.Second, func() bool {
		reply, _ = s.ask(args...)
		return strings.Contains(reply, text)
	}) {
		s.t.Fatalf("%s at %s: %q is not in %q", what, s.Addr, text, reply)
	}
}
