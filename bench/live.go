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

// The crowd of watchers: so many devices, each watched by so many on two replicas, and
// how long each operation stays in a state.
const (
	watchedDevices, watchersOfEach = 100, 100
	watchedPace                    = 4 * time.Second
	joiners                        = 1000
)

// benchLive measures what watching costs: the memory of who only waits, the time from
// an observed change to every socket, upstream's requests, and a crowd that joins.
func benchLive(ctx context.Context, b *bench) (string, error) {
	var all []liveResult
	for round := range b.rounds {
		r, err := b.measureLive(ctx)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(os.Stderr, "round %d: %d sockets, %.1f kB each (bare %.1f), events p99 %.0f ms, %.0f upstream requests (%.0f by one watcher each), %d joined with p99 %.0f ms\n",
			round+1, r.sockets, r.memory, r.bare, r.lag99, r.calls, r.single, r.joined, r.join99)
		all = append(all, r)
	}
	return machine() + liveTable(all), nil
}

// liveResult is one round.
type liveResult struct {
	devices      int
	sockets      int
	memory, bare float64 // kB of an idle subscriber, and of a bare connection
	events, late int     // late are those over 250 ms
	lag50, lag99 float64 // milliseconds from the observation to the socket
	lost         int     // final states that a watcher did not see
	deaf         float64 // commands that Redis did not answer: news of the other replica are late then
	crowded      float64 // likewise, while all sockets were opened at once
	calls        float64 // upstream, by all watchers
	single       float64 // by one watcher for each device
	joined       int
	join50       float64
	join99       float64
	joinCalls    float64
}

// sizes are smaller in a smoke run.
func (b *bench) liveSizes() (devices, each, joining int) {
	if b.short {
		return 4, 5, 20
	}
	return watchedDevices, watchersOfEach, joiners
}

func (b *bench) measureLive(ctx context.Context) (r liveResult, err error) {
	devices, each, joining := b.liveSizes()
	r.devices, r.sockets, r.joined = devices, devices*each, joining
	if r.bare, err = b.bareSocket(ctx, r.sockets); err != nil {
		return r, err
	}
	one, err := b.watchCrowd(ctx, devices, 1, 0)
	if err != nil {
		return r, fmt.Errorf("one watcher each: %w", err)
	}
	many, err := b.watchCrowd(ctx, devices, each, joining)
	if err != nil {
		return r, fmt.Errorf("all watchers: %w", err)
	}
	r.single, r.calls, r.memory = one.calls, many.calls, many.memory
	r.events, r.late, r.lag50, r.lag99, r.lost = many.events, many.late, many.lag50, many.lag99, many.lost
	r.deaf, r.crowded = many.deaf, many.crowded
	r.join50, r.join99, r.joinCalls = many.join50, many.join99, many.joinCalls
	return r, nil
}

// bareSocket is what a connection costs a server that only accepts it, in kB.
func (b *bench) bareSocket(ctx context.Context, n int) (float64, error) {
	at, err := freeAddress(ctx)
	if err != nil {
		return 0, err
	}
	p, err := b.start(ctx, b.serverCPU, command{program: b.program("limit"), args: []string{"-addr", string(at), "-sockets"}, environ: []string{"GOGC=50"}})
	if err != nil {
		return 0, err
	}
	defer p.stop()
	if err := p.until(ctx, at.dial); err != nil {
		return 0, err
	}
	before, err := p.memory()
	if err != nil {
		return 0, err
	}
	sockets, err := openSockets(ctx, slices.Repeat([]address{at}, n), nil)
	defer sockets.close()
	if err != nil {
		return 0, err
	}
	after, err := p.settled(ctx)
	return 1024 * (after - before) / float64(n), err
}

