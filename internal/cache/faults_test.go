package cache

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
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
	{"wrong bytes", func(w *wire) { w.rewrite(func(e string) string { return e[:len(e)/2] + "\x00\xff" }) }, func(*wire) {}},
	{"a newer layout", func(w *wire) { w.rewrite(func(e string) string { return "9" + e[1:] }) }, func(*wire) {}},
}

// TestFaultsFailNoRead lets readers read and create while something happens to Redis.
func TestFaultsFailNoRead(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some 2.5 s for each fault")
	}
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t)
			a := newAudience(t, w)
			defer a.leave()
			a.lap("with Redis", 300*time.Millisecond, 0)
			f.lose(w)
			a.lap("with the fault", 1200*time.Millisecond, 0)
			f.restore(w)
			a.lap("coming back", 600*time.Millisecond, leaseTime) // see there
			a.lap("with it again", 200*time.Millisecond, leaseTime)
			a.leave()
			a.sharesAgain()
		})
	}
}

// audience are readers of two replicas, one of which keeps nothing in memory. They check
// what they get.
type audience struct {
	*upstream
	t        *testing.T
	replicas []*Service
	watch    stopwatch
	stop     context.CancelFunc
	wg       sync.WaitGroup
	failures atomic.Int64
}

func newAudience(t *testing.T, w *wire) *audience {
	a := &audience{t: t, upstream: &upstream{now: time.Now, status: "InProgress"}}
	for _, memory := range []int64{1 << 20, 0} {
		s := New(a.upstream, Options{Store: openStore(t, w.URL()), Memory: memory, Logger: slog.New(slog.DiscardHandler)})
		t.Cleanup(s.Close)
		a.replicas = append(a.replicas, s)
		eventually(t, "a replica hears", func() bool { return !s.near.deaf.Load() })
	}
	var ctx context.Context
	ctx, a.stop = context.WithCancel(context.Background())
	for reader := range 8 {
		a.wg.Go(func() {
			created := make([]int, 4) // the number of the last create's answer, by device
			for i := 0; ctx.Err() == nil; i++ {
				a.visit(a.replicas[reader%2], fmt.Sprint("d", reader, ".", i%4), i%101 == 100, &created[i%4])
				time.Sleep(3 * time.Millisecond)
			}
		})
	}
	return a
}

// visit reads a device's operations, after a create if create says so.
func (a *audience) visit(s *Service, device string, create bool, created *int) {
	ctx := as(context.Background(), "p")
	if create {
		op, err := s.CreateOperation(ctx, teamwork.CreateOperation{DeviceID: device, OperationType: teamwork.DeviceRestart})
		if err != nil {
			a.fail("a create: %v", err)
			return
		}
		*created = number(*op.Error.Message)
	}
	begin := time.Now()
	page, err := s.Operations(ctx, teamwork.OperationsRequest{DeviceID: device, Top: 5})
	a.watch.add(time.Since(begin))
	switch {
	case err != nil:
		a.fail("a read: %v", err)
	case len(page.Items) != 5 || !strings.HasPrefix(*page.Items[4].Error.Message, "operations "+device+" 5"):
		a.fail("%s: not its operations: %+v", device, page)
	case number(*page.Items[0].Error.Message) < *created:
		a.fail("%s: %q is from before create %d", device, *page.Items[0].Error.Message, *created)
	case !page.Meta.Stale && page.Meta.FreshUntil.Before(begin):
		a.fail("%s: called fresh, and was so until %v", device, time.Since(page.Meta.FreshUntil.Time))
	case page.Meta.FreshUntil.Sub(page.Meta.FetchedAt.Time) > movingPageLife:
		a.fail("%s: %+v", device, page.Meta)
	}
}

// number returns which of upstream's answers this is.
func number(say string) int {
	n, _ := strconv.Atoi(say[strings.LastIndexByte(say, ' ')+1:])
	return n
}

func (a *audience) fail(format string, args ...any) {
	if a.failures.Add(1) <= 3 {
		a.t.Errorf(format, args...)
	}
}

// lap measures. One read in a hundred may take longer than the 100 ms that a call to
// Redis may, and as much again for a machine that does other things.
func (a *audience) lap(what string, last, longest time.Duration) {
	a.t.Helper()
	before := a.count()
	time.Sleep(last)
	n, p50, p99, most := a.watch.lap()
	a.t.Logf("%s, %s: %d reads, %d calls: median %v, p99 %v, longest %v", a.t.Name(), what, n, a.count()-before,
		p50.Round(time.Microsecond), p99.Round(time.Millisecond), most.Round(time.Millisecond))
	if n == 0 || p99 > max(longest, 100*time.Millisecond)+200*time.Millisecond || most > leaseTime+tryAgain+time.Second {
		a.t.Errorf("%s: p99 %v, longest %v of %d reads", what, p99, most, n)
	}
}

func (a *audience) leave() { a.stop(); a.wg.Wait() }

// sharesAgain waits until one replica has what the other loaded.
func (a *audience) sharesAgain() {
	i := 0
	took := eventually(a.t, "the replicas share again", func() bool {
		i++
		ctx, device := as(context.Background(), "p"), fmt.Sprint("new", i)
		if _, err := a.replicas[0].Health(ctx, device); err != nil {
			a.t.Fatal(err)
		}
		a.replicas[0].Wait()
		before := a.count()
		if _, err := a.replicas[1].Health(ctx, device); err != nil {
			a.t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
		return a.count() == before
	})
	a.t.Logf("%s: shared again after %v", a.t.Name(), took.Round(time.Millisecond))
}
