package main

import "os"

// ballast is memory that nobody touches, so that it is none of the machine's. To the
// collector it is alive: it lets as much garbage again gather before it runs, which a small
// heap would have it do a hundred times a second. GOGC would do the same to a small heap,
// and multiply a large one.
var ballast []byte

// ballastSize is chosen by measurement: bench/README.md has the figures.
const ballastSize = 32 << 20

// paceCollector lets garbage gather, unless the environment says how the collector is to
// run.
func paceCollector() {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if _, set := os.LookupEnv(name); set {
			return
		}
	}
	ballast = make([]byte, ballastSize)
}
