package cache

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// modelCall is one request to upstream, and what the truth was when it was answered.
type modelCall struct {
	n         int
	replica   int
	partition string
	noun      string
	question  question

	begin, end time.Time // true
	clock      time.Time // the replica's own at the end
	expires    time.Time // of the caller's token
	seq        int       // orders what upstream did
	versions   map[string]int
	ops        []string // the device's, their states then, oldest first
	refused    bool     // with a 401, 403, 404 or 410
	absent     bool     // with a 404
	known      bool     // to the replica, until then
}

func (c *modelCall) String() string {
	return fmt.Sprintf("call %d (%s of %s by replica %d for %s, versions %v, #%d, %s to %s, %s by its clock)", c.n, c.noun, c.question.device,
		c.replica, c.partition, c.versions, c.seq, c.begin.Format(clockFace), c.end.Format(clockFace), c.clock.Format(clockFace))
}

// modelDevice is the truth about one.
type modelDevice struct {
	version int
	ops     []string // states, oldest first; their ids are their places
}

// upstreamFault is how upstream fares, for one partition or ("") for all.
type upstreamFault struct {
	kind      string
	partition string
}

// upstreamFaults are the kinds of them.
var upstreamFaults = []string{"well", "slow", "hangs", "429", "500", "nonsense", "401", "403", "404", "410"}

// modelTruth is what upstream knows, the same for all who ask.
type modelTruth struct {
	m  *model
	mu sync.Mutex

	devices map[string]*modelDevice
	calls   []*modelCall
	seq     int
	fault   upstreamFault
}

var modelDevices = []string{"d0", "d1", "d2"}

func newModelTruth(m *model) *modelTruth {
	t := &modelTruth{m: m, devices: map[string]*modelDevice{}}
	for _, id := range modelDevices {
		t.devices[id] = &modelDevice{version: 1, ops: []string{"Successful"}}
	}
	return t
}

// change has something happen on a device.
func (t *modelTruth) change(device string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	d := t.devices[device]
	d.version++
	t.seq++
	for i, state := range d.ops {
		if state == "Queued" {
			d.ops[i] = "InProgress"
			return
		} else if state == "InProgress" {
			d.ops[i] = "Successful"
			return
		}
	}
}

func (t *modelTruth) faultFor(partition string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f := t.fault; f.kind != "" && (f.partition == "" || f.partition == partition) {
		return f.kind
	}
	return "well"
}

// upstreamOf is upstream as one replica meets it.
type upstreamOf struct {
	teamwork.Service
	t       *modelTruth
	replica *modelReplica
}

// ask is one request: what it says was true at its begin or at its end.
func (u upstreamOf) ask(ctx context.Context, noun string, q question) (*modelCall, error) {
	t := u.t
	caller := teamwork.CallerFrom(ctx)
	c := &modelCall{replica: u.replica.n, partition: caller.Partition, noun: noun, question: q,
		begin: t.m.now(), expires: caller.Expires}
	fault := t.faultFor(c.partition)
	t.mu.Lock()
	c.n = len(t.calls)
	t.calls = append(t.calls, c)
	t.mu.Unlock()
	what := fmt.Sprint(c.replica, c.partition, noun, q)
	takes := time.Duration(5+t.m.redis.drawn(what, 60)) * time.Millisecond
	switch fault {
	case "slow":
		most := []int{1000, 6000}[t.m.redis.drawn(what, 2)]
		takes = time.Duration(100+t.m.redis.drawn(what, most)) * time.Millisecond
	case "hangs":
		takes = time.Minute
	}
	early := t.m.redis.drawn(what, 2) == 0
	if early {
		t.sample(c)
	}
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if !early {
		t.sample(c)
	}
	c.end, c.clock = t.m.now(), u.replica.clock()
	return c, t.answer(c, fault)
}

func (t *modelTruth) sample(c *modelCall) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seq++
	c.seq, c.versions = t.seq, make(map[string]int, len(t.devices))
	for id, d := range t.devices {
		c.versions[id] = d.version
	}
	if d := t.devices[c.question.device]; d != nil {
		c.ops = append(c.ops, d.ops...)
	}
}

// answer returns the error that the fault wants.
func (t *modelTruth) answer(c *modelCall, fault string) error {
	e := &teamwork.Error{Message: "call " + strconv.Itoa(c.n) + ".", Kind: teamwork.Unavailable}
	switch fault {
	case "well", "slow", "hangs":
		return nil
	case "429":
		e.Kind, e.RetryAfter = teamwork.Throttled, time.Duration(t.m.redis.drawn(fault, 5))*time.Second
	case "nonsense":
		e.Kind = teamwork.BadResponse
	case "401":
		e.Kind = teamwork.Unauthenticated
	case "403":
		e.Kind = teamwork.Forbidden
	case "404":
		e.Kind = teamwork.NotFound
	}
	if status, err := strconv.Atoi(fault); err == nil {
		e.Upstream = &teamwork.UpstreamAnswer{Status: status}
		c.absent = status == http.StatusNotFound
		c.refused = status >= http.StatusUnauthorized && status <= http.StatusGone
	}
	if c.refused {
		t.m.refused(c)
	}
	return e
}

