// Package cache is a teamwork.Service that remembers what another one answered.
//
// What one partition was told is never shown to another; a read without a Caller
// is passed on and not remembered. Only answers are kept, "there is none" among
// them; errors are not. A store that is slow, down or full of nonsense costs a
// read time and never its answer.
//
// # Generations
//
// Everything of one device hangs on the device's generation, a random token in
// the store. An entry holds the generation that was read before its value was
// fetched, and counts only while that is still the device's: to forget a device
// is to write a new token. So a value fetched before a write can't come back
// after it, however late it is kept and by whichever replica. A token is written
// at most once, so that writes of it may overtake one another. A final operation can't
// change: its entry hangs on the token's epoch alone, which a create leaves as it is.
//
// Within a generation, entries are written with the pen that was taken before their value
// was fetched, and so stand in the order of the fetches, however late a write arrives.
package cache

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// Options are what New may be told.
type Options struct {
	// Store is where answers are kept.
	Store cluster.Store
	// Logger is slog's default if nil.
	Logger *slog.Logger
	// Now is time.Now if nil.
	Now func() time.Time
	// Memory bounds what is kept decoded in this process, in bytes; 0 keeps nothing.
	Memory int64
	// Stale is how long past its freshness an answer may be served when upstream can't
	// do better; 24 h if 0, not at all if negative.
	Stale time.Duration
	// Patience is how long a reader waits for upstream with such an answer in hand;
	// 2 s if 0.
	Patience time.Duration
	// Observe, if set, is told how each read ended, by noun.
	Observe func(noun string, how Outcome)
	// Sighted, if set, is told of the operations that an answer shows which came from
	// upstream, or from another replica: of a page, which is the device's first or not, or
	// of one alone. The context is a reader's, with its Caller. Readers wait for it.
	Sighted func(ctx context.Context, deviceID string, ops []*teamwork.DeviceOperation, firstPage bool)
	// LoadTimeout is how long one flight to upstream may take, whoever waits for
	// it; 15 s if 0.
	LoadTimeout time.Duration
}

// Service remembers what the Service behind it answered. A read that it does not
// override passes through, which is correct; a write must be overridden, or it
// would leave old answers behind.
type Service struct {
	teamwork.Service // the one behind

	store       cluster.Store
	log         *slog.Logger
	now         func() time.Time
	loadTimeout time.Duration
	stale       time.Duration
	patience    time.Duration
	observe     func(noun string, how Outcome)
	sighted     func(ctx context.Context, deviceID string, ops []*teamwork.DeviceOperation, firstPage bool)
	name        string                // of this replica
	marks       atomic.Pointer[marks] // an Admin's, nil without
	near        *near
	flights     singleflight.Group
	holdups     holdups
	joined      joined
	forgotten   forgotten
	landings    landings
	pauses      pauses
	work        *work
	reminding   atomic.Bool // somebody will tell the store what it does not know
	deafen      func()
	deaf        atomic.Bool // from the beginning of Close
	refused     refusedKeys
	finals      *finals
	clocks      clocks
	troubles    troubles
	rules       rules // all of them, except in a test
}

var _ teamwork.Service = (*Service)(nil)

