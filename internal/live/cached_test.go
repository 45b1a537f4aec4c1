package live_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cache"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/live"
	"github.com/teamwork-graphql/teamwork-graphql/internal/msgraph"
	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// node is a replica as the server joins it: client, cache, watcher.
type node struct {
	*live.Watcher
	ctx context.Context
}

func newNode(t *testing.T, box *sandbox.Server, url string, observe func(route, status string)) *node {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	store, err := cluster.Open(url, cluster.Options{Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	client, err := msgraph.New(msgraph.Options{URL: "http://sandbox.localhost/beta", Transport: box, Timeout: 10 * time.Second, Observe: observe, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	n := &node{ctx: teamwork.WithCaller(t.Context(), &teamwork.Caller{Partition: "p"})}
	remembers := cache.New(client, cache.Options{Store: store, Memory: 1 << 24, Logger: log, Sighted: func(ctx context.Context, deviceID string, ops []*teamwork.DeviceOperation, firstPage bool) {
		n.Observe(ctx, deviceID, ops, firstPage)
	}})
	n.Watcher = live.New(remembers, live.Options{Store: store, Prepare: client.Gathering, Logger: log})
	t.Cleanup(func() {
		n.Close()
		remembers.Close()
		client.Close()
		_ = store.Close()
	})
	return n
}

// ids returns some devices.
func (n *node) ids(t *testing.T, first int) (ids []string) {
	t.Helper()
	page, err := n.Devices(n.ctx, teamwork.DevicesRequest{Top: first})
	if err != nil {
		t.Fatal(err)
	}
	for _, dev := range page.Items {
		ids = append(ids, dev.DeviceID)
	}
	return ids
}

// TestCreatesMoveBeforeEveryonesEyes: created here, watched there, with all parts joined.
func TestCreatesMoveBeforeEveryonesEyes(t *testing.T) {
	box := sandbox.New(sandbox.Options{Quiet: true, Pace: 300 * time.Millisecond})
	server := redistest.Start(t)
	here, there := newNode(t, box, server.URL(), nil), newNode(t, box, server.URL(), nil)
	ids := here.ids(t, 20)
	watch, err := there.WatchOperations(there.ctx, ids, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Close()
	made := map[string]bool{}
	for _, id := range ids {
		op, err := here.CreateOperation(here.ctx, teamwork.CreateOperation{DeviceID: id, OperationType: teamwork.DeviceRestart, Status: teamwork.StatusQueued})
		if err != nil {
			t.Fatal(err)
		}
		made[op.OperationID] = true
	}
	ctx, cancel := context.WithTimeout(there.ctx, 30*time.Second)
	defer cancel()
	for left := len(made); left > 0; {
		event, err := watch.Next(ctx)
		if err != nil {
			t.Fatalf("%d ends are missing: %v", left, err)
		}
		if made[event.DeviceOperation.OperationID] && event.Kind == teamwork.EventFinal {
			left--
		}
	}
}

// TestPollsAreReadTogetherAndForAll: twenty devices cost a batch, and whoever reads one of
// them meanwhile asks upstream for nothing. Once in three tries: whose turn comes late reads
// late, and apart.
func TestPollsAreReadTogetherAndForAll(t *testing.T) {
	for try := 1; ; try++ {
		wrong := readsApart(t)
		if wrong == "" {
			return
		}
		if try == 3 {
			t.Fatal(wrong)
		}
		t.Log(wrong)
	}
}

// readsApart says what is wrong with how two replicas poll for a hundred watches.
func readsApart(t *testing.T) (wrong string) {
	t.Helper()
	box := sandbox.New(sandbox.Options{Quiet: true, Pace: time.Hour})
	server := redistest.Start(t)
	sent := make(chan string, 10_000)
	count := func(route, _ string) { sent <- route }
	here, there := newNode(t, box, server.URL(), count), newNode(t, box, server.URL(), count)
	ids := here.ids(t, 20)
	for _, id := range ids {
		if _, err := here.CreateOperation(here.ctx, teamwork.CreateOperation{DeviceID: id, OperationType: teamwork.DeviceRestart, Status: teamwork.StatusQueued}); err != nil {
			t.Fatal(err)
		}
	}
	var watches []teamwork.Watch
	for i := range 100 {
		n := []*node{here, there}[i%2]
		watch, err := n.WatchOperations(n.ctx, ids, nil)
		if err != nil {
			t.Fatal(err)
		}
		watches = append(watches, watch)
	}
	defer func() {
		for _, watch := range watches {
			watch.Close()
		}
	}()
	for len(sent) > 0 {
		<-sent
	}
	time.Sleep(10 * time.Second) // some five polls
	for _, id := range ids {
		page, err := there.Operations(there.ctx, teamwork.OperationsRequest{DeviceID: id, Top: teamwork.DefaultPage})
		if err != nil || time.Since(page.Meta.FetchedAt.Time) > 5*time.Second {
			wrong += fmt.Sprintf("%s: fetched %v ago: %v\n", id, time.Since(page.Meta.FetchedAt.Time), err)
		}
	}
	routes := map[string]int{}
	for len(sent) > 0 {
		routes[<-sent]++
	}
	t.Log(routes)
	if n := routes["POST /$batch"]; n < 2 || n > 20 {
		wrong += fmt.Sprintf("%d batches for 20 devices in 10 s\n", n)
	}
	for route, n := range routes {
		if route != "POST /$batch" && n > 20 {
			wrong += fmt.Sprintf("%d × %s\n", n, route)
		}
	}
	return wrong
}
