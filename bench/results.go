package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// score is a cell's figures, medianed over the rounds. Ratios are taken inside a round,
// against the scenario's limit.
type score struct {
	scenario *scenario
	cell     cell
	rates    []float64
	rate     float64 // of the limit's
	cpu      float64 // likewise
	alone    float64 // likewise
	median   result
}

// scores sums up all that was measured, in the order of the scenarios.
func scores(figures map[string][]result, peers []*peer) (all []score) {
	for _, s := range scenarios {
		limits := figures[s.name+"/limit"]
		for _, c := range s.with(peers) {
			rounds := figures[s.name+"/"+c.name]
			if len(rounds) == 0 || len(rounds) != len(limits) { // not measured, or a peer that failed
				continue
			}
			of := func(figure func(result) float64) float64 { return median(pick(rounds, figure)) }
			all = append(all, score{
				scenario: s, cell: c, rates: pick(rounds, func(r result) float64 { return r.rate }),
				rate:  ratio(rounds, limits, func(r result) float64 { return r.rate }),
				cpu:   ratio(rounds, limits, func(r result) float64 { return r.cpu }),
				alone: ratio(rounds, limits, func(r result) float64 { return r.alone }),
				median: result{
					cpu: of(func(r result) float64 { return r.cpu }), busy: of(func(r result) float64 { return r.busy }),
					p50: of(func(r result) float64 { return r.p50 }), p99: of(func(r result) float64 { return r.p99 }),
					alone: of(func(r result) float64 { return r.alone }), idle: of(func(r result) float64 { return r.idle }),
					full: of(func(r result) float64 { return r.full }), calls: of(func(r result) float64 { return r.calls }),
					loadCalls: of(func(r result) float64 { return r.loadCalls }),
				},
			})
		}
	}
	return all
}

// resultsText is the whole report: a table for each scenario, and what is around them.
func (b *bench) resultsText(all []score, around string) string {
	var t strings.Builder
	fmt.Fprintf(&t, "%s%d × %d s a cell after %d s of warm-up. The hot page has %d bytes.\n", machine(), b.rounds, b.seconds, b.warmUp, b.answer)
	if len(b.environ) > 0 {
		fmt.Fprintf(&t, "The server's environment has %s as well.\n", strings.Join(b.environ, " "))
	}
	for _, s := range b.chosen() {
		fmt.Fprintf(&t, "\n### `%s`: %s; %d connections\n\n", s.name, s.title, s.connections)
		t.WriteString("| program | requests/s, median (min–max) | of the limit's | CPU ms/request | of the limit's | p50 ms | p99 ms | p50 ms, 1 connection | of the limit's | upstream requests, alone | under load, each | MB idle, after | core busy |\n")
		t.WriteString("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
		for _, one := range all {
			if one.scenario == s {
				t.WriteString(one.row())
			}
		}
	}
	return t.String() + "\n" + around
}

func (s score) row() string {
	name, w, m := s.cell.name, s.cell.wanted, s.median
	if s.cell.peer != nil {
		name += " " + s.cell.peer.Version
	}
	return fmt.Sprintf("| %s | %.0f (%.0f–%.0f) | %s | %.3f | %s | %.2f | %.2f | %s | %s | %s | %.3g | %.0f, %.0f | %.0f%% |\n",
		strings.TrimSpace(name), median(s.rates), slices.Min(s.rates), slices.Max(s.rates), w.rate.judge(s.rate, "%.3f"),
		m.cpu, w.cpu.judge(s.cpu, "%.2f"), m.p50, m.p99, orDash(m.alone, "%.2f"), w.alone.judge(s.alone, "%.3f"),
		w.calls.judge(m.calls, "%g"), m.loadCalls, m.idle, m.full, 100*m.busy)
}

func orDash(figure float64, format string) string {
	if math.IsNaN(figure) {
		return "–"
	}
	return fmt.Sprintf(format, figure)
}

// resultsHead explains RESULTS.md, which this program writes whole.
const resultsHead = `# The server, its limits and its peers

Written by ` + "`bench/run -what scenarios -write`" + `; [README.md](README.md#scenarios) says what is measured, and how to read it.
A figure in bold missed what was wanted of it.

![Requests for a second of CPU, of the limit's](chart.svg)

`

// keepResults writes what was measured down.
func keepResults(report, chart string) error {
	if err := os.WriteFile(filepath.Join("bench", "RESULTS.md"), []byte(resultsHead+report+"\n"), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join("bench", "chart.svg"), []byte(chart), 0o644)
}
