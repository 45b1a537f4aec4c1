package cache

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"go.uber.org/goleak"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// TestMain finds goroutines that outlive a Close. toxiproxy leaves a toxic behind whose
// connection was closed while it held bytes back, and what hands it the next ones.
func TestMain(m *testing.M) {
	redistest.Main(m,
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*ToxicStub).Run"),
		goleak.IgnoreTopFunction("github.com/Shopify/toxiproxy/v2/stream.(*ChanWriter).Write"))
}

// upstream is a Service that counts what it is asked. Its answers tell who asked
// for what, and how often it was asked before.
type upstream struct {
	now func() time.Time
	// before is called in each call, nil for nothing; its error is the answer.
	before func(ctx context.Context) error
	// status is every operation's, "Successful" if empty.
	status string
	// warnings are every answer's.
	warnings []teamwork.Warning

	mu    sync.Mutex
	calls int
}

// asked counts, and returns what a text of the answer should say.
func (u *upstream) asked(ctx context.Context, what string) (string, error) {
	u.mu.Lock()
	u.calls++
	say := fmt.Sprintf("%s for %s, answer %d", what, partitionOf(ctx), u.calls)
	u.mu.Unlock()
	teamwork.TrailFrom(ctx).Warn(u.warnings...) // as msgraph does
	if u.before != nil {
		return say, u.before(ctx)
	}
	return say, nil
}

func (u *upstream) count() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.calls
}

func (u *upstream) meta() teamwork.ResourceMeta { return teamwork.FetchedNow(u.now(), u.warnings) }

func (u *upstream) operation(deviceID, operationID, say string) *teamwork.DeviceOperation {
	status := u.status
	if status == "" {
		status = "Successful"
	}
	return &teamwork.DeviceOperation{
		OperationID: operationID, DeviceID: deviceID, OperationTypeRaw: "deviceRestart", StatusRaw: status,
		Error: &teamwork.OperationError{Message: &say}, CreatedDateTime: teamwork.At(u.now()), Meta: u.meta(),
	}
}

func (u *upstream) Devices(ctx context.Context, req teamwork.DevicesRequest) (*teamwork.Page[teamwork.Device], error) {
	say, err := u.asked(ctx, fmt.Sprintf("devices %d %q", req.Top, req.Page))
	if err != nil {
		return nil, err
	}
	d := &teamwork.Device{DeviceID: "d1", DeviceTypeRaw: "ipPhone", Notes: &say, Meta: u.meta()}
	return &teamwork.Page[teamwork.Device]{Items: []*teamwork.Device{d}, Next: "more", Meta: u.meta()}, nil
}

func (u *upstream) Device(ctx context.Context, deviceID string) (*teamwork.Device, error) {
	say, err := u.asked(ctx, "device "+deviceID)
	if err != nil {
		return nil, err
	}
	return &teamwork.Device{DeviceID: deviceID, DeviceTypeRaw: "ipPhone", Notes: &say, Meta: u.meta()}, nil
}

func (u *upstream) Activity(ctx context.Context, deviceID string) (*teamwork.DeviceActivity, error) {
	say, err := u.asked(ctx, "activity "+deviceID)
	if err != nil {
		return nil, err
	}
	speaker := &teamwork.Peripheral{DisplayName: &say}
	return &teamwork.DeviceActivity{ActivePeripherals: &teamwork.ActivePeripherals{Speaker: speaker}, Meta: u.meta()}, nil
}

func (u *upstream) Configuration(ctx context.Context, deviceID string) (*teamwork.DeviceConfiguration, error) {
	say, err := u.asked(ctx, "configuration "+deviceID)
	if err != nil {
		return nil, err
	}
	return &teamwork.DeviceConfiguration{SoftwareVersions: &teamwork.SoftwareVersions{FirmwareSoftwareVersion: &say}, Meta: u.meta()}, nil
}

func (u *upstream) Health(ctx context.Context, deviceID string) (*teamwork.DeviceHealth, error) {
	say, err := u.asked(ctx, "health "+deviceID)
	if err != nil {
		return nil, err
	}
	compute := &teamwork.PeripheralHealth{Peripheral: &teamwork.Peripheral{DisplayName: &say}}
	return &teamwork.DeviceHealth{HardwareHealth: &teamwork.HardwareHealth{ComputeHealth: compute}, Meta: u.meta()}, nil
}

func (u *upstream) Operations(ctx context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
	say, err := u.asked(ctx, fmt.Sprintf("operations %s %d %q", req.DeviceID, req.Top, req.Page))
	if err != nil {
		return nil, err
	}
	page := &teamwork.Page[teamwork.DeviceOperation]{Next: "more", Meta: u.meta()}
	for i := range req.Top {
		page.Items = append(page.Items, u.operation(req.DeviceID, fmt.Sprint("o", i), say))
	}
	return page, nil
}

func (u *upstream) Operation(ctx context.Context, key teamwork.DeviceOperationKey) (*teamwork.DeviceOperation, error) {
	say, err := u.asked(ctx, "operation "+key.DeviceID+" "+key.OperationID)
	if err != nil {
		return nil, err
	}
	return u.operation(key.DeviceID, key.OperationID, say), nil
}

