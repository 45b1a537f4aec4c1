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

// inventedWatch tells three events, and ends.
type inventedWatch struct {
	tenant uint64
	told   int
}

func (w *inventedWatch) WatchOperation(context.Context, teamwork.DeviceOperationKey) (teamwork.Watch, error) {
	return &inventedWatch{tenant: w.tenant}, nil
}

func (w *inventedWatch) WatchOperations(context.Context, []string, *teamwork.DeviceOperationFilter) (teamwork.Watch, error) {
	return &inventedWatch{tenant: w.tenant}, nil
}

func (w *inventedWatch) Next(context.Context) (*teamwork.DeviceOperationEvent, error) {
	if w.told++; w.told > 3 {
		return nil, io.EOF
	}
	g := inventFor(w.tenant, "event", w.told)
	e := &teamwork.DeviceOperationEvent{Kind: teamwork.EventChanged, DeviceOperation: new(teamwork.DeviceOperation), ObservedAt: meta.FetchedAt}
	g.fill(reflect.ValueOf(e.DeviceOperation).Elem())
	if e.DeviceOperation.DeviceID = "d1"; g.IntN(30) == 0 {
		e.DeviceOperation = nil
	}
	return e, nil
}

func (*inventedWatch) Close() {}

// TestPlansTellEventsAsGqlgenDoes subscribes with invented documents, with and without
// plans: the streams are the same.
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
		stream := func(unplanned bool) string {
			handler := graph.NewHandler(graph.Options{
				Resolvers: &Resolver{Service: inventedService(uint64(i)), Watcher: &inventedWatch{tenant: uint64(i)}, Cursors: NewCursors(testKey)},
				Unplanned: unplanned, RequestID: func(context.Context) string { return "request-1" },
			})
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Accept", "text/event-stream")
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			return w.Body.String()
		}
		want, got := events(stream(true)), events(stream(false))
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("document %d: %s\n(-gqlgen +plan)\n%s", i, body, d)
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
