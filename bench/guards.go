package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
)

// guard is something that a request passes before its query is executed, and the
// benchmark that measures it.
type guard struct {
	name               string
	program, benchmark string
	of                 string // of the benchmark's parts; "" for the only one
	limit              bool   // it is one of the limits, which together have a bound
	wanted             *bound // of its microseconds alone
}

var guards = []guard{
	{"a token that is remembered, the whole way", "auth.test", "BenchmarkRememberedToken", "", false, upTo(2)},
	{"depth, aliases, root fields, directives and tokens of a document that is new", "graph.test", "BenchmarkLimits", "limits", true, nil},
	{"the estimate of what it costs", "graph.test", "BenchmarkLimits", "cost", true, nil},
	{"names that stand twice, where a body is not plain", "graph.test", "BenchmarkTwice", "", true, nil},
	{"the caller's purse, with a slice in hand", "cluster.test", "BenchmarkSpend", "", true, nil},
}

// most is what the limits may cost, of a cold query's processor time.
const most = 0.03

// benchGuards measures what stands before a query, beside a query that is cold.
func benchGuards(ctx context.Context, b *bench) (string, error) {
	if err := b.startStubs(ctx); err != nil {
		return "", err
	}
	cold := scenarios[slices.IndexFunc(scenarios, func(s *scenario) bool { return s.name == "cold" })]
	var query []float64
	for round := range b.rounds {
		r, err := b.measure(ctx, cold, cold.cells[1])
		if err != nil {
			return "", err
		}
		query = append(query, 1e3*r.cpu)
		fmt.Fprintf(os.Stderr, "round %d: a cold page takes %.0f µs\n", round+1, 1e3*r.cpu)
	}
	var t strings.Builder
	fmt.Fprintf(&t, "%s%d × %d s; a cold page of 20 operations takes the server %.0f µs of its core.\n\n", machine(), b.rounds, b.seconds, median(query))
	t.WriteString("| what a request passes | µs | of a cold page |\n| --- | ---: | ---: |\n")
	limits := 0.0
	for _, g := range guards {
		micros, err := b.guarded(ctx, g)
		if err != nil {
			return "", err
		}
		if g.limit {
			limits += micros
		}
		fmt.Fprintf(&t, "| %s | %s | %.1f%% |\n", g.name, g.wanted.judge(micros, "%.2f"), 100*micros/median(query))
	}
	fmt.Fprintf(&t, "| all limits together | %.1f | %s |", limits, upTo(100*most).judge(100*limits/median(query), "%.1f%%"))
	return t.String(), nil
}

// guarded returns a guard's microseconds, the median of all rounds.
func (b *bench) guarded(ctx context.Context, g guard) (float64, error) {
	length := "1s"
	if b.short {
		length = "100x"
	}
	reported, err := b.goBench(ctx, g.program, g.benchmark, []int{b.serverCPU}, "-test.benchtime", length, "-test.count", fmt.Sprint(b.rounds))
	if err != nil {
		return 0, err
	}
	return figure(reported[g.of], "ns/op") / 1e3, nil
}
