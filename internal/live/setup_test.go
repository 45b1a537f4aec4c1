package live

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestMain(m *testing.M) {
	redistest.Main(m)
}

// tenant is an upstream whose operations move when a test says so.
type tenant struct {
	teamwork.Service // nil: nothing else is asked

	mu      sync.Mutex
	ops     map[string][]*teamwork.DeviceOperation // of each device, newest first
	pages   int
	lone    int // reads of one operation
	by      []teamwork.Token
	at      []time.Time // of the pages
	err     error       // of all reads
	errOne  error       // of reads of one operation
	pageTop int         // how many a page shows, all if 0
	until   time.Time   // throttled
}

func newTenant() *tenant { return &tenant{ops: map[string][]*teamwork.DeviceOperation{}} }

var errMissing = &teamwork.Error{Kind: teamwork.NotFound, Message: "There is no such thing."}

func (u *tenant) Operations(ctx context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.pages++
	u.at = append(u.at, time.Now())
	u.by = append(u.by, teamwork.CallerFrom(ctx).Token)
	ops, ok := u.ops[req.DeviceID]
	switch {
	case u.err != nil:
		return nil, u.err
	case !ok:
		return nil, errMissing
	}
	if u.pageTop > 0 {
		ops = ops[:min(len(ops), u.pageTop)]
	}
	page := &teamwork.Page[teamwork.DeviceOperation]{Meta: teamwork.FetchedNow(time.Now(), nil)}
	for _, op := range ops {
		page.Items = append(page.Items, shown(op))
	}
	return page, nil
}

// shown returns a copy as it was fetched now.
func shown(op *teamwork.DeviceOperation) *teamwork.DeviceOperation {
	c := *op
	c.Meta = teamwork.FetchedNow(time.Now(), nil)
	return &c
}

func (u *tenant) Operation(_ context.Context, key teamwork.DeviceOperationKey) (*teamwork.DeviceOperation, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.lone++
	if u.err != nil {
		return nil, u.err
	}
	if u.errOne != nil {
		return nil, u.errOne
	}
	for _, op := range u.ops[key.DeviceID] {
		if op.OperationID == key.OperationID {
			return shown(op), nil
		}
	}
	return nil, errMissing
}

func (u *tenant) Status(context.Context) *teamwork.UpstreamStatus {
	u.mu.Lock()
	defer u.mu.Unlock()
	return &teamwork.UpstreamStatus{ThrottledUntil: teamwork.At(u.until)}
}

func (u *tenant) CreateOperation(_ context.Context, req teamwork.CreateOperation) (*teamwork.DeviceOperation, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.err != nil {
		return nil, u.err
	}
	return shown(u.addLocked(req.DeviceID, "c"+strconv.Itoa(len(u.ops[req.DeviceID])), teamwork.StatusQueued)), nil
}

func (u *tenant) CreateOperations(ctx context.Context, reqs []teamwork.CreateOperation) []teamwork.CreateResult {
	results := make([]teamwork.CreateResult, len(reqs))
	for i, req := range reqs {
		results[i].Operation, results[i].Err = u.CreateOperation(ctx, req)
	}
	return results
}

func (u *tenant) addLocked(device, id string, status teamwork.DeviceOperationStatus) *teamwork.DeviceOperation {
	now := teamwork.At(time.Now())
	op := &teamwork.DeviceOperation{OperationID: id, DeviceID: device, OperationTypeRaw: "deviceRestart", StatusRaw: string(status), CreatedDateTime: now, LastActionDateTime: now}
	u.ops[device] = append([]*teamwork.DeviceOperation{op}, u.ops[device]...)
	return op
}

// add puts a new operation on a device; one without a status makes only the device.
func (u *tenant) add(device, id string, status teamwork.DeviceOperationStatus) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if status == "" {
		u.ops[device] = nil
		return
	}
	u.addLocked(device, id, status)
}

// move gives an operation another state.
func (u *tenant) move(device, id string, status teamwork.DeviceOperationStatus) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i, op := range u.ops[device] {
		if op.OperationID == id {
			c := *op
			c.StatusRaw, c.LastActionDateTime = string(status), teamwork.At(time.Now())
			u.ops[device] = slices.Clone(u.ops[device])
			u.ops[device][i] = &c
		}
	}
}

func (u *tenant) set(f func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	f()
}

func (u *tenant) count() (pages, lone int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.pages, u.lone
}

func openStore(t testing.TB, url string) cluster.Store {
	t.Helper()
	store, err := cluster.Open(url, cluster.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// replica returns a Watcher over an upstream, to be closed with the test.
func replica(t testing.TB, u teamwork.Service, store cluster.Store, opts Options) *Watcher {
	t.Helper()
	opts.Store = store
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	w := New(u, opts)
	t.Cleanup(w.Close)
	return w
}

// as returns a context of a caller.
func as(t testing.TB, partition string) context.Context {
	return teamwork.WithCaller(t.Context(), &teamwork.Caller{Partition: partition})
}

// one watches one operation.
func one(t testing.TB, w *Watcher, ctx context.Context, device, id string) teamwork.Watch {
	t.Helper()
	watch, err := w.WatchOperation(ctx, teamwork.DeviceOperationKey{DeviceID: device, OperationID: id})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(watch.Close)
	return watch
}

// many watches devices.
func many(t testing.TB, w *Watcher, ctx context.Context, filter *teamwork.DeviceOperationFilter, devices ...string) teamwork.Watch {
	t.Helper()
	watch, err := w.WatchOperations(ctx, devices, filter)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(watch.Close)
	return watch
}

// say writes an event as a line, such as "changed a Queued→InProgress".
func say(event *teamwork.DeviceOperationEvent, err error) string {
	switch {
	case errors.Is(err, io.EOF):
		return "end"
	case errors.Is(err, context.DeadlineExceeded):
		return "nothing"
	case err != nil:
		return teamwork.KindOf(err).String()
	}
	text := string(event.Kind) + " " + event.DeviceOperation.OperationID + " "
	if event.PreviousStatus != nil {
		text += string(*event.PreviousStatus) + "→"
	}
	return text + string(event.DeviceOperation.Status())
}

// within returns what comes within a time, "nothing" if nothing does.
func within(t testing.TB, watch teamwork.Watch, patience time.Duration) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return say(watch.Next(ctx))
}

// want checks the next events of a watch, each of which may take a time.
func want(t testing.TB, watch teamwork.Watch, patience time.Duration, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if got := within(t, watch, patience); got != line {
			t.Fatalf("got %q, want %q", got, line)
		}
	}
}