// text is what an answer says of itself.
func (c *modelCall) text() *string {
	say := "call " + strconv.Itoa(c.n) + "."
	return &say
}

// callIn finds the call that a text names, nil if none.
func (t *modelTruth) callIn(text string) *modelCall {
	_, after, ok := strings.Cut(text, "call ")
	number, _, _ := strings.Cut(after, ".")
	n, err := strconv.Atoi(number)
	t.mu.Lock()
	defer t.mu.Unlock()
	if !ok || err != nil || n >= len(t.calls) {
		return nil
	}
	return t.calls[n]
}

func (c *modelCall) meta() teamwork.ResourceMeta { return teamwork.FetchedNow(c.clock, nil) }

func (c *modelCall) operation(i int) *teamwork.DeviceOperation {
	created := teamwork.At(time.Date(2026, 1, 1, 0, 0, i, 0, time.UTC))
	return &teamwork.DeviceOperation{OperationID: strconv.Itoa(i), DeviceID: c.question.device, OperationTypeRaw: "deviceRestart",
		StatusRaw: c.ops[i], CreatedDateTime: created, Error: &teamwork.OperationError{Message: c.text()}, Meta: c.meta()}
}

func (u upstreamOf) Devices(ctx context.Context, req teamwork.DevicesRequest) (*teamwork.Page[teamwork.Device], error) {
	c, err := u.ask(ctx, "devices", devicesQuestion(req))
	if err != nil {
		return nil, err
	}
	page := &teamwork.Page[teamwork.Device]{Meta: c.meta()}
	for _, id := range modelDevices {
		page.Items = append(page.Items, &teamwork.Device{DeviceID: id, Notes: c.text(), Meta: c.meta()})
	}
	return page, nil
}

func (u upstreamOf) Device(ctx context.Context, id string) (*teamwork.Device, error) {
	c, err := u.ask(ctx, "device", about(id))
	if err != nil {
		return nil, err
	}
	return &teamwork.Device{DeviceID: id, Notes: c.text(), Meta: c.meta()}, nil
}

func (u upstreamOf) Configuration(ctx context.Context, id string) (*teamwork.DeviceConfiguration, error) {
	c, err := u.ask(ctx, "configuration", about(id))
	if err != nil {
		return nil, err
	}
	return &teamwork.DeviceConfiguration{SoftwareVersions: &teamwork.SoftwareVersions{FirmwareSoftwareVersion: c.text()}, Meta: c.meta()}, nil
}

func (u upstreamOf) Health(ctx context.Context, id string) (*teamwork.DeviceHealth, error) {
	c, err := u.ask(ctx, "health", about(id))
	if err != nil {
		return nil, err
	}
	part := &teamwork.PeripheralHealth{Peripheral: &teamwork.Peripheral{DisplayName: c.text()}}
	return &teamwork.DeviceHealth{HardwareHealth: &teamwork.HardwareHealth{ComputeHealth: part}, Meta: c.meta()}, nil
}

func (u upstreamOf) Operations(ctx context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
	c, err := u.ask(ctx, "operations", operationsQuestion(req))
	if err != nil {
		return nil, err
	}
	page := &teamwork.Page[teamwork.DeviceOperation]{Meta: c.meta()}
	for i := len(c.ops) - 1; i >= 0 && len(page.Items) < req.Top; i-- {
		page.Items = append(page.Items, c.operation(i))
	}
	return page, nil
}

func (u upstreamOf) Operation(ctx context.Context, key teamwork.DeviceOperationKey) (*teamwork.DeviceOperation, error) {
	c, err := u.ask(ctx, "operation", operationQuestion(key))
	if err != nil {
		return nil, err
	}
	i, _ := strconv.Atoi(key.OperationID)
	return c.operation(i), nil
}

// modelSeq is where a create's context wants to know its place among what happened.
type modelSeq struct{}

// CreateOperation may have done its work whatever it answers.
func (u upstreamOf) CreateOperation(ctx context.Context, req teamwork.CreateOperation) (*teamwork.DeviceOperation, error) {
	fault := u.t.faultFor(partitionOf(ctx))
	u.t.mu.Lock()
	d := u.t.devices[req.DeviceID]
	d.version++
	d.ops = append(d.ops, "Queued")
	id := strconv.Itoa(len(d.ops) - 1)
	u.t.seq++
	*ctx.Value(modelSeq{}).(*int) = u.t.seq
	u.t.mu.Unlock()
	if fault == "429" || fault == "500" {
		return nil, &teamwork.Error{Kind: teamwork.OutcomeUnknown}
	}
	time.Sleep(10 * time.Millisecond)
	return &teamwork.DeviceOperation{OperationID: id, DeviceID: req.DeviceID}, nil
}

func (t *modelTruth) set(fault upstreamFault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fault = fault
}

// operations returns how many operations a device has.
func (t *modelTruth) operations(device string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.devices[device].ops)
}

func (u upstreamOf) CreateOperations(ctx context.Context, reqs []teamwork.CreateOperation) []teamwork.CreateResult {
	results := make([]teamwork.CreateResult, len(reqs))
	for i, req := range reqs {
		results[i].Operation, results[i].Err = u.CreateOperation(ctx, req)
	}
	return results
}
