package main

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed fleet.graphql
var fleet string

const (
	// upstreamPage is how many devices upstream has on a page, and upstreamBatch how
	// many reads it takes at once.
	upstreamPage, upstreamBatch = 50, 20
	// fleetQueries are sent to each program in a round, fleetBlock at a time in turn.
	fleetQueries, fleetBlock = 200, 10
)

// benchFleet measures what many devices in one query cost: the time, the whole tenant,
// and what is left when upstream throttles and fails.
func benchFleet(ctx context.Context, b *bench) (string, error) {
	at20, err := b.fleetTimes(ctx)
	if err != nil {
		return "", err
	}
	walked, err := b.walk(ctx)
	if err != nil {
		return "", fmt.Errorf("walk: %w", err)
	}
	faulty, err := b.faulty(ctx)
	if err != nil {
		return "", fmt.Errorf("faults: %w", err)
	}
	return machine() + "sandbox at 20 ms.\n\n" + at20 + "\n\n" + walked + "\n\n" + faulty, nil
}

// pair is one round of the server and of the bare program, in milliseconds.
type pair struct {
	server, bare, p99 float64
	requests          float64 // upstream, for a query of the server's
	cpu, bareCPU      float64
}

// fleetTimes compares queries of 50 and 100 devices with a bare program's.
func (b *bench) fleetTimes(ctx context.Context) (string, error) {
	if err := b.startSandbox(ctx, "-devices", "100", "-operations", strconv.Itoa(pageSize), "-quiet", "-latency", "20ms"); err != nil {
		return "", err
	}
	defer b.stopNeighbours()
	measured := map[int][]pair{}
	for round := range b.rounds {
		for _, devices := range []int{50, 100} {
			one, err := b.fleetPair(ctx, devices)
			if err != nil {
				return "", fmt.Errorf("%d devices: %w", devices, err)
			}
			fmt.Fprintf(os.Stderr, "round %d: fleet-%-6d p50 %.1f ms, bare %.1f ms, %.2f upstream requests\n", round+1, devices, one.server, one.bare, one.requests)
			measured[devices] = append(measured[devices], one)
		}
	}
	return fleetTable(measured, b.rounds, b.fleetQueries()), nil
}

func (b *bench) fleetQueries() int {
	if b.short {
		return fleetBlock
	}
	return fleetQueries
}

// asked is a program, and what was measured of it.
type asked struct {
	*process
	at      address
	check   func([]byte) error
	took    []time.Duration
	calls   float64
	cpuTime time.Duration
}

// fleetPair has both programs answer in turn, block by block.
func (b *bench) fleetPair(ctx context.Context, devices int) (p pair, err error) {
	request, err := graphQL(fleet, map[string]any{"first": devices})
	if err != nil {
		return p, err
	}
	server, bare := &asked{check: aFleet(devices)}, &asked{check: aRawFleet(devices)}
	for _, one := range []*asked{server, bare} {
		if one.at, err = freeAddress(ctx); err != nil {
			return p, err
		}
		c := b.server(one.at, "CACHE=off")
		if one == bare {
			c = command{program: b.program("limit"), args: []string{"-addr", string(one.at), "-fleet", b.sandbox.url("/beta"), "-pages", strconv.Itoa(devices / upstreamPage)}}
		}
		if one.process, err = b.start(ctx, b.serverCPU, c); err != nil {
			return p, err
		}
		defer one.stop()
		if err = one.until(ctx, one.at.dial); err != nil {
			return p, err
		}
		if err = b.block(ctx, one, request); err != nil { // warm-up
			return p, err
		}
		one.took, one.calls, one.cpuTime = nil, 0, 0
	}
	for range b.fleetQueries() / fleetBlock {
		if err := cmp.Or(b.block(ctx, server, request), b.block(ctx, bare, request)); err != nil {
			return p, err
		}
	}
	n := float64(len(server.took))
	p.server, p.p99 = quantiles(server.took)
	p.bare, _ = quantiles(bare.took)
	p.requests, p.cpu, p.bareCPU = server.calls/n, milliseconds(server.cpuTime)/n, milliseconds(bare.cpuTime)/n
	return p, nil
}