// New returns a Service that asks next for what opts.Store does not hold.
func New(next teamwork.Service, opts Options) *Service {
	s := &Service{
		Service: next, store: opts.Store, log: opts.Logger, now: opts.Now,
		loadTimeout: opts.LoadTimeout, stale: max(0, opts.Stale), patience: opts.Patience, observe: opts.Observe, sighted: opts.Sighted,
		name: newName(), near: newNear(opts.Memory), work: newWork(), finals: newFinals(),
	}
	if opts.Stale == 0 {
		s.stale = defaultStale
	}
	if s.patience <= 0 {
		s.patience = defaultPatience
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.loadTimeout <= 0 {
		s.loadTimeout = 15 * time.Second
	}
	s.deafen = s.listen()
	return s
}

const (
	defaultStale    = 24 * time.Hour
	defaultPatience = 2 * time.Second
)

// Outcome says where a read's answer came from.
type Outcome string

// The outcomes of a read.
const (
	Near     Outcome = "near"     // from this process's memory
	Shared   Outcome = "shared"   // from the store, or from another replica
	Upstream Outcome = "upstream" // from the Service behind
	Stale    Outcome = "stale"    // past its freshness, from wherever
	None     Outcome = "none"     // there was no answer
)

// saw counts how a read ended.
func (s *Service) saw(noun string, how Outcome) {
	if s.observe != nil {
		s.observe(noun, how)
	}
}

// Wait returns when all that was loaded so far has been kept, or given up.
func (s *Service) Wait() { s.work.wait() }

// Close ends what is under way and waits for it. It leaves the store open. A
// closed Service must not be asked.
func (s *Service) Close() {
	s.deaf.Store(true)
	s.deafen()
	s.work.close()
	s.near.close()
}

// Devices returns one page of the tenant's devices.
func (s *Service) Devices(ctx context.Context, req teamwork.DevicesRequest) (*teamwork.Page[teamwork.Device], error) {
	return read(ctx, s, &devicesNoun, devicesQuestion(req), func(ctx context.Context) (*teamwork.Page[teamwork.Device], error) {
		return s.Service.Devices(ctx, req)
	})
}

// Device returns one device.
func (s *Service) Device(ctx context.Context, deviceID string) (*teamwork.Device, error) {
	return read(ctx, s, &deviceNoun, about(deviceID), func(ctx context.Context) (*teamwork.Device, error) {
		return s.Service.Device(ctx, deviceID)
	})
}

// Activity returns the peripherals that a device is using.
func (s *Service) Activity(ctx context.Context, deviceID string) (*teamwork.DeviceActivity, error) {
	return read(ctx, s, &activityNoun, about(deviceID), func(ctx context.Context) (*teamwork.DeviceActivity, error) {
		return s.Service.Activity(ctx, deviceID)
	})
}

// Configuration returns a device's settings.
func (s *Service) Configuration(ctx context.Context, deviceID string) (*teamwork.DeviceConfiguration, error) {
	return read(ctx, s, &configurationNoun, about(deviceID), func(ctx context.Context) (*teamwork.DeviceConfiguration, error) {
		return s.Service.Configuration(ctx, deviceID)
	})
}

// Health returns the state of a device and of its parts.
func (s *Service) Health(ctx context.Context, deviceID string) (*teamwork.DeviceHealth, error) {
	return read(ctx, s, &healthNoun, about(deviceID), func(ctx context.Context) (*teamwork.DeviceHealth, error) {
		return s.Service.Health(ctx, deviceID)
	})
}

// Operations returns one page of a device's operations.
func (s *Service) Operations(ctx context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
	return read(ctx, s, &operationsNoun, operationsQuestion(req), func(ctx context.Context) (*teamwork.Page[teamwork.DeviceOperation], error) {
		return s.Service.Operations(ctx, req)
	})
}

// Operation returns one operation.
func (s *Service) Operation(ctx context.Context, key teamwork.DeviceOperationKey) (*teamwork.DeviceOperation, error) {
	return read(ctx, s, &operationNoun, operationQuestion(key), func(ctx context.Context) (*teamwork.DeviceOperation, error) {
		return s.Service.Operation(ctx, key)
	})
}

// CreateOperation lets the write through and forgets the device, whatever came
// of it, unless it is sure that nothing was sent. A reader that comes after the
// answer finds nothing from before it.
func (s *Service) CreateOperation(ctx context.Context, req teamwork.CreateOperation) (op *teamwork.DeviceOperation, err error) {
	defer func() {
		if wrote(err) {
			s.forget(ctx, req.DeviceID)
		}
	}()
	return s.Service.CreateOperation(ctx, req)
}

// CreateOperations lets the writes through and forgets their devices, as
// CreateOperation does.
func (s *Service) CreateOperations(ctx context.Context, reqs []teamwork.CreateOperation) []teamwork.CreateResult {
	return s.createMany(ctx, reqs, func(string) context.Context { return ctx })
}

// createMany forgets each device for the caller that callerOf names.
func (s *Service) createMany(ctx context.Context, reqs []teamwork.CreateOperation, callerOf func(deviceID string) context.Context) (results []teamwork.CreateResult) {
	defer func() {
		touched := map[string]bool{}
		for i, req := range reqs {
			if i >= len(results) || wrote(results[i].Err) {
				touched[req.DeviceID] = true
			}
		}
		devices := slices.Collect(maps.Keys(touched))
		teamwork.Each(len(devices), forgetAtOnce, func(i int) { s.forget(callerOf(devices[i]), devices[i]) })
	}()
	return s.Service.CreateOperations(ctx, reqs)
}

// forgetAtOnce leaves connections to the store for readers.
const forgetAtOnce = 16

// wrote reports whether a create that ended so may have happened.
func wrote(err error) bool {
	var e *teamwork.Error
	return !errors.As(err, &e) || e.Kind != teamwork.Invalid && !e.Unsent
}
