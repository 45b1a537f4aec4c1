package sandbox

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHistoryShowsEveryKindAndEveryOutcome(t *testing.T) {
	n := newTenant(t, Options{Operations: 20})
	kinds, outcomes := map[string]bool{}, map[string]bool{}
	for i := range n.units {
		r := n.get(n.path(i) + "/operations?$top=50")
		if len(r.values()) != 20 {
			t.Fatalf("device %d has %d operations", i, len(r.values()))
		}
		var last string
		for _, op := range r.values() {
			kinds[op["operationType"].(string)] = true
			outcomes[op["status"].(string)] = true
			created := op["createdDateTime"].(string)
			if last != "" && created > last {
				t.Errorf("device %d: %s after %s", i, created, last)
			}
			last = created
			checkTimes(t, op)
		}
	}
	for _, kind := range operationTypes {
		if !kinds[kind] {
			t.Errorf("no %s", kind)
		}
	}
	if len(outcomes) != 3 {
		t.Errorf("outcomes %v", outcomes)
	}
}

// checkTimes: an operation tells one story.
func checkTimes(t *testing.T, op map[string]any) {
	t.Helper()
	text := func(name string) string { s, _ := op[name].(string); return s }
	created, started, completed := text("createdDateTime"), text("startedDateTime"), text("completedDateTime")
	status := op["status"].(string)
	wrong := isFinal(status) != (completed != "") ||
		started != "" && started < created || completed != "" && completed < max(created, started) ||
		completed != "" && text("lastActionDateTime") != completed ||
		started != "" && !isFinal(status) && status != "InProgress" ||
		status == "Failed" && (op["error"] == nil || op["error"].(map[string]any)["code"] == nil) ||
		!isFinal(status) && op["error"] != nil
	if wrong {
		t.Errorf("does not hang together: %v", op)
	}
}

func TestHistoryVariesUnlessToldOtherwise(t *testing.T) {
	n := newTenant(t, Options{})
	lengths := map[int]bool{}
	for i := range n.units {
		length := len(n.get(n.path(i) + "/operations").values())
		if length < 3 || length > 12 {
			t.Errorf("device %d has %d", i, length)
		}
		lengths[length] = true
	}
	if len(lengths) < 4 {
		t.Errorf("lengths %v", lengths)
	}
}

func TestCreatedOperationWalksToItsOutcome(t *testing.T) {
	n := newTenant(t, Options{Pace: time.Second, Quiet: true, Devices: 150})
	outcomes := map[string]int{}
	for i := range n.units {
		n.want(202, n.do("POST", n.path(i)+"/runDiagnostics", "")) // the first always works
		r := n.want(202, n.do("POST", n.path(i)+"/restart", ""))
		location := r.header.Get("Location")
		if r.text != "" || r.header.Get("Content-Type") != "text/plain" || !strings.HasPrefix(location, n.path(i)+"/operations/") {
			t.Fatalf("answer %q %v", r.text, r.header)
		}
		var seen []string
		for range 50 {
			op := n.want(200, n.get(location))
			checkTimes(t, op.body)
			if status := op.at("status").(string); len(seen) == 0 || seen[len(seen)-1] != status {
				seen = append(seen, status)
			}
			n.pass(100 * time.Millisecond)
		}
		outcome := seen[len(seen)-1]
		outcomes[outcome]++
		want := []string{"Queued", "Scheduled", "InProgress", outcome}
		if outcome == "Cancelled" {
			want = []string{"Queued", "Scheduled", outcome}
		}
		if diff := cmp.Diff(want, seen); diff != "" || !isFinal(outcome) {
			t.Errorf("device %d: %v", i, seen)
		}
	}
	if outcomes["Successful"] < 110 || len(outcomes) != 3 {
		t.Errorf("outcomes %v", outcomes)
	}
	if op := n.get(n.path(4) + "/operations?$top=1"); op.at("value/0/error/code") != "DeviceOffline" {
		t.Errorf("an offline device took a command: %s", op.text)
	}
}

func TestTheFirstThingTriedOnADeviceWorks(t *testing.T) {
	n := newTenant(t, Options{Quiet: true})
	for i, u := range n.units {
		n.want(202, n.do("POST", n.path(i)+"/restart", ""))
		n.pass(time.Minute)
		op := n.get(n.path(i) + "/operations?$top=1")
		if (op.at("value/0/status") == "Successful" && op.at("value/0/error") == nil) != u.isConnected() {
			t.Errorf("device %d, %s: %s", i, *u.device.HealthStatus, op.text)
		}
	}
}

func TestOthersStartOperationsToo(t *testing.T) {
	n, quiet := newTenant(t, Options{Operations: 5}), newTenant(t, Options{Operations: 5, Quiet: true})
	n.pass(3 * time.Hour)
	quiet.pass(3 * time.Hour)
	if got := len(quiet.get(quiet.path(0) + "/operations").values()); got != 5 {
		t.Errorf("%d operations in a quiet tenant", got)
	}
	r := n.get(n.path(0) + "/operations?$top=50")
	if got := len(r.values()) - 5; got < 8 || got > 40 {
		t.Errorf("%d operations by others in three hours", got)
	}
	for _, op := range r.values() {
		if exclusive(op["operationType"].(string)) && op["createdDateTime"].(string) > "2026-03-14T09:26:54" {
			t.Errorf("others stand in the way: %v", op)
		}
	}
	n.pass(365 * 24 * time.Hour)
	n.get(n.path(0) + "/operations")
	if got := len(n.units[0].tasks); got != MaxOperations {
		t.Errorf("remembers %d", got)
	}
}

func TestPagesOfOperationsStandStillWhileOthersAreCreated(t *testing.T) {
	n := newTenant(t, Options{Operations: 9, Quiet: true})
	all := ids(n.get(n.path(0) + "/operations"))
	first := n.get(n.path(0) + "/operations?$top=5")
	n.want(201, n.do("POST", n.path(0)+"/operations", `{"status":"Queued","operationType":"configUpdate"}`))
	second := n.get(first.at("@odata.nextLink").(string))
	if diff := cmp.Diff(all, append(ids(first), ids(second)...)); diff != "" {
		t.Error(diff)
	}
}
