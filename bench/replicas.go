package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// crowd is who reads from whom.
type crowd struct {
	name     string
	replicas int
	readers  int // of each device
}

// crowds are measured one after the other, each with a tenant, a Redis and servers of
// its own. The first says what a single reader of each device costs upstream.
var crowds = []crowd{
	{"one-reader", 1, 1},
	{"two-readers", 1, 2},
	{"replicas", 3, 2},
}

// busyShare is one of how many devices has work under way all the time, and so the
// shortest lifetime.
const busyShare = 10

// benchReplicas compares what many readers of several replicas cost upstream with what
// a single reader of each device does.
func benchReplicas(ctx context.Context, b *bench) (string, error) {
	measured := map[string][]crowdResult{}
	for round := range b.rounds {
		for _, c := range crowds {
			r, err := b.measureCrowd(ctx, c)
			if err != nil {
				return "", fmt.Errorf("%s: %w", c.name, err)
			}
			fmt.Fprintf(os.Stderr, "round %d: %-12s %.0f upstream requests, %d fetches seen, oldest %.2f lifetimes, %.0f Redis errors\n",
				round+1, c.name, r.calls, r.fetches, r.oldest, r.lost)
			measured[c.name] = append(measured[c.name], r)
		}
	}
	how := fmt.Sprintf("%d × %d s a crowd; %d devices, every %dth with work under way; sandbox at 20 ms.", b.rounds, b.seconds, b.devices, busyShare)
	return machine() + how + "\n\n" + crowdTable(measured), nil
}

// crowdResult is one crowd in one round.
type crowdResult struct {
	seen
	calls float64 // upstream
	cpu   float64 // of all servers, milliseconds a read
	busy  float64 // the share of the time that they spent on their core
	lost  float64 // commands that Redis did not answer in time: then a replica is on its own
}

// replica is one of the servers.
type replica struct {
	*process
	at, admin address
}

func (b *bench) measureCrowd(ctx context.Context, c crowd) (r crowdResult, err error) {
	defer b.stopNeighbours()
	err = cmp.Or(b.startSandbox(ctx, "-devices", strconv.Itoa(b.devices), "-operations", strconv.Itoa(pageSize), "-latency", "20ms"), b.startRedis(ctx))
	if err != nil {
		return r, err
	}
	devices, err := b.allDevices(ctx)
	if err != nil {
		return r, err
	}
	if err := b.keepBusy(ctx, devices); err != nil {
		return r, err
	}
	servers, stop, err := b.startReplicas(ctx, c.replicas)
	defer stop()
	if err != nil {
		return r, err
	}
	return b.loadCrowd(ctx, c, devices, servers)
}

// startReplicas starts servers that share Redis. Stop ends those that were started.
func (b *bench) startReplicas(ctx context.Context, n int, environ ...string) (servers []replica, stop func(), err error) {
	stop = func() {
		for _, s := range servers {
			s.stop()
		}
	}
	for range n {
		s := replica{}
		if s.at, err = freeAddress(ctx); err != nil {
			return servers, stop, err
		}
		if s.admin, err = freeAddress(ctx); err != nil {
			return servers, stop, err
		}
		if s.process, err = b.start(ctx, b.serverCPU, b.server(s.at, append(environ, "ADMIN_ADDR="+string(s.admin), "REDIS_URL=redis://"+string(b.redis))...)); err != nil {
			return servers, stop, err
		}
		servers = append(servers, s)
		if err = s.until(ctx, s.at.ready); err != nil {
			return servers, stop, err
		}
	}
	return servers, stop, nil
}

// loadCrowd is the part that counts.
func (b *bench) loadCrowd(ctx context.Context, c crowd, devices []string, servers []replica) (r crowdResult, err error) {
	if err := b.forgetCalls(ctx); err != nil {
		return r, err
	}
	before, err := spent(servers)
	if err != nil {
		return r, err
	}
	began := time.Now()
	if r.seen, err = readAll(ctx, c, devices, servers, b.seconds); err != nil {
		return r, err
	}
	took := time.Since(began)
	after, err := spent(servers)
	if err != nil {
		return r, err
	}
	r.cpu = float64(after-before) / float64(time.Millisecond) / float64(r.reads)
	r.busy = float64(after-before) / float64(took)
	if r.lost, err = redisErrors(ctx, servers); err != nil {
		return r, err
	}
	r.calls, err = b.calls(ctx)
	return r, err
}

