package main

import (
	"strings"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestWatchSettings(t *testing.T) {
	for _, c := range []struct {
		environ []string
		refusal string
	}{
		{nil, ""},
		{[]string{"WATCH=off"}, ""},
		{[]string{"WATCH_IDLE=60s", "WATCH_MAX=1"}, ""},
		{[]string{"WATCH=sometimes"}, "WATCH="},
		{[]string{"WATCH_IDLE=1s"}, "WATCH_IDLE="},
		{[]string{"WATCH_IDLE=-5s"}, "WATCH_IDLE="},
		{[]string{"WATCH_IDLE=60s", "WATCH=off"}, "WATCH_IDLE"},
		{[]string{"WATCH_MAX=0"}, "WATCH_MAX="},
	} {
		_, err := loadConfig(c.environ)
		if (err == nil) != (c.refusal == "") || err != nil && !strings.HasPrefix(err.Error(), c.refusal) {
			t.Errorf("%v: %v", c.environ, err)
		}
	}
}

// TestServersPartsAreJoined: a create through the server, and what any of its readers
// come upon, is told to whoever watches.
func TestServersPartsAreJoined(t *testing.T) {
	cfg, err := loadConfig([]string{"WATCH=off", "WATCH_MAX=1"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := build(cfg, newLogger(cfg, t.Output()), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	ctx := teamwork.WithCaller(t.Context(), &teamwork.Caller{Partition: "p"})
	page, err := p.watcher.Devices(ctx, teamwork.DevicesRequest{Top: 5})
	if err != nil {
		t.Fatal(err)
	}
	id := page.Items[0].DeviceID
	watch, err := p.watcher.WatchOperations(ctx, []string{id}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Close()
	if _, err := p.watcher.WatchOperations(ctx, []string{id}, nil); teamwork.KindOf(err) != teamwork.TooMany {
		t.Errorf("one more than WATCH_MAX: %v", err)
	}
	made, err := p.watcher.CreateOperation(ctx, teamwork.CreateOperation{DeviceID: id, OperationType: teamwork.DeviceRestart, Status: teamwork.StatusQueued})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[teamwork.DeviceOperationEventKind]bool{}
	for deadline := time.Now().Add(time.Minute); !seen[teamwork.EventFinal] && time.Now().Before(deadline); {
		event, err := watch.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if event.DeviceOperation.OperationID != made.OperationID {
			continue
		}
		seen[event.Kind] = true
		for !seen[teamwork.EventFinal] && time.Now().Before(deadline) { // somebody else reads, until the end
			op, err := p.cache.Operation(ctx, made.Key())
			if err != nil {
				t.Fatal(err)
			}
			if op.IsFinal() {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	if !seen[teamwork.EventCreated] || !seen[teamwork.EventFinal] {
		t.Errorf("told of %v", seen)
	}
}
