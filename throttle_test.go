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

// askedToWait are three replicas, of which upstream asked the first to wait a minute.
type askedToWait struct {
	root, id             string
	first, second, third *front
	before               int // requests that upstream had when the third one began
}

// askToWait starts them; it says who has not heard of it, as happens when the store is too
// slow to be told or asked: then each replica goes on with what it knows by itself.
func askToWait(t *testing.T) (w askedToWait, unheard string) {
	t.Helper()
	redis, root := redistest.Start(t), upstream(t, sandbox.Options{})
	environ := overSocket(root, "REDIS_URL="+redis.URL(), "CACHE=off")
	w = askedToWait{root: root, first: serve(t, environ...), second: serve(t, append(environ, "ADMIN_ADDR=localhost:0")...)}
	w.id = deviceIDs(w.second, 1)[0]
	if got := dig(t, w.first.must(upstreamState), "upstreamStatus"); dig(t, got, "throttledUntil") != nil || dig(t, got, "circuit") != "CLOSED" {
		t.Errorf("at first: %v", got)
	}
	faults(t, root, `{"throttle":1,"retryAfter":60}`)
	if a := w.first.ask(someDevice); len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "RATE_LIMITED" {
		t.Fatal(a.raw)
	}
	faults(t, root, "")
	if !eventually(5*time.Second, func() bool { return dig(t, w.second.must(upstreamState), "upstreamStatus", "throttledUntil") != nil }) {
		return w, "the second replica does not know"
	}
	w.before = statsOf(t, root).Requests
	w.third = serve(t, environ...) // it was not there when it happened
	if a := w.third.ask(someDevice); len(a.Errors) == 0 {
		return w, "the third replica sends"
	}
	return w, ""
}

// TestNoReplicaSendsWhileUpstreamAsksToWait: neither a read nor a create, and each says
// when to come back.
func TestNoReplicaSendsWhileUpstreamAsksToWait(t *testing.T) {
	w, unheard := askToWait(t)
	for try := 1; unheard != ""; try++ {
		if try == 5 {
			t.Fatal(unheard)
		}
		w, unheard = askToWait(t)
	}
	for name, f := range map[string]*front{"first": w.first, "second": w.second, "third": w.third} {
		a := f.ask(someDevice)
		if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "RATE_LIMITED" || !(a.Errors[0].Extensions["retryAfterSeconds"].(float64) > 30) {
			t.Errorf("%s: %s", name, a.raw)
		}
		got := createOn(f, map[string]any{"deviceId": w.id, "operationType": "DEVICE_RESTART"})
		if got["__typename"] != "ThrottledError" || !(got["retryAfterSeconds"].(float64) > 30) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if n := statsOf(t, w.root).Requests - w.before; n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	if n := w.second.metric(`upstream_withheld_total{reason="throttled"}`); n < 2 {
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
