package main

import "os"

// ballastSize is chosen by measurement: bench/README.md has the figures.
const ballastSize = 32 << 20

// ballast returns memory that nobody touches, so that it is none of the machine's. To the
// collector it is alive: it lets as much garbage again gather before it runs, which a small
// heap would have it do a hundred times a second. GOGC would do the same to a small heap,
// and multiply a large one. Where the environment says how the collector is to run, there
// is none.
func ballast() []byte {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if _, set := os.LookupEnv(name); set {
			return nil
		}
	}
	return make([]byte, ballastSize)
}
