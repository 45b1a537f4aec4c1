package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// told is a Service that ends creates as it is told, in turn.
type told struct {
	teamwork.Service
	results []teamwork.CreateResult
	asked   int
	before  func() // what is so when something is sent
}

func (o *told) CreateOperation(ctx context.Context, req teamwork.CreateOperation) (*teamwork.DeviceOperation, error) {
	got := o.CreateOperations(ctx, []teamwork.CreateOperation{req})[0]
	return got.Operation, got.Err
}

func (o *told) CreateOperations(_ context.Context, reqs []teamwork.CreateOperation) []teamwork.CreateResult {
	if o.before != nil {
		o.before()
	}
	o.asked += len(reqs)
	return o.results[:len(reqs)]
}

func author(context.Context) Author {
	return Author{Subject: "oid-1", Application: "app-1", Tenant: "tid-1", RequestID: "request-1"}
}

func audited(next teamwork.Service, out *bytes.Buffer) *Audited {
	a := NewAudited(next, out, author)
	a.now = func() time.Time { return time.Date(2026, 1, 31, 9, 30, 0, 0, time.UTC) }
	return a
}

func TestEachCreateIsWrittenDownBeforeAndAfter(t *testing.T) {
	key := "key-1"
	var out bytes.Buffer
	next := &told{results: []teamwork.CreateResult{
		{Operation: &teamwork.DeviceOperation{OperationID: "o1"}, Replayed: true},
		{Err: &teamwork.Error{Kind: teamwork.Throttled, Message: "slower", Upstream: &teamwork.UpstreamAnswer{Status: 429, RequestID: "upstream-1"}}},
	}}
	next.before = func() {
		if n := strings.Count(out.String(), "create.asked"); n != 2 {
			t.Errorf("%d lines are written when something is sent", n)
		}
	}
	reqs := []teamwork.CreateOperation{
		{DeviceID: "d1", OperationType: teamwork.DeviceRestart, IdempotencyKey: &key},
		{DeviceID: "d\n2", OperationType: teamwork.SoftwareUpdate},
	}
	if got := audited(next, &out).CreateOperations(t.Context(), reqs); len(got) != 2 || got[0].Operation == nil || got[1].Err == nil {
		t.Fatalf("got %+v", got)
	}
	const by = `"oid":"oid-1","app":"app-1","tid":"tid-1","requestId":"request-1",`
	want := `{"time":"2026-01-31T09:30:00Z","event":"create.asked",` + by + `"deviceId":"d1","operationType":"deviceRestart","idempotencyKey":"key-1"}
{"time":"2026-01-31T09:30:00Z","event":"create.asked",` + by + `"deviceId":"d\n2","operationType":"softwareUpdate"}
{"time":"2026-01-31T09:30:00Z","event":"create.done",` + by + `"deviceId":"d1","operationType":"deviceRestart","idempotencyKey":"key-1","outcome":"created","operationId":"o1","replayed":true}
{"time":"2026-01-31T09:30:00Z","event":"create.done",` + by + `"deviceId":"d\n2","operationType":"softwareUpdate","outcome":"throttled","upstreamRequestId":"upstream-1"}
`
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Error(d)
	}
	for line := range strings.Lines(out.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWhatCannotBeWrittenDownIsNotDone(t *testing.T) {
	next := &told{results: make([]teamwork.CreateResult, 2)}
	a := NewAudited(next, full{}, author)
	_, err := a.CreateOperation(t.Context(), teamwork.CreateOperation{DeviceID: "d1"})
	many := a.CreateOperations(t.Context(), make([]teamwork.CreateOperation, 2))
	for _, err := range []error{err, many[0].Err, many[1].Err} {
		var e *teamwork.Error
		if !errors.As(err, &e) || e.Kind != teamwork.Unavailable || !e.Unsent || strings.Contains(e.Message, "space") {
			t.Errorf("ended with %v", err)
		}
	}
	if next.asked > 0 {
		t.Errorf("%d were sent", next.asked)
	}
}

func TestReadsAreNotAudited(t *testing.T) {
	var out bytes.Buffer
	a := audited(&fakeDevice{}, &out)
	if d, err := a.Device(t.Context(), "d1"); err != nil || d == nil || out.Len() > 0 {
		t.Errorf("%v, %v, wrote %q", d, err, out.String())
	}
}

type fakeDevice struct{ teamwork.Service }

func (*fakeDevice) Device(context.Context, string) (*teamwork.Device, error) {
	return &teamwork.Device{}, nil
}
