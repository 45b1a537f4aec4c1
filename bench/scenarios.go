package main

import (
	"context"
	_ "embed"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

//go:embed create.graphql
var create string

// fleetSize and fleetDepth are the devices and the operations of each in one query.
const fleetSize, fleetDepth = upstreamPage, 5

// scenario is one thing that clients ask for, asked of several programs in turn.
type scenario struct {
	name        string
	title       string
	connections int // under load
	operations  int // that a right answer has
	upstream    weather
	query       string                             // in the server's schema
	variables   func(device string) map[string]any // likewise
	cells       []cell                             // the first is the limit, which the others are compared with
}

// weather is how upstream is in a scenario.
type weather struct {
	latency time.Duration
	control string // its Cache-Control, which the server does not need and peers may
}

var (
	near = weather{0, "no-store"}
	kept = weather{0, "public, max-age=600"}
	far  = weather{20 * time.Millisecond, "no-store"}
)

// cell is one program in a scenario.
type cell struct {
	name    string
	command func(*bench, *scenario, address) command
	wanted  wanted
	check   func(answer []byte) error // nil for the scenario's
	peer    *peer                     // nil for the limit and the server
	forgets bool                      // whether a create has to make it forget the device
}

var scenarios = []*scenario{
	{"hot", "A hot page of 20 operations, all fields", 32, pageSize, kept, operations, onDevice, []cell{
		{name: "limit", command: limitOf("-answer", "answer.json")},
		{name: "server", command: serverWith(), wanted: wanted{rate: from(0.85), cpu: upTo(1.2), calls: exactly(0)}},
	}},
	{"hot-redis", "The same page from Redis alone", 32, pageSize, kept, operations, onDevice, []cell{
		{name: "limit", command: limitOf("-answer", "answer.json", "-redis", "REDIS")},
		{name: "server", command: serverWith("CACHE_MEMORY=0", "REDIS_URL=redis://REDIS"), wanted: wanted{cpu: upToBetter(3, 1.35), calls: exactly(0)}},
	}},
	{"cold", "The same page, nothing remembered", 32, pageSize, near, operations, onDevice, []cell{
		{name: "limit", command: limitOf("-upstream", "UPSTREAM/teamwork/devices/DEVICE/operations?$top=20")},
		{name: "server", command: serverWith("CACHE=off"), wanted: wanted{rate: fromBetter(0.5, 0.6), cpu: upTo(2), calls: exactly(1)}},
	}},
	{"fleet", "50 devices with 5 operations each in one query, upstream 20 ms away", 8, fleetSize * fleetDepth, far, fleet, allOf, []cell{
		{name: "limit", command: limitOf("-fleet", "UPSTREAM"), check: aRawFleet(fleetSize)},
		// The limit has as many requests under way as it likes.
		{name: "server", command: serverWith("CACHE=off", "GRAPH_CONCURRENCY=32"), wanted: wanted{rate: from(0.97), cpu: upTo(1.6), alone: upTo(1.05), calls: exactly(4)}},
		{name: "server, remembered", command: serverWith(), wanted: wanted{calls: exactly(0)}},
	}},
	{"create", "Create an operation", 32, 1, near, create, restart, []cell{
		{name: "limit", command: limitOf("-upstream", "UPSTREAM/teamwork/devices/DEVICE/operations", "-post", `{"status":"queued","operationType":"deviceRestart"}`)},
		{name: "server", command: serverWith(), wanted: wanted{rate: from(0.85), cpu: upTo(1.3), calls: exactly(1)}, forgets: true},
		{name: "server with Redis", command: serverWith("REDIS_URL=redis://REDIS"), wanted: wanted{cpu: upTo(2), calls: exactly(1)}, forgets: true},
	}},
}

func onDevice(device string) map[string]any { return map[string]any{"deviceId": device} }

func allOf(string) map[string]any { return map[string]any{"first": fleetSize} }

func restart(device string) map[string]any {
	return map[string]any{"input": map[string]any{"deviceId": device, "operationType": "DEVICE_RESTART"}}
}

// stubDevices returns the ids of some of the stub's devices, over which load goes round.
func stubDevices() (ids []string) {
	for i := range 16 {
		ids = append(ids, fmt.Sprintf("d0000000-0000-4000-8000-%012d", i))
	}
	return ids
}

// requests are what a program is asked in its scenario.
func (s *scenario) requests(c cell) (all [][]byte, err error) {
	for _, device := range stubDevices() {
		one, err := c.peer.request(s.name, device)
		if c.peer == nil {
			one, err = graphQL(s.query, s.variables(device))
		}
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// limitOf runs bench/limit; what is written in capitals is filled in.
func limitOf(args ...string) func(*bench, *scenario, address) command {
	return func(b *bench, s *scenario, a address) command {
		filled := []string{"-addr", string(a)}
		for _, arg := range args {
			filled = append(filled, b.filled(s, arg))
		}
		return command{program: b.program("limit"), args: filled}
	}
}

// serverWith runs the server with more environment.
func serverWith(environ ...string) func(*bench, *scenario, address) command {
	return func(b *bench, s *scenario, a address) command {
		b.sandbox = b.stubs[s.upstream]
		filled := []string{"AUDIT_LOG=" + filepath.Join(b.dir, "audit.json")}
		for _, variable := range environ {
			name, value, _ := strings.Cut(variable, "=") // a name may have REDIS in it
			filled = append(filled, name+"="+b.filled(s, value))
		}
		return b.server(a, append(filled, b.environ...)...)
	}
}

// server runs the server over the upstream of the moment.
func (b *bench) server(a address, environ ...string) command {
	usual := []string{"LISTEN_ADDR=" + string(a), "GRAPH_URL=" + b.sandbox.url("/beta"), "GRAPH_AUTH=none", "ADMIN_ADDR=off", "LOG_LEVEL=warn"}
	return command{program: b.program("teamwork-graphql"), environ: append(usual, environ...)} // of two values the later counts
}

func (b *bench) program(name string) string { return filepath.Join(b.bin, name) }

// startStubs starts an upstream for each weather, on the load's core.
func (b *bench) startStubs(ctx context.Context) error {
	b.stubs = map[weather]address{}
	for _, w := range []weather{near, kept, far} {
		a, err := freeAddress(ctx)
		if err != nil {
			return err
		}
		b.stubs[w], b.sandbox = a, a
		c := command{program: b.program("stub"), args: []string{"-addr", string(a), "-latency", w.latency.String(), "-cache-control", w.control,
			"-devices", strconv.Itoa(fleetSize), "-operations", strconv.Itoa(pageSize)}}
		if err := b.startNeighbour(ctx, c, b.hasDevices); err != nil {
			return fmt.Errorf("stub: %w", err)
		}
	}
	return nil
}
