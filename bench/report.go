package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// machine says where and when the figures were taken.
func machine() string {
	return fmt.Sprintf("%s, %d cores, %s/%s, %s: ",
		time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// table has a row for each cell.
func table(measured map[string][]result, size int) string {
	var t strings.Builder
	t.WriteString("| cell | requests/s, median (min–max) | ratio | CPU ms/request | CPU ratio | core busy | p50 ms | p99 ms | RSS MB | upstream calls/request |\n")
	t.WriteString("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, c := range cells {
		all, limits := measured[c.name], measured[c.against]
		rates := pick(all, func(r result) float64 { return r.rate })
		fmt.Fprintf(&t, "| `%s` | %.0f (%.0f–%.0f) | %.3f | %.3f | %.2f | %.0f%% | %.2f | %.2f | %.0f | %.2g |\n",
			c.name, median(rates), slices.Min(rates), slices.Max(rates),
			ratio(all, limits, func(r result) float64 { return r.rate }),
			median(pick(all, func(r result) float64 { return r.cpu })),
			ratio(all, limits, func(r result) float64 { return r.cpu }),
			100*median(pick(all, func(r result) float64 { return r.busy })),
			median(pick(all, func(r result) float64 { return r.p50 })),
			median(pick(all, func(r result) float64 { return r.p99 })),
			median(pick(all, func(r result) float64 { return r.memory })),
			median(pick(all, func(r result) float64 { return r.calls })))
	}
	fmt.Fprintf(&t, "\nThe answer to GraphQL has %d bytes.", size)
	return t.String()
}

// startLine says how long starts took, in milliseconds.
func startLine(took []float64) string {
	return fmt.Sprintf("`start`: %.0f ms from exec to the first right answer (median of %d; the slowest %.0f ms; wanted: under 300 ms).",
		median(took), len(took), slices.Max(took))
}

func pick[R any](all []R, figure func(R) float64) []float64 {
	var figures []float64
	for _, r := range all {
		figures = append(figures, figure(r))
	}
	return figures
}

// ratio is taken inside each round, where both had the same machine, and then
// medianed.
func ratio[R any](all, limits []R, figure func(R) float64) float64 {
	var ratios []float64
	for round := range all {
		ratios = append(ratios, figure(all[round])/figure(limits[round]))
	}
	return median(ratios)
}

func median(figures []float64) float64 {
	sorted := slices.Sorted(slices.Values(figures))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}

// writeReadme puts a report into bench/README.md, where it stands between two marks;
// bench/run starts this program in the root of the repository.
func writeReadme(what, report string) error {
	path := filepath.Join("bench", "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	begin, end := "<!-- "+what+" -->\n", "<!-- /"+what+" -->"
	head, rest, begins := strings.Cut(string(text), begin)
	_, tail, ends := strings.Cut(rest, end)
	if !begins || !ends {
		return fmt.Errorf("%s lacks %q or %q", path, begin, end)
	}
	return os.WriteFile(path, []byte(head+begin+"\n"+report+"\n\n"+end+tail), 0o644)
}
