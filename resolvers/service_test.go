package resolvers

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/graph"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// service is a Service of the test's own: what a test does not expect is nil, and
// panics.
type service struct {
	teamwork.Service
	devices       func(context.Context, teamwork.DevicesRequest) (*teamwork.Page[teamwork.Device], error)
	device        func(context.Context, string) (*teamwork.Device, error)
	activity      func(context.Context, string) (*teamwork.DeviceActivity, error)
	configuration func(context.Context, string) (*teamwork.DeviceConfiguration, error)
	health        func(context.Context, string) (*teamwork.DeviceHealth, error)
	operations    func(context.Context, teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error)
	operation     func(context.Context, teamwork.DeviceOperationKey) (*teamwork.DeviceOperation, error)
	create        func(context.Context, teamwork.CreateOperation) (*teamwork.DeviceOperation, error)
	many          func(context.Context, []teamwork.CreateOperation) []teamwork.CreateResult
	status        func(context.Context) *teamwork.UpstreamStatus
}

func (s *service) Devices(ctx context.Context, req teamwork.DevicesRequest) (*teamwork.Page[teamwork.Device], error) {
	return s.devices(ctx, req)
}

func (s *service) Device(ctx context.Context, deviceID string) (*teamwork.Device, error) {
	return s.device(ctx, deviceID)
}

func (s *service) Activity(ctx context.Context, deviceID string) (*teamwork.DeviceActivity, error) {
	return s.activity(ctx, deviceID)
}

func (s *service) Configuration(ctx context.Context, deviceID string) (*teamwork.DeviceConfiguration, error) {
	return s.configuration(ctx, deviceID)
}

func (s *service) Health(ctx context.Context, deviceID string) (*teamwork.DeviceHealth, error) {
	return s.health(ctx, deviceID)
}

func (s *service) Operations(ctx context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
	return s.operations(ctx, req)
}

func (s *service) Operation(ctx context.Context, key teamwork.DeviceOperationKey) (*teamwork.DeviceOperation, error) {
	return s.operation(ctx, key)
}

// CreateOperations is many, or else create of each.
func (s *service) CreateOperations(ctx context.Context, reqs []teamwork.CreateOperation) []teamwork.CreateResult {
	if s.many != nil {
		return s.many(ctx, reqs)
	}
	results := make([]teamwork.CreateResult, len(reqs))
	for i, req := range reqs {
		results[i].Operation, results[i].Err = s.create(ctx, req)
	}
	return results
}

func (s *service) Status(ctx context.Context) *teamwork.UpstreamStatus { return s.status(ctx) }

// failing is a Service of which everything ends in err.
func failing(err error) *service {
	return &service{
		devices: func(context.Context, teamwork.DevicesRequest) (*teamwork.Page[teamwork.Device], error) {
			return nil, err
		},
		device:   func(context.Context, string) (*teamwork.Device, error) { return nil, err },
		activity: func(context.Context, string) (*teamwork.DeviceActivity, error) { return nil, err },
		configuration: func(context.Context, string) (*teamwork.DeviceConfiguration, error) {
			return nil, err
		},
		health: func(context.Context, string) (*teamwork.DeviceHealth, error) { return nil, err },
		operations: func(context.Context, teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
			return nil, err
		},
		operation: func(context.Context, teamwork.DeviceOperationKey) (*teamwork.DeviceOperation, error) {
			return nil, err
		},
		create: func(context.Context, teamwork.CreateOperation) (*teamwork.DeviceOperation, error) {
			return nil, err
		},
	}
}

const testKey = "a key of the test's"

func resolverOf(s *service) *Resolver {
	return &Resolver{Service: s, Cursors: NewCursors(testKey)}
}

// operation is a restart of d1 that is under way.
func operation(id string) *teamwork.DeviceOperation {
	return &teamwork.DeviceOperation{
		DeviceID: "d1", OperationID: id, OperationTypeRaw: "deviceRestart", StatusRaw: "Queued", Meta: meta,
	}
}

func device(id string) *teamwork.Device {
	return &teamwork.Device{DeviceID: id, DeviceTypeRaw: "teamsRoom", Meta: meta}
}

var meta = teamwork.ResourceMeta{
	FetchedAt:  teamwork.ParseDateTime("2026-01-31T09:30:00Z"),
	FreshUntil: teamwork.ParseDateTime("2026-01-31T09:30:05Z"),
}

// answer is a GraphQL answer.
type answer struct {
	Data       map[string]any
	Errors     []problem
	Extensions struct{ Warnings []struct{ Path []any } }
	raw        string
}

type problem struct {
	Message    string
	Path       []any
	Locations  []map[string]any
	Extensions map[string]any
}

// ask sends a document through the whole machine.
func ask(t *testing.T, s *service, document string, variables ...any) answer {
	t.Helper()
	a, _ := askLogged(t, s, document, variables...)
	return a
}

// askLogged is ask that also returns what was logged.
func askLogged(t *testing.T, s *service, document string, variables ...any) (answer, string) {
	t.Helper()
	return askIn(t.Context(), t, s, nil, document, variables...)
}

// askIn is askLogged with a context and headers of the request's.
func askIn(ctx context.Context, t *testing.T, s *service, header http.Header, document string, variables ...any) (answer, string) {
	t.Helper()
	var log bytes.Buffer
	handler := graph.NewHandler(graph.Options{
		Resolvers: resolverOf(s),
		Refuse:    Refuse,
		Unplanned: unplanned,
		RequestID: func(context.Context) string { return "request-1" },
		Logger:    slog.New(slog.NewTextHandler(&log, nil)),
	})
	given := map[string]any{}
	for i := 0; i < len(variables); i += 2 {
		given[variables[i].(string)] = variables[i+1]
	}
	body, err := json.Marshal(map[string]any{"query": document, "variables": given})
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", bytes.NewReader(body))
	maps.Copy(req.Header, header)
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, req)
	a := answer{raw: w.Body.String()}
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusOK {
		t.Fatalf("status %d, %v: %s", w.Code, err, a.raw)
	}
	return a, log.String()
}

// must is ask for a document that has to succeed whole.
func must(t *testing.T, s *service, document string, variables ...any) map[string]any {
	t.Helper()
	a := ask(t, s, document, variables...)
	if len(a.Errors) > 0 {
		t.Fatalf("errors in %s", a.raw)
	}
	return a.Data
}

// dig walks into JSON by a dotted path of names; it is nil where there is nothing.
func dig(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	return v
}
