package main

import "testing"

// TestGarbageGathersUnlessTheEnvironmentSaysHow: what an operator set is not made more.
func TestGarbageGathersUnlessTheEnvironmentSaysHow(t *testing.T) {
	defer func() { ballast = nil }()
	for _, c := range []struct {
		gogc, limit string
		want        int
	}{{"", "", ballastSize}, {"100", "", 0}, {"", "64MiB", 0}} {
		ballast = nil
		environ := map[string]string{"GOGC": c.gogc, "GOMEMLIMIT": c.limit}
		if paceCollector(func(name string) bool { return environ[name] != "" }); len(ballast) != c.want {
			t.Errorf("GOGC=%s GOMEMLIMIT=%s: %d bytes", c.gogc, c.limit, len(ballast))
		}
	}
}
