package resolvers

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/graph"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// inventedWatcher tells each listener the same three events.
type inventedWatcher [3]*teamwork.DeviceOperationEvent

func newInventedWatcher(tenant uint64) (w inventedWatcher) {
	for i := range w {
		w[i] = inventEvent(tenant, i+1)
	}
	return w
}

func (w inventedWatcher) WatchOperation(context.Context, teamwork.DeviceOperationKey) (teamwork.Watch, error) {
	return &inventedWatch{events: w[:]}, nil
}

func (w inventedWatcher) WatchOperations(context.Context, []string, *teamwork.DeviceOperationFilter) (teamwork.Watch, error) {
	return &inventedWatch{events: w[:]}, nil
}

func inventEvent(tenant uint64, nth int) *teamwork.DeviceOperationEvent {
	g := inventFor(tenant, "event", nth)
	e := &teamwork.DeviceOperationEvent{Kind: teamwork.EventChanged, DeviceOperation: new(teamwork.DeviceOperation), ObservedAt: meta.FetchedAt}
	g.fill(reflect.ValueOf(e.DeviceOperation).Elem())
	if e.DeviceOperation.DeviceID = "d1"; g.IntN(30) == 0 {
		e.DeviceOperation = nil
	}
	return e
}

// inventedWatch tells its events, and ends.
type inventedWatch struct {
	events []*teamwork.DeviceOperationEvent
}

func (w *inventedWatch) Next(context.Context) (*teamwork.DeviceOperationEvent, error) {
	if len(w.events) == 0 {
		return nil, io.EOF
	}
	e := w.events[0]
	w.events = w.events[1:]
	return e, nil
}

func (*inventedWatch) Close() {}

// TestPlansTellEventsAsGqlgenDoes subscribes with invented documents, with and without
// plans: the streams are the same, also of who is told what was written for another.
func TestPlansTellEventsAsGqlgenDoes(t *testing.T) {
	said := 0
	for i := range 600 {
		v := newInventor(rand.New(rand.NewPCG(uint64(i), 3)))
		var err error
		if v.schema, err = contract(); err != nil {
			t.Fatal(err)
		}
		document := `subscription asked($a: Boolean! = true, $b: Boolean! = false) { it: deviceOperation(by: {key: {deviceId: "d1", operationId: "o1"}}) { used: __typename @skip(if: $a) @include(if: $b) ` +
			v.set(v.schema.Types["DeviceOperationEvent"], 5)[1:] + " }"
		body, err := json.Marshal(map[string]any{"query": document + v.fragments.String()})
		if err != nil {
			t.Fatal(err)
		}
		watcher := newInventedWatcher(uint64(i))
		handler := func(unplanned bool) *graph.Handler {
			return graph.NewHandler(graph.Options{
				Resolvers: &Resolver{Service: inventedService(uint64(i)), Watcher: watcher, Cursors: NewCursors(testKey)},
				Unplanned: unplanned, RequestID: func(context.Context) string { return "request-1" },
			})
		}
		stream := func(handler *graph.Handler) string {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Accept", "text/event-stream")
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			return w.Body.String()
		}
		planned := handler(false)
		want := events(stream(handler(true)))
		for nth := range 2 {
			if d := cmp.Diff(want, events(stream(planned))); d != "" {
				t.Fatalf("document %d, listener %d: %s\n(-gqlgen +plan)\n%s", i, nth, body, d)
			}
		}
		said += len(want)
	}
	if said < 1500 {
		t.Errorf("only %d events: that shows little", said)
	}
}

// events are the data of a stream's events. Errors below a null that has propagated a
// plan need not tell.
func events(stream string) (data []string) {
	for line := range strings.Lines(stream) {
		text, found := strings.CutPrefix(line, "data: ")
		var said struct{ Data json.RawMessage }
		if found && json.Unmarshal([]byte(text), &said) == nil {
			if string(said.Data) == `{"it":null}` { // which gqlgen writes though it may not be
				said.Data = json.RawMessage("null")
			}
			data = append(data, string(said.Data))
		}
	}
	return data
}
