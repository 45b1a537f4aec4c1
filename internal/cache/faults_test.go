package cache

import (
	"context"
	"fmt"
	"strings"
	"testing"

	toxiproxy "github.com/Shopify/toxiproxy/v2"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

// wire is a redis-server behind a proxy that can do a wire's worst.
type wire struct {
	*redistest.Server
	t     *testing.T
	proxy *toxiproxy.Proxy
}

func newWire(t *testing.T) *wire {
	t.Helper()
	w := &wire{Server: redistest.Start(t), t: t}
	server := &toxiproxy.ApiServer{Collection: toxiproxy.NewProxyCollection(), Metrics: toxiproxy.NewMetricsContainer(nil)}
	zero(&server.Logger) // it logs nowhere
	w.proxy = toxiproxy.NewProxy(server, "redis", "127.0.0.1:0", w.Addr)
	if err := w.proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.proxy.Stop)
	return w
}

// zero saves us from naming a type of a package that is not ours to know.
func zero[T any](p **T) { *p = new(T) }

// URL is the proxy's.
func (w *wire) URL() string { return "redis://" + w.proxy.Listen }

// toxic spoils what Redis answers from now on, also on new connections.
func toxic(kind, attributes string) func(*wire) {
	return func(w *wire) {
		_, err := w.proxy.Toxics.AddToxicJson(strings.NewReader(fmt.Sprintf(`{"name":%q,"type":%[1]q,"stream":"downstream","attributes":%s}`, kind, attributes)))
		if err != nil {
			w.t.Error(err)
		}
	}
}

func (w *wire) heal() { w.proxy.Toxics.ResetToxics(context.Background()) }

// rewrite changes all entries.
func (w *wire) rewrite(change func(entry string) string) {
	for _, line := range strings.Fields(w.Do("KEYS", "tg1:{*}:operations:*")) {
		if !strings.HasPrefix(line, "tg1:") {
			continue
		}
		if _, value, _ := strings.Cut(w.Do("GET", line), "\r\n"); value != "" {
			w.Do("SET", line, change(strings.TrimSuffix(value, "\r\n")), "EX", "60")
		}
	}
}

// faults are what may happen to Redis. Each ends by itself or by restore.
var faults = []struct {
	name          string
	lose, restore func(*wire)
}{
	{"slow by 500 ms", toxic("latency", `{"latency":500}`), (*wire).heal},
	{"silent", toxic("timeout", `{"timeout":0}`), (*wire).heal},
	{"reset", toxic("reset_peer", `{"timeout":0}`), (*wire).heal},
	{"cut mid-reply", toxic("limit_data", `{"bytes":600}`), (*wire).heal},
	{"1 KB a second", toxic("slicer", `{"average_size":10,"size_variation":1,"delay":10000}`), (*wire).heal},
	{"killed", func(w *wire) { w.Kill() }, func(w *wire) { w.Restart() }},
	{"frozen", func(w *wire) { w.Pause() }, func(w *wire) { w.Resume() }},
	{"full", func(w *wire) {
		w.Do("CONFIG", "SET", "maxmemory-policy", "noeviction")
		w.Do("CONFIG", "SET", "maxmemory", "1mb")
	}, func(w *wire) { w.Do("CONFIG", "SET", "maxmemory", "0") }},
	{"read-only", func(w *wire) { w.Do("REPLICAOF", "127.0.0.1", "1") }, func(w *wire) { w.Do("REPLICAOF", "NO", "ONE") }},
	{"a wrong byte", func(w *wire) {
		w.rewrite(func(e string) string { i := len(e) * 3 / 4; return e[:i] + string([]byte{e[i] ^ 1}) + e[i+1:] })
	}, func(*wire) {}},
	{"wrong bytes", func(w *wire) { w.rewrite(func(e string) string { return e[:len(e)/2] + "\x00\xff" }) }, func(*wire) {}},
	{"a newer layout", func(w *wire) { w.rewrite(func(e string) string { return "9" + e[1:] }) }, func(*wire) {}},
}

// TestFaultsFailNoRead lets readers read and create while something happens to Redis.
func TestFaultsFailNoRead(t *testing.T) {
	others := control(t)
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			withPatience(t, func() (slow string) {
				w := newWire(t)
				a := newAudience(t, others, openMode(t, w.URL(), cluster.Single))
				without := a.lap("with Redis", usual)
				f.lose(w)
				with := a.lap("with the fault", 2*usual)
				f.restore(w)
				back := a.lapUntil("coming back", a.shares)
				again := a.lap("with it again", usual)
				return a.leave(without, with, back, again)
			})
		})
	}
}