func (u *upstream) CreateOperation(ctx context.Context, req teamwork.CreateOperation) (*teamwork.DeviceOperation, error) {
	say, err := u.asked(ctx, "create "+req.DeviceID)
	if err != nil {
		return nil, err
	}
	return u.operation(req.DeviceID, "new", say), nil
}

func (u *upstream) Status(context.Context) *teamwork.UpstreamStatus {
	return &teamwork.UpstreamStatus{}
}

// world is an upstream, a store with time that moves on demand, and replicas.
type world struct {
	*upstream
	t     *testing.T
	redis *miniredis.Miniredis
	mu    sync.Mutex
	time  time.Time
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, redis: miniredis.RunT(t), time: time.Date(2026, 11, 5, 9, 30, 0, 0, time.UTC)}
	w.upstream = &upstream{now: w.clock}
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.time
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	w.time = w.time.Add(d)
	w.mu.Unlock()
	w.redis.FastForward(d)
}

// replica returns a Service in front of the upstream, as another process would.
func (w *world) replica() *Service {
	w.t.Helper()
	return w.on(openPatient(w.t, "redis://"+w.redis.Addr()))
}

func (w *world) on(store cluster.Store) *Service {
	s := New(w.upstream, Options{Store: store, Now: w.clock, Logger: slog.New(slog.DiscardHandler)})
	w.t.Cleanup(s.Close)
	return s
}

func openStore(t testing.TB, url string) cluster.Store { return openFor(t, url, 0) }

// openPatient is for what is not about time: a busy machine may be late.
func openPatient(t testing.TB, url string) cluster.Store { return openFor(t, url, 10*time.Second) }

func openFor(t testing.TB, url string, patience time.Duration) cluster.Store {
	t.Helper()
	store, err := cluster.Open(url, cluster.Options{Logger: slog.New(slog.DiscardHandler), Patience: patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// as returns a context of a caller of the partition.
func as(ctx context.Context, partition string) context.Context {
	return teamwork.WithCaller(ctx, &teamwork.Caller{Partition: partition, Token: "s3cret"})
}

// ask is one read, and what its answer tells.
type ask func(ctx context.Context, s teamwork.Service) (say string, meta teamwork.ResourceMeta, err error)

// reads are the reads that are remembered.
var reads = []struct {
	name string
	ask  ask
}{
	{"Devices", func(ctx context.Context, s teamwork.Service) (string, teamwork.ResourceMeta, error) {
		p, err := s.Devices(ctx, teamwork.DevicesRequest{Top: 5})
		if err != nil {
			return "", teamwork.ResourceMeta{}, err
		}
		return *p.Items[0].Notes, p.Meta, nil
	}},
	{"Device", func(ctx context.Context, s teamwork.Service) (string, teamwork.ResourceMeta, error) {
		d, err := s.Device(ctx, "d1")
		if err != nil {
			return "", teamwork.ResourceMeta{}, err
		}
		return *d.Notes, d.Meta, nil
	}},
	{"Activity", func(ctx context.Context, s teamwork.Service) (string, teamwork.ResourceMeta, error) {
		a, err := s.Activity(ctx, "d1")
		if err != nil {
			return "", teamwork.ResourceMeta{}, err
		}
		return *a.ActivePeripherals.Speaker.DisplayName, a.Meta, nil
	}},
	{"Configuration", func(ctx context.Context, s teamwork.Service) (string, teamwork.ResourceMeta, error) {
		c, err := s.Configuration(ctx, "d1")
		if err != nil {
			return "", teamwork.ResourceMeta{}, err
		}
		return *c.SoftwareVersions.FirmwareSoftwareVersion, c.Meta, nil
	}},
	{"Health", func(ctx context.Context, s teamwork.Service) (string, teamwork.ResourceMeta, error) {
		h, err := s.Health(ctx, "d1")
		if err != nil {
			return "", teamwork.ResourceMeta{}, err
		}
		return *h.HardwareHealth.ComputeHealth.Peripheral.DisplayName, h.Meta, nil
	}},
	{"Operations", func(ctx context.Context, s teamwork.Service) (string, teamwork.ResourceMeta, error) {
		p, err := s.Operations(ctx, teamwork.OperationsRequest{DeviceID: "d1", Top: 5})
		if err != nil {
			return "", teamwork.ResourceMeta{}, err
		}
		return *p.Items[0].Error.Message, p.Meta, nil
	}},
	{"Operation", func(ctx context.Context, s teamwork.Service) (string, teamwork.ResourceMeta, error) {
		o, err := s.Operation(ctx, teamwork.DeviceOperationKey{DeviceID: "d1", OperationID: "o1"})
		if err != nil {
			return "", teamwork.ResourceMeta{}, err
		}
		return *o.Error.Message, o.Meta, nil
	}},
}

var restart = teamwork.CreateOperation{DeviceID: "d1", OperationType: teamwork.DeviceRestart, Status: teamwork.StatusQueued}

// readNamed returns one of the reads.
func readNamed(name string) ask {
	for _, r := range reads {
		if r.name == name {
			return r.ask
		}
	}
	panic("no read " + name)
}

func (u *upstream) CreateOperations(ctx context.Context, reqs []teamwork.CreateOperation) []teamwork.CreateResult {
	results := make([]teamwork.CreateResult, len(reqs))
	for i, req := range reqs {
		results[i].Operation, results[i].Err = u.CreateOperation(ctx, req)
	}
	return results
}