// settled is the program's memory when it no longer grows.
func (p *process) settled(ctx context.Context) (float64, error) {
	select {
	case <-time.After(3 * time.Second):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	return p.memory()
}

// watchCrowd starts a tenant and two replicas, has everybody watch, creates an operation
// on every device, spread over the interval, and waits for the last final state.
func (b *bench) watchCrowd(ctx context.Context, devices, each, joining int) (r liveResult, err error) {
	defer b.stopNeighbours()
	err = cmp.Or(b.startSandbox(ctx, "-devices", strconv.Itoa(devices), "-operations", "5", "-latency", "20ms", "-quiet", "-pace", watchedPace.String()), b.startRedis(ctx))
	if err != nil {
		return r, err
	}
	ids, err := b.allDevices(ctx)
	if err != nil {
		return r, err
	}
	servers, stop, err := b.startReplicas(ctx, 2, "GOGC=50")
	defer stop()
	if err != nil {
		return r, err
	}
	before, err := memoryOf(servers)
	if err != nil {
		return r, err
	}
	crowd, err := watchAll(ctx, servers, ids, each)
	defer crowd.close()
	if err != nil {
		return r, err
	}
	if _, err := servers[0].settled(ctx); err != nil {
		return r, err
	}
	after, err := memoryOf(servers)
	if err != nil {
		return r, err
	}
	r.memory = 1024 * (after - before) / float64(len(crowd.watchers))
	if r.crowded, err = redisErrors(ctx, servers); err != nil {
		return r, err
	}
	if err := b.forgetCalls(ctx); err != nil {
		return r, err
	}
	if err := createAll(ctx, servers, ids); err != nil {
		return r, err
	}
	crowd.finish(ctx)
	if r.deaf, err = redisErrors(ctx, servers); err != nil {
		return r, err
	}
	r.deaf -= r.crowded
	if r.calls, err = b.calls(ctx); err != nil {
		return r, err
	}
	if err := crowd.sum(&r); err != nil {
		return r, err
	}
	if joining == 0 {
		return r, ctx.Err()
	}
	return r, b.join(ctx, &r, servers, ids, joining)
}

func memoryOf(servers []replica) (float64, error) { return total(servers, (*process).memory) }

// createAll restarts each device, one after the other over the time that a state lasts.
func createAll(ctx context.Context, servers []replica, ids []string) error {
	const create = `mutation($id: ID!) { createDeviceOperation(input: {deviceId: $id, operationType: DEVICE_RESTART}) { deviceOperation { id } userErrors { __typename } } }`
	for i, id := range ids {
		request, err := graphQL(create, map[string]any{"id": id})
		if err != nil {
			return err
		}
		answer, err := fetch(ctx, http.MethodPost, servers[i%len(servers)].at.url("/graphql"), request)
		if err != nil {
			return err
		}
		if strings.Contains(string(answer), "__typename") || strings.Contains(string(answer), "errors\":[{") {
			return fmt.Errorf("create: %.300s", answer)
		}
		select {
		case <-time.After(watchedPace / time.Duration(len(ids))):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// join lets more watchers come, all within a second.
func (b *bench) join(ctx context.Context, r *liveResult, servers []replica, ids []string, n int) error {
	if err := b.forgetCalls(ctx); err != nil {
		return err
	}
	took, err := joinAll(ctx, servers, ids, n)
	if err != nil {
		return err
	}
	r.join50, r.join99 = quantiles(took)
	r.joinCalls, err = b.calls(ctx)
	return err
}

func liveTable(all []liveResult) string {
	of := func(figure func(liveResult) float64) float64 { return median(pick(all, figure)) }
	worst := func(figure func(liveResult) float64) float64 { return slices.Max(pick(all, figure)) }
	var t strings.Builder
	fmt.Fprintf(&t, "%d subscribers of %d devices on 2 replicas, each device restarted once, states of %s; sandbox at 20 ms.\n\n", all[0].sockets, all[0].devices, watchedPace)
	t.WriteString("| figure | wanted | measured |\n| --- | --- | ---: |\n")
	row := func(name, wanted, format string, args ...any) {
		fmt.Fprintf(&t, "| %s | %s | %s |\n", name, wanted, fmt.Sprintf(format, args...))
	}
	row("an idle subscriber, kB resident, of a bare connection's", "2 × at most", "%.1f of %.1f: %.2f ×",
		of(func(r liveResult) float64 { return r.memory }), of(func(r liveResult) float64 { return r.bare }), of(func(r liveResult) float64 { return r.memory / r.bare }))
	row("events on sockets", "", "%.0f", of(func(r liveResult) float64 { return float64(r.events) }))
	row("from observation to socket, p50 and p99, ms", "99% within 250", "%.0f, %.0f", of(func(r liveResult) float64 { return r.lag50 }), of(func(r liveResult) float64 { return r.lag99 }))
	row("final states that a watcher missed, of all rounds", "0", "%.0f", worst(func(r liveResult) float64 { return float64(r.lost) }))
	row("commands that Redis did not answer in time, of all rounds", "0", "%.0f", worst(func(r liveResult) float64 { return r.deaf }))
	row("likewise while all sockets were opened at once", "", "%.0f", worst(func(r liveResult) float64 { return r.crowded }))
	row("upstream requests, all watchers and one for each device", "equal", "%.0f, %.0f", of(func(r liveResult) float64 { return r.calls }), of(func(r liveResult) float64 { return r.single }))
	row(fmt.Sprintf("%d join in a second: snapshots, p50 and p99, ms", all[0].joined), "p99 under 1,000", "%.0f, %.0f", of(func(r liveResult) float64 { return r.join50 }), of(func(r liveResult) float64 { return r.join99 }))
	row("upstream requests meanwhile", "no burst", "%.0f", worst(func(r liveResult) float64 { return r.joinCalls }))
	return strings.TrimSpace(t.String())
}
