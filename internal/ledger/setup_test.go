package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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

// upstream counts what it is sent, and does what a test says.
type upstream struct {
	teamwork.Service // nil: nothing else is asked

	mu    sync.Mutex
	sent  int
	calls int // of CreateOperations
	keys  int // that came through
	reads int
	ops   map[string][]*teamwork.DeviceOperation // newest first
	// answer decides each create: whether it is done, and what is said of it.
	answer func(req teamwork.CreateOperation) (work bool, err error)
	// before is called without the lock before anything is done, nil for nothing.
	before func(req teamwork.CreateOperation)
	// readError is what reading operations ends in.
	readError error
	skew      time.Duration // of its clock
	undated   bool          // its operations have no creation time
}

func newUpstream() *upstream {
	return &upstream{ops: map[string][]*teamwork.DeviceOperation{}, answer: works}
}

func works(teamwork.CreateOperation) (bool, error) { return true, nil }

// fails answers each create with err, having done it or not.
func fails(work bool, err error) func(teamwork.CreateOperation) (bool, error) {
	return func(teamwork.CreateOperation) (bool, error) { return work, err }
}

func (u *upstream) set(answer func(teamwork.CreateOperation) (bool, error)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.answer = answer
}

func (u *upstream) CreateOperation(ctx context.Context, req teamwork.CreateOperation) (*teamwork.DeviceOperation, error) {
	if u.before != nil {
		u.before(req)
	}
	if ctx.Err() != nil {
		return nil, &teamwork.Error{Kind: teamwork.OutcomeUnknown, Err: ctx.Err()}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sent++
	if req.IdempotencyKey != nil {
		u.keys++
	}
	work, err := u.answer(req)
	if !work {
		return nil, err
	}
	op := u.start(req)
	if err != nil {
		return nil, err
	}
	return op, nil
}

// start adds an operation, as somebody else may.
func (u *upstream) start(req teamwork.CreateOperation) *teamwork.DeviceOperation {
	list := u.ops[req.DeviceID]
	op := &teamwork.DeviceOperation{
		OperationID: fmt.Sprintf("op%d", len(list)+1), DeviceID: req.DeviceID, OperationTypeRaw: string(req.OperationType), StatusRaw: "Queued",
		CreatedDateTime: teamwork.At(time.Now().Add(u.skew)), Meta: teamwork.FetchedNow(time.Now(), nil),
	}
	if req.CreatedDateTime.Known() {
		op.CreatedDateTime = req.CreatedDateTime
	}
	if u.undated {
		op.CreatedDateTime = teamwork.ParseDateTime("2021-06-19T12-01-03.45Z")
	}
	if req.LastActionBy != nil {
		op.LastActionBy = &teamwork.IdentitySet{User: &teamwork.UserIdentity{ID: req.LastActionBy.User.ID}}
	}
	u.ops[req.DeviceID] = append([]*teamwork.DeviceOperation{op}, list...)
	return op
}

func (u *upstream) CreateOperations(ctx context.Context, reqs []teamwork.CreateOperation) []teamwork.CreateResult {
	u.mu.Lock()
	u.calls++
	u.mu.Unlock()
	results := make([]teamwork.CreateResult, len(reqs))
	var all sync.WaitGroup
	for i, req := range reqs {
		all.Go(func() { results[i].Operation, results[i].Err = u.CreateOperation(ctx, req) })
	}
	all.Wait()
	return results
}

// inSeries is an upstream that panics where its caller can recover.
type inSeries struct{ *upstream }

func (u inSeries) CreateOperations(ctx context.Context, reqs []teamwork.CreateOperation) []teamwork.CreateResult {
	results := make([]teamwork.CreateResult, len(reqs))
	for i, req := range reqs {
		results[i].Operation, results[i].Err = u.CreateOperation(ctx, req)
	}
	return results
}

// pageSize is how many operations the fake has on a page.
const pageSize = 3

func (u *upstream) Operations(_ context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.reads++
	if u.readError != nil {
		return nil, u.readError
	}
	from := 0
	_, _ = fmt.Sscan(req.Page, &from)
	list := u.ops[req.DeviceID]
	page := &teamwork.Page[teamwork.DeviceOperation]{Items: list[from:min(len(list), from+pageSize)]}
	if from+pageSize < len(list) {
		page.Next = fmt.Sprint(from + pageSize)
	}
	return page, nil
}

// count returns how many creates came, and how many operations there are.
func (u *upstream) count(device string) (sent, operations int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.sent, len(u.ops[device])
}

// shelf is what the replicas of a test share.
type shelf struct {
	mu     sync.Mutex
	values map[string]entry
	leases map[string]lease
}

type lease struct {
	holder any
	until  time.Time
}

func newShelf() *shelf { return &shelf{values: map[string]entry{}, leases: map[string]lease{}} }

// seat is one replica's way to a shelf; its embedded Store is nil.
type seat struct {
	cluster.Store
	*shelf
	// trouble says how a call goes wrong: it is not done, or it is and nobody hears.
	trouble func(op string) (lost, unheard bool)
}

var errAway = errors.New("the store is away")

func (s *seat) call(op string, f func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	lost, unheard := false, false
	if s.trouble != nil {
		lost, unheard = s.trouble(op)
	}
	if !lost {
		f()
	}
	if lost || unheard {
		return errAway
	}
	return nil
}

func (s *seat) Get(_ context.Context, keys ...string) (values [][]byte, err error) {
	err = s.call("get", func() { values = [][]byte{s.value(keys[0])} })
	return values, err
}

func (s *seat) value(key string) []byte {
	if e, ok := s.values[key]; ok && time.Now().Before(e.until) {
		return e.value
	}
	return nil
}

func (s *seat) Swap(_ context.Context, key string, old, next []byte, ttl time.Duration) (done bool, err error) {
	err = s.call("swap", func() {
		if done = string(s.value(key)) == string(old); done {
			s.values[key] = entry{next, time.Now().Add(ttl)}
		}
	})
	return done && err == nil, err
}

func (s *seat) Lease(_ context.Context, key string, ttl time.Duration) (taken cluster.Lease, err error) {
	err = s.call("lease", func() {
		if l, ok := s.leases[key]; ok && time.Now().Before(l.until) {
			return
		}
		mine := &seatLease{s, key}
		s.leases[key] = lease{mine, time.Now().Add(ttl)}
		taken = mine
	})
	if err != nil {
		return nil, err
	}
	return taken, nil
}

type seatLease struct {
	s   *seat
	key string
}

func (l *seatLease) Extend(_ context.Context, ttl time.Duration) (held bool, err error) {
	err = l.s.call("extend", func() {
		if now := l.s.leases[l.key]; now.holder == any(l) && time.Now().Before(now.until) {
			l.s.leases[l.key], held = lease{l, time.Now().Add(ttl)}, true
		}
	})
	return held, err
}

func (l *seatLease) Release(context.Context) error {
	return l.s.call("release", func() {
		if l.s.leases[l.key].holder == any(l) {
			delete(l.s.leases, l.key)
		}
	})
}

// replica returns a ledger before u that ends with the test.
func replica(t testing.TB, u *upstream, store cluster.Store) *Service {
	t.Helper()
	s := New(u, Options{Store: store, Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(s.Close)
	return s
}

func caller(ctx context.Context) context.Context {
	return teamwork.WithCaller(ctx, &teamwork.Caller{Partition: "p"})
}

// restart asks for a restart of a device under a key.
func restart(device, key string) teamwork.CreateOperation {
	return teamwork.CreateOperation{DeviceID: device, OperationType: teamwork.DeviceRestart, Status: teamwork.StatusQueued, IdempotencyKey: &key}
}

func create(ctx context.Context, s *Service, req teamwork.CreateOperation) teamwork.CreateResult {
	return s.CreateOperations(caller(ctx), []teamwork.CreateOperation{req})[0]
}

// said describes a result: the operation or the kind, and whether it was told again.
func said(r teamwork.CreateResult) string {
	text := "nothing"
	switch {
	case r.Operation != nil && r.Err != nil:
		text = "both"
	case r.Operation != nil:
		text = r.Operation.OperationID
	case r.Err != nil:
		text = teamwork.KindOf(r.Err).String()
		if e, ok := errors.AsType[*teamwork.Error](r.Err); ok && e.Unsent {
			text += ", unsent"
		}
	}
	if r.Replayed {
		text += ", replayed"
	}
	return text
}
