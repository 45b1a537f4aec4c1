package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

// TestCreatesInStormsAreSentOnceAndNeverLied: without a key, each on a device of its own,
// alone and in bulk. A success is an operation that upstream has; and whatever is told,
// upstream has one at most.
func TestCreatesInStormsAreSentOnceAndNeverLied(t *testing.T) {
	for _, c := range []struct {
		name, faults string // so rare that hardly ever 15 requests in a row fail, after which none is sent
		told         string // the errors that may be told
	}{
		{"throttle", `{"throttle":0.2,"retryAfter":0,"afterWork":0.5}`, "ThrottledError"},
		{"error", `{"error":0.3,"afterWork":0.5}`, "OutcomeUnknownError"},
		{"unavailable", `{"unavailable":0.5,"afterWork":0.5}`, "UpstreamUnavailableError"},
		{"malformed", `{"malformed":0.5}`, "OutcomeUnknownError"},
		{"reset", `{"reset":0.3,"afterWork":0.5}`, "OutcomeUnknownError"},
		{"truncate", `{"truncate":0.3}`, "OutcomeUnknownError"},
	} {
		routes := []string{"collection", "actions"}
		if c.name == "malformed" || c.name == "truncate" {
			routes = routes[:1] // an action is answered without a body
		}
		for _, route := range routes {
			t.Run(c.name+", "+route, func(t *testing.T) {
				if testing.Short() && (c.name != "error" || route != "collection") {
					t.Skip("one is played in short mode")
				}
				createInStorm(t, c.faults, c.told, route)
			})
		}
	}
}

const (
	createdAlone  = 40
	createdInBulk = 60
)

func createInStorm(t *testing.T, faulty, told, route string) {
	root := upstream(t, sandbox.Options{Devices: createdAlone + createdInBulk, Operations: 1, Pace: time.Hour})
	f := serve(t, overSocket(root, "GRAPH_CREATE_ROUTE="+route, "LOG_LEVEL=error")...)
	ids := deviceIDs(f, createdAlone+createdInBulk)
	before := newestOf(t, root, ids)
	faults(t, root, faulty)
	outcomes := make([]once, len(ids))
	var clients sync.WaitGroup
	for client := range 4 {
		clients.Go(func() {
			for i := client; i < createdAlone; i += 4 {
				if told == "ThrottledError" { // or nearly all are withheld, for half a second
					time.Sleep(100 * time.Millisecond)
				}
				input := map[string]any{"deviceId": ids[i], "operationType": "DEVICE_RESTART"}
				outcomes[i] = onceOf(t, dig(t, f.must(onceDocument, map[string]any{"input": input}), "createDeviceOperation"))
			}
		})
	}
	clients.Go(func() {
		input := map[string]any{"deviceIds": ids[createdAlone:], "operationType": "DEVICE_RESTART"}
		payload := dig(t, f.must(onceForManyDocument, map[string]any{"input": input}), "createDeviceOperations")
		for i := range createdInBulk {
			r := dig(t, payload, "results", i).(map[string]any)
			r["replayed"] = false
			outcomes[createdAlone+i] = onceOf(t, r)
		}
	})
	clients.Wait()
	faults(t, root, "")
	if t.Failed() {
		return
	}
	compareCreates(t, told, ids, outcomes, before, newestOf(t, root, ids), statsOf(t, root))
}

// compareCreates compares what was told with what upstream has.
func compareCreates(t *testing.T, told string, ids []string, outcomes []once, before, after map[string][]string, counted stats) {
	successes, failures, done := 0, 0, 0
	for i, id := range ids {
		made := after[id][:len(after[id])-len(before[id])] // newest first
		done += len(made)
		switch got := outcomes[i]; {
		case len(made) > 1:
			t.Errorf("%d operations on device %d, told of %+v", len(made), i, got)
		case got.operation != "":
			if successes++; len(made) != 1 || made[0] != got.operation {
				t.Errorf("device %d: told of %s, and upstream made %v", i, got.operation, made)
			}
		case got.problem == told:
			failures++
		default: // above all: "already queued" would be by ourselves
			t.Errorf("device %d got %+v, want success or %s", i, got, told)
		}
	}
	sent := 0
	for route, n := range counted.ByRoute {
		if strings.HasPrefix(route, "POST ") && route != "POST /$batch" {
			sent += n
		}
	}
	if sent > len(ids) || counted.Creates > len(ids) || counted.Creates != done {
		t.Errorf("%d creates asked for, %d sent, %d counted as done, %d found", len(ids), sent, counted.Creates, done)
	}
	if successes == 0 && told != "ThrottledError" || failures == 0 {
		t.Errorf("%d successes and %d failures: that was no storm", successes, failures)
	}
	t.Logf("%d creates asked for, %d sent, %d done: %d successes, %d %s", len(ids), sent, done, successes, failures, told)
}

// newestOf returns the operations that upstream has, newest first.
func newestOf(t *testing.T, root string, ids []string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, id := range ids {
		status, text := get(t, fmt.Sprintf("%s/teamwork/devices/%s/operations?$top=50", root, id))
		var page struct{ Value []listedThing }
		if err := json.Unmarshal([]byte(text), &page); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s", status, text)
		}
		for _, op := range page.Value {
			found[id] = append(found[id], op.ID)
		}
	}
	return found
}
