package main

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

const (
	someDevice    = `{ devices(first: 1) { nodes { id } } }`
	upstreamState = `{ upstreamStatus { circuit throttledUntil } }`
)

// TestNoReplicaSendsWhileUpstreamAsksToWait: neither a read nor a create, and each says
// when to come back.
func TestNoReplicaSendsWhileUpstreamAsksToWait(t *testing.T) {
	redis, root := redistest.Start(t), upstream(t, sandbox.Options{})
	environ := overSocket(root, "REDIS_URL="+redis.URL(), "CACHE=off")
	first, second := serve(t, environ...), serve(t, append(environ, "ADMIN_ADDR=localhost:0")...)
	id := deviceIDs(second, 1)[0]
	if got := dig(t, first.must(upstreamState), "upstreamStatus"); dig(t, got, "throttledUntil") != nil || dig(t, got, "circuit") != "CLOSED" {
		t.Errorf("at first: %v", got)
	}
	faults(t, root, `{"throttle":1,"retryAfter":60}`)
	if a := first.ask(someDevice); len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "RATE_LIMITED" {
		t.Fatal(a.raw)
	}
	faults(t, root, "")
	for began := time.Now(); dig(t, second.must(upstreamState), "upstreamStatus", "throttledUntil") == nil; time.Sleep(time.Millisecond) {
		if time.Since(began) > 5*time.Second {
			t.Fatal("the second replica does not know")
		}
	}
	before := statsOf(t, root).Requests
	third := serve(t, environ...) // it was not there when it happened
	for name, f := range map[string]*front{"first": first, "second": second, "third": third} {
		a := f.ask(someDevice)
		if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "RATE_LIMITED" || !(a.Errors[0].Extensions["retryAfterSeconds"].(float64) > 30) {
			t.Errorf("%s: %s", name, a.raw)
		}
		got := createOn(f, map[string]any{"deviceId": id, "operationType": "DEVICE_RESTART"})
		if got["__typename"] != "ThrottledError" || !(got["retryAfterSeconds"].(float64) > 30) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if n := statsOf(t, root).Requests - before; n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	if n := second.metric(`upstream_withheld_total{reason="throttled"}`); n < 2 {
		t.Errorf("%v were counted", n)
	}
}

// TestUpstreamThatOnlyFailsIsLeftAlone, and asked again soon after it is back.
func TestUpstreamThatOnlyFailsIsLeftAlone(t *testing.T) {
	root := upstream(t, sandbox.Options{})
	f := serve(t, overSocket(root, "CACHE=off", "ADMIN_ADDR=localhost:0")...)
	faults(t, root, `{"error":1}`)
	for began := time.Now(); dig(t, f.must(upstreamState), "upstreamStatus", "circuit") != "OPEN"; {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { f.ask(someDevice) })
		}
		if all.Wait(); time.Since(began) > 20*time.Second {
			t.Fatal("the circuit stays closed")
		}
	}
	if n := f.metric("upstream_circuit"); n == 0 {
		t.Errorf("the metric says %v", n)
	}
	before := statsOf(t, root).Requests
	for range 50 {
		if a := f.ask(someDevice); len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "UPSTREAM_UNAVAILABLE" {
			t.Fatal(a.raw)
		}
	}
	if n := statsOf(t, root).Requests - before; n > 10 {
		t.Errorf("%d requests were sent to an upstream that only fails", n)
	}
	faults(t, root, "")
	began := time.Now()
	for a := f.ask(someDevice); len(a.Errors) > 0; a = f.ask(someDevice) {
		if time.Sleep(10 * time.Millisecond); time.Since(began) > 15*time.Second {
			t.Fatal(a.raw)
		}
	}
	t.Logf("back after %v", time.Since(began))
	if !strings.Contains(f.log.String(), "left alone") || !strings.Contains(f.log.String(), "answers again") {
		t.Errorf("the log does not say so:\n%s", f.log)
	}
}

// TestPaceIsKept: what can't be sent in time is refused at once.
func TestPaceIsKept(t *testing.T) {
	root := upstream(t, sandbox.Options{})
	f := serve(t, overSocket(root, "CACHE=off", "GRAPH_RATE=0.01/3")...)
	for range 3 {
		f.must(someDevice)
	}
	began := time.Now()
	a := f.ask(someDevice)
	if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "RATE_LIMITED" || !(a.Errors[0].Extensions["retryAfterSeconds"].(float64) > 30) {
		t.Error(a.raw)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("refused after %v", took)
	}
	if n := statsOf(t, root).Requests; n != 3 {
		t.Errorf("%d were sent", n)
	}
	if !strings.Contains(f.log.String(), "0.01 a second, 3 at once") {
		t.Errorf("the banner does not say so:\n%s", f.log)
	}
}