// redisErrors is how many commands Redis did not answer any of them.
func redisErrors(ctx context.Context, servers []replica) (n float64, err error) {
	for _, s := range servers {
		one, err := s.redisErrors(ctx)
		if err != nil {
			return 0, err
		}
		n += one
	}
	return n, nil
}

// redisErrors is how many commands Redis did not answer, by the server's own count.
func (s replica) redisErrors(ctx context.Context) (n float64, err error) {
	metrics, err := fetch(ctx, http.MethodGet, s.admin.url("/metrics"), nil)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(metrics)) {
		if name, value, ok := strings.Cut(line, "} "); ok && strings.Contains(name, "redis_errors_total{") {
			one, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				return 0, err
			}
			n += one
		}
	}
	return n, nil
}

// spent is the CPU time of all.
func spent(servers []replica) (time.Duration, error) { return total(servers, (*process).cpu) }

// total sums a figure up.
func total[N time.Duration | float64](servers []replica, figure func(*process) (N, error)) (all N, err error) {
	for _, s := range servers {
		one, err := figure(s.process)
		if err != nil {
			return 0, err
		}
		all += one
	}
	return all, nil
}

func (a address) ready(ctx context.Context) error {
	_, err := fetch(ctx, http.MethodGet, a.url("/readyz"), nil)
	return err
}

// keepBusy gives some devices an operation whose end never comes: the sandbox leaves a
// status alone that it does not know.
func (b *bench) keepBusy(ctx context.Context, devices []string) error {
	for i := 0; i < len(devices); i += busyShare {
		path := "/beta/teamwork/devices/" + devices[i] + "/operations"
		if _, err := fetch(ctx, http.MethodPost, b.sandbox.url(path), []byte(`{"operationType":"configUpdate","status":"Waiting"}`)); err != nil {
			return err
		}
	}
	return nil
}

// crowdTable has a row for each crowd.
func crowdTable(measured map[string][]crowdResult) string {
	var t strings.Builder
	t.WriteString("| crowd | replicas | readers | reads | upstream requests | ratio (wanted: 1.05 at most) | fetched early | answers too old (wanted: 0) | oldest, in lifetimes | marked stale | p50 ms | p99 ms | CPU ms/read | core busy | Redis errors |\n")
	t.WriteString("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, c := range crowds {
		all, single := measured[c.name], measured[crowds[0].name]
		of := func(figure func(crowdResult) float64) float64 { return median(pick(all, figure)) }
		fmt.Fprintf(&t, "| `%s` | %d | %d | %d | %.0f | %.3f | %.0f | %.0f | %.2f | %.1f%% | %.1f | %.1f | %.3f | %.0f%% | %.0f |\n",
			c.name, c.replicas, all[0].readers, all[0].reads,
			of(func(r crowdResult) float64 { return r.calls }),
			ratio(all, single, func(r crowdResult) float64 { return r.calls }),
			of(func(r crowdResult) float64 { return float64(r.early) }),
			slices.Max(pick(all, func(r crowdResult) float64 { return float64(r.tooOld) })),
			slices.Max(pick(all, func(r crowdResult) float64 { return r.oldest })),
			of(func(r crowdResult) float64 { return 100 * float64(r.stale) / float64(r.reads) }),
			of(func(r crowdResult) float64 { return r.p50 }), of(func(r crowdResult) float64 { return r.p99 }),
			of(func(r crowdResult) float64 { return r.cpu }), 100*of(func(r crowdResult) float64 { return r.busy }),
			slices.Max(pick(all, func(r crowdResult) float64 { return r.lost })))
	}
	return strings.TrimSpace(t.String())
}