// keeping keeps its connections, for a client that asks again and again.
var keeping = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1024, DisableCompression: true}, Timeout: 30 * time.Second}

// block sends some queries one after the other.
func (b *bench) block(ctx context.Context, one *asked, request []byte) error {
	if err := b.forgetCalls(ctx); err != nil {
		return err
	}
	before, err := one.cpu()
	if err != nil {
		return err
	}
	for range fleetBlock {
		began := time.Now()
		answer, err := post(ctx, one.at.url("/graphql"), request)
		if err != nil {
			return err
		}
		one.took = append(one.took, time.Since(began))
		if err := one.check(answer); err != nil {
			return err
		}
	}
	after, err := one.cpu()
	if err != nil {
		return err
	}
	one.cpuTime += after - before
	calls, err := b.calls(ctx)
	one.calls += calls
	return err
}

// post sends a query over a kept connection.
func post(ctx context.Context, url string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := keeping.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.200s", resp.Status, answer)
	}
	return answer, err
}

// fleetAnswer is what a query of the fleet brought.
type fleetAnswer struct {
	Data struct {
		Devices *struct {
			Nodes []struct {
				Operations *struct {
					Nodes []struct{} `json:"nodes"`
				} `json:"operations"`
			} `json:"nodes"`
		} `json:"devices"`
	} `json:"data"`
	Errors []struct {
		Path       []any `json:"path"`
		Extensions struct {
			Code string `json:"code"`
		} `json:"extensions"`
	} `json:"errors"`
}

// aFleet wants so many whole devices.
func aFleet(devices int) func([]byte) error {
	return func(answer []byte) error {
		var got fleetAnswer
		if err := json.Unmarshal(answer, &got); err != nil {
			return err
		}
		if len(got.Errors) > 0 || got.Data.Devices == nil || len(got.Data.Devices.Nodes) != devices {
			return fmt.Errorf("not %d devices: %.300s", devices, answer)
		}
		for _, device := range got.Data.Devices.Nodes {
			if device.Operations == nil || len(device.Operations.Nodes) != 5 {
				return fmt.Errorf("not 5 operations for each: %.300s", answer)
			}
		}
		return nil
	}
}

// aRawFleet wants as many answers with operations, whatever is in them.
func aRawFleet(devices int) func([]byte) error {
	return func(answer []byte) error {
		if n := bytes.Count(answer, []byte(`"status":200`)); n != devices {
			return fmt.Errorf("%d good answers, want %d: %.300s", n, devices, answer)
		}
		return nil
	}
}

func quantiles(took []time.Duration) (p50, p99 float64) {
	if len(took) == 0 {
		return 0, 0
	}
	sorted := slices.Sorted(slices.Values(took))
	return milliseconds(sorted[len(sorted)/2]), milliseconds(sorted[len(sorted)*99/100])
}

func fleetTable(measured map[int][]pair, rounds, queries int) string {
	var t strings.Builder
	fmt.Fprintf(&t, "%d × %d queries one after the other, `CACHE=off`:\n\n", rounds, queries)
	t.WriteString("| devices, 5 operations each | upstream requests/query | wanted | p50 ms | bare, p50 ms | ratio, median of rounds (wanted: 1.10 at most) | p99 ms | CPU ms/query | bare, CPU ms |\n")
	t.WriteString("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, devices := range []int{50, 100} {
		all := measured[devices]
		of := func(figure func(pair) float64) float64 { return median(pick(all, figure)) }
		pages, batches := devices/upstreamPage, (devices+upstreamBatch-1)/upstreamBatch
		fmt.Fprintf(&t, "| %d | %.2f | %d + %d | %.1f | %.1f | %.3f | %.1f | %.1f | %.1f |\n", devices,
			of(func(p pair) float64 { return p.requests }), pages, batches,
			of(func(p pair) float64 { return p.server }), of(func(p pair) float64 { return p.bare }),
			of(func(p pair) float64 { return p.server / p.bare }), of(func(p pair) float64 { return p.p99 }),
			of(func(p pair) float64 { return p.cpu }), of(func(p pair) float64 { return p.bareCPU }))
	}
	return strings.TrimSpace(t.String())
}
