package main

// ballast is memory that nobody touches, so that it is none of the machine's. To the
// collector it is alive: it lets as much garbage again gather before it runs, which a heap
// of few megabytes would have it do a hundred times a second, and look through the stacks
// of all who wait for upstream each time. GOGC would do the same to a small heap, and
// multiply a large one.
var ballast []byte

// ballastSize is chosen by measurement: docs/design.md has the figures, under "How much garbage may gather?".
const ballastSize = 16 << 20

// paceCollector lets garbage gather, unless the environment says how the collector is to
// run. It is for after the start, whose own garbage would stay otherwise.
func paceCollector(isSet func(name string) bool) {
	if isSet("GOGC") || isSet("GOMEMLIMIT") {
		return
	}
	ballast = make([]byte, ballastSize)
}
