package resolvers

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/teamwork-graphql/teamwork-graphql/graph"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// watcher tells everybody the same events, and notes what it was asked.
type watcher struct {
	events  []*teamwork.DeviceOperationEvent
	err     error
	key     teamwork.DeviceOperationKey
	devices []string
	filter  *teamwork.DeviceOperationFilter
	watches int
	closed  int
}

func (w *watcher) WatchOperation(_ context.Context, key teamwork.DeviceOperationKey) (teamwork.Watch, error) {
	w.key = key
	return w.watch()
}

func (w *watcher) WatchOperations(_ context.Context, deviceIDs []string, filter *teamwork.DeviceOperationFilter) (teamwork.Watch, error) {
	w.devices, w.filter = deviceIDs, filter
	return w.watch()
}

func (w *watcher) watch() (teamwork.Watch, error) {
	if w.err != nil {
		return nil, w.err
	}
	w.watches++
	return &watch{w, w.events}, nil
}

type watch struct {
	w    *watcher
	left []*teamwork.DeviceOperationEvent
}

func (w *watch) Next(context.Context) (*teamwork.DeviceOperationEvent, error) {
	if len(w.left) == 0 {
		return nil, io.EOF
	}
	event := w.left[0]
	w.left = w.left[1:]
	return event, nil
}

func (w *watch) Close() { w.w.closed++ }

// subscribed is what a subscription was told, one answer for each event.
func subscribed(t *testing.T, r *Resolver, document string) []answer {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": document})
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(string(body)))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	rec := httptest.NewRecorder()
	graph.NewHandler(graph.Options{Resolvers: r}).ServeHTTP(rec, req)
	told, complete := strings.CutSuffix(rec.Body.String(), "event: complete\ndata:\n\n")
	if !complete {
		t.Fatalf("got %d %s", rec.Code, rec.Body)
	}
	var answers []answer
	for line := range strings.Lines(told) {
		data, isData := strings.CutPrefix(line, "data: ")
		if !isData {
			continue
		}
		a := answer{raw: data}
		if err := json.Unmarshal([]byte(data), &a); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, a)
	}
	return answers
}

func TestSubscriptionTellsEventsWithTheirOperation(t *testing.T) {
	queued := teamwork.StatusQueued
	w := &watcher{events: []*teamwork.DeviceOperationEvent{
		{Kind: teamwork.EventSnapshot, DeviceOperation: &teamwork.DeviceOperation{DeviceID: "d1", OperationID: "o1", StatusRaw: "queued"}},
		{Kind: teamwork.EventFinal, DeviceOperation: &teamwork.DeviceOperation{DeviceID: "d1", OperationID: "o1", StatusRaw: "succeeded"}, PreviousStatus: &queued},
	}}
	s := &service{device: func(_ context.Context, id string) (*teamwork.Device, error) {
		return &teamwork.Device{DeviceID: id}, nil
	}}
	r := resolverOf(s)
	r.Watcher = w
	id := teamwork.OperationGlobalID(teamwork.DeviceOperationKey{DeviceID: "d1", OperationID: "o1"})
	answers := subscribed(t, r, `subscription { deviceOperation(by: {id: "`+id+`"}) { kind previousStatus deviceOperation { status device { deviceId } } } }`)
	var got []string
	for _, a := range answers {
		got = append(got, strings.TrimSpace(a.raw))
	}
	want := []string{
		`{"data":{"deviceOperation":{"kind":"SNAPSHOT","previousStatus":null,"deviceOperation":{"status":"QUEUED","device":{"deviceId":"d1"}}}}}`,
		`{"data":{"deviceOperation":{"kind":"FINAL","previousStatus":"QUEUED","deviceOperation":{"status":"SUCCESSFUL","device":{"deviceId":"d1"}}}}}`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if w.key != (teamwork.DeviceOperationKey{DeviceID: "d1", OperationID: "o1"}) || w.watches != 1 || w.closed != 1 {
		t.Errorf("watched %v %d times, closed %d times", w.key, w.watches, w.closed)
	}
}

func TestDevicesAreWatchedOnceEach(t *testing.T) {
	w := &watcher{}
	r := resolverOf(&service{})
	r.Watcher = w
	answers := subscribed(t, r, `subscription { deviceOperations(deviceIds: ["d1", "`+teamwork.DeviceGlobalID("d2")+`", "d2", "d1"], filter: {isFinal: true}) { kind } }`)
	if len(answers) > 0 {
		t.Errorf("told %v", answers)
	}
	if d := cmp.Diff([]string{"d1", "d2"}, w.devices); d != "" {
		t.Error(d)
	}
	if w.filter == nil || w.filter.IsFinal == nil || !*w.filter.IsFinal {
		t.Errorf("filtered by %+v", w.filter)
	}
}

func TestSubscriptionThatCanNotBeginSaysWhy(t *testing.T) {
	many := strings.Repeat(`"d", `, 51)
	missing := &watcher{err: &teamwork.Error{Kind: teamwork.NotFound, Message: "there is no such operation"}}
	for _, c := range []struct {
		name, field, code, message string
		watcher                    teamwork.Watcher
	}{
		{"nobody watches", `deviceOperation(by: {key: {deviceId: "d", operationId: "o"}})`, "UPSTREAM_UNAVAILABLE", "this server does not watch operations", nil},
		{"no such operation", `deviceOperation(by: {key: {deviceId: "d", operationId: "o"}})`, "NOT_FOUND", "there is no such operation", missing},
		{"no id of an operation", `deviceOperation(by: {id: "` + teamwork.DeviceGlobalID("d") + `"})`, "BAD_USER_INPUT", "by.id is not the global id", &watcher{}},
		{"a dot segment", `deviceOperation(by: {key: {deviceId: "..", operationId: "o"}})`, "BAD_USER_INPUT", "by.key.deviceId is not an id", &watcher{}},
		{"nothing by which", `deviceOperation(by: {})`, "GRAPHQL_VALIDATION_FAILED", "", &watcher{}},
		{"no devices", `deviceOperations(deviceIds: [])`, "BAD_USER_INPUT", "deviceIds must be at least 1 items", &watcher{}},
		{"too many devices", `deviceOperations(deviceIds: [` + many + `])`, "BAD_USER_INPUT", "deviceIds must be at most 50 items", &watcher{}},
		{"an operation as device", `deviceOperations(deviceIds: ["d", "` + teamwork.OperationGlobalID(teamwork.DeviceOperationKey{DeviceID: "d", OperationID: "o"}) + `"])`, "BAD_USER_INPUT", "deviceIds.1 is the id of a DeviceOperation", &watcher{}},
		{"a date that is none", `deviceOperations(deviceIds: ["d"], filter: {createdAfter: "today"})`, "BAD_USER_INPUT", "filter.createdAfter", &watcher{}},
		{"the sentinel", `deviceOperations(deviceIds: ["d"], filter: {statuses: [UNKNOWN_FUTURE_VALUE]})`, "BAD_USER_INPUT", "can't be UNKNOWN_FUTURE_VALUE", &watcher{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := resolverOf(&service{})
			r.Watcher = c.watcher
			answers := subscribed(t, r, `subscription { `+c.field+` { kind } }`)
			if len(answers) != 1 || len(answers[0].Errors) != 1 {
				t.Fatalf("told %v", answers)
			}
			if !strings.Contains(answers[0].raw, `"code":"`+c.code+`"`) || !strings.Contains(answers[0].raw, c.message) || answers[0].Data != nil {
				t.Errorf("told %s", answers[0].raw)
			}
		})
	}
}
