package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// figures are what a Go benchmark reported, by unit.
type figures map[string]float64

// cacheBench runs benchmarks of internal/cache, with Redis on the load's core.
func (b *bench) cacheBench(ctx context.Context, name string, cpus []int, args ...string) (map[string][]figures, error) {
	return b.goBench(ctx, "cache.test", name, cpus, append(args, "-bench.redis", "redis://"+string(b.redis))...)
}

// goBench runs benchmarks of a test program, and returns what each of them reported,
// run by run.
func (b *bench) goBench(ctx context.Context, program, name string, cpus []int, args ...string) (map[string][]figures, error) {
	var cores []string
	for _, cpu := range cpus {
		cores = append(cores, strconv.Itoa(cpu))
	}
	args = append([]string{"-c", strings.Join(cores, ","), "setpriv", "--pdeathsig", "KILL", b.program(program),
		"-test.run", "^$", "-test.bench", "^" + name + "$", "-test.timeout", "2h"}, args...)
	cmd := exec.CommandContext(ctx, "taskset", args...)
	cmd.Dir = b.dir
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", name, err, out)
	}
	measured := parseBench(out, "-"+strconv.Itoa(len(cpus)))
	if len(measured) == 0 {
		return nil, fmt.Errorf("%s reported nothing: %s", name, out)
	}
	return measured, nil
}

// parseBench reads Go's lines: a name, which ends in the number of cores if there are
// several, the number of rounds, and figures with their units.
func parseBench(out []byte, cores string) map[string][]figures {
	measured := map[string][]figures{}
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		_, name, _ := strings.Cut(fields[0], "/")
		if cores != "-1" {
			name = strings.TrimSuffix(name, cores)
		}
		f := figures{}
		for i := 2; i+1 < len(fields); i += 2 {
			f[fields[i+1]], _ = strconv.ParseFloat(fields[i], 64)
		}
		measured[name] = append(measured[name], f)
	}
	return measured
}

// startSmallRedis starts one that drops what it was not asked for lately, as docs say.
func (b *bench) startSmallRedis(ctx context.Context) error {
	return b.startRedis(ctx, "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru")
}

// benchCache measures reads of what is remembered, through the cache's own interface.
func benchCache(ctx context.Context, b *bench) (string, error) {
	if err := b.startSmallRedis(ctx); err != nil {
		return "", err
	}
	length := fmt.Sprintf("%ds", b.seconds)
	if b.short {
		length = "5x"
	}
	args := []string{"-test.benchtime", length, "-test.count", strconv.Itoa(b.rounds)}
	near, err := b.cacheBench(ctx, "BenchmarkHit/near", []int{b.serverCPU}, args...)
	if err != nil {
		return "", err
	}
	shared, err := b.cacheBench(ctx, "BenchmarkShared", []int{b.serverCPU}, args...)
	if err != nil {
		return "", err
	}
	var t strings.Builder
	fmt.Fprintf(&t, "%s%d × %d s a cell.\n\n", machine(), b.rounds, b.seconds)
	t.WriteString("| near hit | ns, median (wanted: under 1,000) | allocations (wanted: 2 at most) |\n| --- | ---: | ---: |\n")
	for _, name := range []string{"device", "page-20"} {
		all := near["near/"+name]
		fmt.Fprintf(&t, "| `%s` | %.0f | %.0f |\n", name, figure(all, "ns/op"), figure(all, "allocs/op"))
	}
	t.WriteString("\n| shared hit | bytes | µs | bare GET and decoding, µs | ratio, median of pairs (wanted: 1.3 at most) |\n| --- | ---: | ---: | ---: | ---: |\n")
	for _, name := range []string{"device", "page-5", "page-20"} {
		all := shared[name]
		fmt.Fprintf(&t, "| `%s` | %.0f | %.0f | %.0f | %.2f |\n", name, figure(all, "bytes"), figure(all, "hit-ns")/1e3, figure(all, "bare-ns")/1e3, figure(all, "ratio"))
	}
	return strings.TrimSpace(t.String()), nil
}

// figure is the median of all runs.
func figure(all []figures, unit string) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	return median(pick(all, func(f figures) float64 { return f[unit] }))
}

// benchMemory reads ever other things, and looks at what the process holds then.
func benchMemory(ctx context.Context, b *bench) (string, error) {
	if err := b.startSmallRedis(ctx); err != nil {
		return "", err
	}
	measured, err := b.cacheBench(ctx, "BenchmarkDistinct", []int{b.serverCPU, b.loadCPU}, "-test.benchtime", fmt.Sprintf("%dx", b.reads))
	if err != nil {
		return "", err
	}
	var t strings.Builder
	fmt.Fprintf(&t, "%s%d distinct reads each, `CACHE_MEMORY` 64 MiB.\n\n", machine(), b.reads)
	t.WriteString("| store, and what is read | live heap after a collection, MiB (wanted: 128 at most) | heap at its largest, MiB | of it near, as estimated, MiB | evictions | µs a read |\n")
	t.WriteString("| --- | ---: | ---: | ---: | ---: | ---: |\n")
	for _, name := range []string{"redis/device", "redis/page-20", "memory/device", "memory/page-20"} {
		all := measured[name]
		fmt.Fprintf(&t, "| `%s` | %.0f | %.0f | %.0f | %.0f | %.0f |\n", name, figure(all, "live-MiB"), figure(all, "peak-MiB"),
			figure(all, "near-MiB"), figure(all, "evictions"), figure(all, "ns/op")/1e3)
	}
	return strings.TrimSpace(t.String()), nil
}
