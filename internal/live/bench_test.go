package live

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// crowd is 10,000 listeners to 100 operations on two replicas, of which each takes what
// comes as soon as it comes.
type crowd struct {
	*fleet
	told chan time.Duration // since it was seen
	seen time.Time
	end  func()
}

const (
	listeners  = 10_000
	operations = 100
)

func newCrowd(b *testing.B) *crowd {
	server := redistest.Start(b)
	u := newTenant()
	f := &fleet{tenant: u}
	for range 2 {
		f.replicas = append(f.replicas, replica(b, u, openStore(b, server.URL()), Options{Off: true}))
	}
	c := &crowd{fleet: f, told: make(chan time.Duration, listeners)}
	ctx, cancel := context.WithCancel(as(b, "p"))
	var all sync.WaitGroup
	for i := range operations {
		u.add(fmt.Sprint("d", i), "a", teamwork.StatusQueued)
	}
	for i := range listeners {
		watch := one(b, f.replicas[i%2], ctx, fmt.Sprint("d", i/2%operations), "a")
		want(b, watch, soon, "snapshot a Queued")
		all.Go(func() {
			for {
				if _, err := watch.Next(ctx); err != nil {
					return
				}
				c.told <- time.Since(c.seen)
			}
		})
	}
	time.Sleep(time.Second) // the replicas tell each other what they watch
	c.end = func() { cancel(); all.Wait() }
	return c
}

// move has a replica see a new state, and returns how long it took to each listener.
func (c *crowd) move(b *testing.B, i int, to teamwork.DeviceOperationStatus) (took []time.Duration) {
	device := fmt.Sprint("d", i%operations)
	c.tenant.move(device, "a", to)
	page, err := c.Operations(as(b, "p"), teamwork.OperationsRequest{DeviceID: device})
	if err != nil {
		b.Fatal(err)
	}
	c.seen = time.Now()
	c.replicas[i%2].Observe(as(b, "p"), device, page.Items, true)
	for range listeners / operations {
		took = append(took, <-c.told)
	}
	return took
}

// BenchmarkChangeReachesItsListeners has one of 100 operations move, before 100 listeners
// on two replicas, of whom there are 10,000.
func BenchmarkChangeReachesItsListeners(b *testing.B) {
	c := newCrowd(b)
	defer c.end()
	var took []time.Duration
	n := 0
	for b.Loop() {
		// A word that nobody knows is another state each time, up to a point.
		took = append(took, c.move(b, n, teamwork.DeviceOperationStatus(fmt.Sprint("word ", n/operations)))...)
		if n++; n == operations*(maxWords-1) {
			break
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
}
