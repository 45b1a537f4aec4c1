package redistest

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// leaves is how long a goroutine may outlive the tests: a call that waits for a Redis which
// is gone ends with its patience, and tests' is ten seconds at most.
const leaves = 15 * time.Second

// Main runs a package's tests, and fails if a goroutine outlives what was closed. go-redis
// dials in the background once many dials have failed, and sleeps a second in between: that
// is not ours.
func Main(m *testing.M, notOurs ...goleak.Option) {
	notOurs = append(notOurs, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
	code := m.Run()
	for begin := time.Now(); code == 0; {
		err := goleak.Find(notOurs...)
		if err == nil {
			break
		}
		if time.Since(begin) > leaves {
			fmt.Fprintf(os.Stderr, "goleak: %v\n", err)
			code = 1
		}
	}
	os.Exit(code)
}
