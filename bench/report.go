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
