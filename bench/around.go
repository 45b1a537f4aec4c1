package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/http"
	"os"
	"strings"
	"time"
)

// around measures what no cell shows: allocations, what the program weighs, how it
// scales, and how late answers are at half its load.
func (b *bench) around(ctx context.Context) (string, error) {
	var t strings.Builder
	t.WriteString("### Around\n\n| figure | measured (wanted) |\n| --- | ---: |\n")
	row := func(name string, o *bound, figure float64, format string) {
		fmt.Fprintf(&t, "| %s | %s |\n", name, o.judge(figure, format))
	}
	allocations, err := b.allocations(ctx)
	if err != nil {
		return "", err
	}
	row("allocations for a hot page, in the server's handler", upTo(25), allocations["hot"], "%.0f")
	row("allocations for a cold page", upTo(600), allocations["cold"], "%.0f")
	scale, err := b.scale(ctx)
	if err != nil {
		return "", err
	}
	row("hot pages by two cores, of one core's, in process", from(1.7), scale, "%.2f")
	w, err := b.weigh(ctx)
	if err != nil {
		return "", err
	}
	row("start, ms from exec to the first right answer", upTo(50), median(w.starts), "%.0f")
	row("MB resident when idle", upTo(24), w.idle, "%.1f")
	row("MB resident after all scenarios, one after the other", upTo(96), w.full, "%.1f")
	row("MB of the binary, without symbols", upTo(30), w.binary, "%.1f")
	half, err := b.halfLoads(ctx)
	if err != nil {
		return "", err
	}
	row(fmt.Sprintf("p99 of hot pages at half the server's load (%.0f/s), of the limit's at that rate: %.2f of %.2f ms", half.rate, half.server, half.limit), upTo(1.5), half.server/half.limit, "%.2f")
	return t.String(), nil
}

// allocations returns how often the server's handler allocates, by the page that is
// asked for.
func (b *bench) allocations(ctx context.Context) (map[string]float64, error) {
	reported, err := b.serverBench(ctx, "BenchmarkAllocations", []int{b.serverCPU}, "-test.benchtime", "1x")
	if err != nil {
		return nil, err
	}
	all := map[string]float64{}
	for name, runs := range reported {
		all[name] = figure(runs, "allocs/request")
	}
	return all, nil
}

// scale returns how much more two cores do than one.
func (b *bench) scale(ctx context.Context) (float64, error) {
	if b.serverCPU == b.loadCPU {
		return math.NaN(), nil
	}
	length, cores := "1s", []int{b.serverCPU, b.loadCPU}
	if b.short {
		length = "10x"
	}
	var gains []float64
	for range b.rounds {
		var took []float64
		for _, cpus := range []string{"1", "2"} {
			reported, err := b.serverBench(ctx, "BenchmarkHot", cores, "-test.benchtime", length, "-test.cpu", cpus)
			if err != nil {
				return 0, err
			}
			for _, runs := range reported {
				took = append(took, figure(runs, "ns/op"))
			}
		}
		gains = append(gains, took[0]/took[1])
	}
	return median(gains), nil
}

// serverBench runs benchmarks of the server in one process, upstream being the stub.
func (b *bench) serverBench(ctx context.Context, name string, cpus []int, args ...string) (map[string][]figures, error) {
	return b.goBench(ctx, "server.test", name, cpus, append(args, "-bench.upstream", b.stubs[near].url("/beta"))...)
}

// weight is what the program weighs.
type weight struct {
	starts             []float64 // milliseconds
	idle, full, binary float64   // megabytes
}

// weigh starts the server as it comes, and asks it everything.
func (b *bench) weigh(ctx context.Context) (w weight, err error) {
	info, err := os.Stat(b.program("stripped"))
	if err != nil {
		return w, err
	}
	w.binary = float64(info.Size()) / (1 << 20)
	if w.starts, w.idle, err = b.startTimes(ctx); err != nil {
		return w, err
	}
	a, err := freeAddress(ctx)
	if err != nil {
		return w, err
	}
	p, err := b.start(ctx, b.serverCPU, serverWith()(b, scenarios[0], a))
	if err != nil {
		return w, err
	}
	defer p.stop()
	if err := p.until(ctx, a.dial); err != nil {
		return w, err
	}
	for _, s := range scenarios {
		requests, err := s.requests(s.cells[1])
		if err != nil {
			return w, err
		}
		if _, err := b.load(ctx, a.url("/graphql"), requests, s.connections, min(b.seconds, 2)); err != nil {
			return w, err
		}
		now, err := p.memory()
		if err != nil {
			return w, err
		}
		w.full = max(w.full, now)
	}
	return w, nil
}

// half is the 99th percentile of both programs at one rate, in milliseconds.
type half struct{ rate, server, limit float64 }

// halfLoads has the server and the limit answer in turn, at half of what the server can.
func (b *bench) halfLoads(ctx context.Context) (h half, err error) {
	s := scenarios[0]
	requests, err := s.requests(s.cells[1])
	if err != nil {
		return h, err
	}
	addresses := make([]address, 2)
	for i, c := range s.cells {
		if addresses[i], err = freeAddress(ctx); err != nil {
			return h, err
		}
		p, err := b.start(ctx, b.serverCPU, c.command(b, s, addresses[i]))
		if err != nil {
			return h, err
		}
		defer p.stop()
		if err := p.until(ctx, func(ctx context.Context) error {
			answer, err := fetch(ctx, http.MethodPost, addresses[i].url("/graphql"), requests[0])
			return cmp.Or(err, answered(s.operations)(answer))
		}); err != nil {
			return h, err
		}
	}
	l, err := b.load(ctx, addresses[1].url("/graphql"), requests, s.connections, max(b.warmUp, 1))
	if err != nil {
		return h, err
	}
	h.rate = l.Requests / l.Micros * 1e6 / 2
	var limits, servers []float64
	for range b.rounds {
		for i, into := range []*[]float64{&limits, &servers} {
			p99, err := paced(addresses[i], requests, s.connections, h.rate, time.Duration(min(b.seconds, 3))*time.Second)
			if err != nil {
				return h, err
			}
			*into = append(*into, p99)
		}
	}
	h.limit, h.server = median(limits), median(servers)
	return h, nil
}
