package msgraph

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// faulty throttles one in twenty for a second, and fails on one in fifty.
func faulty(luck *rand.Rand) func(string, string, int) said {
	return func(_, url string, _ int) said {
		switch drawn := luck.Float64(); {
		case drawn < .05:
			return said{status: http.StatusTooManyRequests, header: "Retry-After: 1"}
		case drawn < .07:
			return said{status: http.StatusInternalServerError}
		}
		return said{body: thing(url)}
	}
}

// load is what became of many requests for a whole fleet.
type load struct {
	mu     sync.Mutex
	took   []time.Duration
	failed int // reads
}

// ask has so many requests read the fleet, twenty a second.
func (l *load) ask(t *testing.T, client *Client, requests, devices int) {
	var all sync.WaitGroup
	for range requests {
		all.Go(func() {
			began := time.Now()
			got := readAll(client.Gathering(t.Context()), client, names(devices))
			l.mu.Lock()
			defer l.mu.Unlock()
			l.took = append(l.took, time.Since(began))
			for _, r := range got {
				if r.err != nil {
					l.failed++
				}
			}
		})
		time.Sleep(time.Second / 20)
		if until := client.Status(t.Context()).ThrottledUntil; until.Known() {
			t.Fatalf("everybody waits until %v", until)
		}
	}
	all.Wait()
	slices.Sort(l.took)
}

// TestFleetIsReadByManyThroughFaults: nearly always some device is left alone, and of those
// that are not, one is throttled. That costs each request a wait or two, and upstream less
// than without faults: whoever wants what others wait for waits with them.
func TestFleetIsReadByManyThroughFaults(t *testing.T) {
	const requests, devices = 600, 50
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{})
		b.after = 20 * time.Millisecond
		b.answer = faulty(rand.New(rand.NewPCG(rand.Uint64(), 0)))
		var l load
		l.ask(t, client, requests, devices)
		inner := 0
		for _, out := range b.outings {
			inner += len(out.urls)
		}
		p50, p99 := l.took[requests/2], l.took[requests*99/100]
		t.Logf("%d HTTP requests, %d inner, %d reads failed, p50 %v, p99 %v", len(b.outings), inner, l.failed, p50, p99)
		// Four faults in a row meet one read in forty thousand, and who waits with it.
		if l.failed > requests*devices/200 || inner > requests*devices*110/100 || len(b.outings) > requests*3 {
			t.Error("too many")
		}
		if p50 > 2500*time.Millisecond || p99 > 5*time.Second {
			t.Error("too slow")
		}
	})
}
