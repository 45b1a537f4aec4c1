package cache

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// model is three replicas over one Redis and one upstream, in a time of their own, and
// what must be true of their answers.
type model struct {
	redis    *modelRedis
	truth    *modelTruth
	replicas []*modelReplica
	stale    time.Duration
	jumped   atomic.Int64 // how far the simulated time is ahead of the bubble's
	running  sync.WaitGroup

	mu         sync.Mutex
	creates    []*modelCreate
	sightings  map[string]sighting
	refusals   map[string]*modelCall
	violations []string
	story      []string    // what happened
	audit      atomic.Bool // too much to tell
}

// modelReplica is a Service with a clock and a Redis connection of its own.
type modelReplica struct {
	m    *model
	n    int
	s    *Service
	conn *modelConn

	mu       sync.Mutex
	skew     time.Duration
	stepped  time.Time // when the clock was set last
	troubled time.Time // when Redis was away last
	isDeaf   bool      // and knows it
}

func newModel(seed uint64, off rules) *model {
	chance := rand.New(rand.NewPCG(seed, 1))
	m := &model{sightings: map[string]sighting{}, refusals: map[string]*modelCall{}}
	m.stale = []time.Duration{time.Minute, 15 * time.Minute, 24 * time.Hour}[chance.IntN(3)]
	m.truth = newModelTruth(m)
	m.redis = &modelRedis{now: m.now, values: map[string]modelValue{}, leases: map[string]*modelLease{}, seed: seed, draws: map[string]uint64{}}
	right := chance.IntN(3) == 0 // all clocks are
	for n := range 3 {
		r := &modelReplica{m: m, n: n, conn: &modelConn{modelRedis: m.redis, name: strconv.Itoa(n)}}
		r.conn.asked = func(key string) { m.asked(r, key) }
		if !right {
			r.skew = time.Duration(chance.IntN(20_000)-10_000) * time.Millisecond
		}
		m.redis.conns = append(m.redis.conns, r.conn)
		m.replicas = append(m.replicas, r)
		r.s = New(upstreamOf{t: m.truth, replica: r}, Options{Store: r.conn, Now: r.clock, Stale: m.stale,
			Memory: 1 << 20, Logger: slog.New(slog.DiscardHandler)})
		r.s.rules = off
		r.s.near.rules = off
	}
	for _, r := range m.replicas {
		r.conn.say(true)
	}
	return m
}

func (m *model) now() time.Time { return time.Now().Add(time.Duration(m.jumped.Load())) }

func (r *modelReplica) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.m.now().Add(r.skew)
}

func (r *modelReplica) setClock(skew time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.skew, r.stepped = skew, r.m.now()
}

func (r *modelReplica) steppedSince(t time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.stepped.IsZero() && !r.stepped.Before(t)
}

// trouble notes that Redis is away, or was until now.
func (r *modelReplica) trouble() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.troubled = r.m.now()
}

// neverTroubled reports whether it could hear and ask from the beginning.
func (r *modelReplica) neverTroubled() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.troubled.IsZero()
}

func (r *modelReplica) troubledSince(t time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.conn.mode() != redisWell || !r.conn.hears() || !r.troubled.Before(t)
}

// pass lets time go by: a minute as it is, with all that happens in it, and the rest
// in one leap, as for a machine that slept.
func (m *model) pass(d time.Duration) {
	if d > time.Minute {
		m.running.Wait()
		time.Sleep(200 * time.Millisecond) // news arrive
		m.jumped.Add(int64(d - time.Second))
		d = time.Second
	}
	time.Sleep(d)
}

// read asks a replica, and checks the answer.
func (m *model) read(r *modelReplica, partition, noun string, q question) {
	reading, ctx := m.begin(r, partition, noun, q)
	texts, meta, err := askModel(ctx, r.s, noun, q)
	m.answered(reading, texts, meta, err)
}

// begin notes what the model knows before a read.
func (m *model) begin(r *modelReplica, partition, noun string, q question) (*reading, context.Context) {
	caller := &teamwork.Caller{Partition: partition}
	now := r.clock()
	if partition == "q" { // callers with tokens of their own
		caller.Expires = now.Truncate(10 * time.Minute).Add(11 * time.Minute)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	name := sightingKey(r.n, partition, noun, q)
	rd := &reading{replica: r, partition: partition, noun: noun, question: q, began: m.now(), clock: now,
		hears: r.conn.hears(), deaf: r.isDeaf, expires: caller.Expires, seen: m.sightings[name], refusal: m.refusals[name]}
	for _, c := range m.creates {
		if c.partition == partition && c.device == q.device {
			rd.creates = append(rd.creates, *c)
		}
	}
	return rd, teamwork.WithCaller(context.Background(), caller)
}

func sightingKey(replica int, partition, noun string, q question) string {
	return strings.Join([]string{strconv.Itoa(replica), partition, noun, q.device, q.operation, strconv.Itoa(q.top)}, " ")
}

// show notes what a read showed.
func (m *model) show(r *reading, c *modelCall) {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := sightingKey(r.replica.n, r.partition, r.noun, r.question)
	m.sightings[name] = sighting{call: c}
	if f := m.refusals[name]; f != nil && !c.end.Before(f.begin) {
		delete(m.refusals, name) // there is an answer again
	}
	if !m.audit.Load() {
		m.story = append(m.story, fmt.Sprintf("%v: %v", r, c))
	}
}

// restart has a replica know nothing, as a new one. What was refused when it knew no answer
// may then come back, if it was on its way to Redis from another replica: see revoked.
func (m *model) restart(r *modelReplica) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.refusals, func(_ string, c *modelCall) bool { return !c.known })
	r.s.near.forgetAll()
	r.s.refused.mu.Lock()
	defer r.s.refused.mu.Unlock()
	clear(r.s.refused.all)
}

// evictNear has a replica's memory lose one answer.
func (m *model) evictNear(r *modelReplica, partition, noun string, q question) {
	r.s.near.drop(nearKey{partition, noun, q})
	m.mu.Lock()
	defer m.mu.Unlock()
	name := sightingKey(r.n, partition, noun, q)
	m.sightings[name] = sighting{m.sightings[name].call, true}
}

// refused notes that a replica was refused an answer: what it knew before is void.
func (m *model) refused(c *modelCall) {
	r := m.replicas[c.replica]
	k := r.s.near.get(nearKey{c.partition, c.noun, c.question}, r.clock())
	c.known = k != nil && k.value != nil
	m.refusedOn(c.replica, c.partition, c.noun, c.question, c)
}

func (m *model) refusedOn(replica int, partition, noun string, q question, c *modelCall) {
	m.mu.Lock()
	defer m.mu.Unlock()
	name := sightingKey(replica, partition, noun, q)
	if old := m.refusals[name]; old == nil || old.begin.Before(c.begin) {
		m.refusals[name] = c
	}
}

// create writes through a replica. The others must know when it returns, if the replica
// could reach them.
func (m *model) create(r *modelReplica, partition, device string) {
	well := r.conn.mode() == redisWell
	c := &modelCreate{partition: partition, device: device, replica: r.n}
	ctx := context.WithValue(as(context.Background(), partition), modelSeq{}, &c.seq)
	_, _ = r.s.CreateOperation(ctx, teamwork.CreateOperation{DeviceID: device})
	m.mu.Lock()
	defer m.mu.Unlock()
	c.returned = m.now()
	if well && r.conn.mode() == redisWell {
		c.told = c.returned
	}
	m.creates = append(m.creates, c)
	m.story = append(m.story, fmt.Sprintf("create on %s for %s through replica %d returned at %s, #%d", device, partition, r.n, c.returned.Format(clockFace), c.seq))
}

// asked notes that a replica asks a Redis that is well for what hangs on a device: it
// tells it meanwhile what it could not tell before.
func (m *model) asked(r *modelReplica, key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.creates {
		if c.replica == r.n && c.told.IsZero() && strings.HasPrefix(key, version+tagOf(c.partition, c.device)) {
			c.told = m.now()
		}
	}
}

func (m *model) violated(rule string, r *reading, format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.violations = append(m.violations, rule+": "+r.String()+": "+fmt.Sprintf(format, args...))
}

// tell notes what happens.
func (m *model) tell(what string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.story = append(m.story, what)
}

func (m *model) broken() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.violations) > 0
}

// end waits for what is under way, and closes.
func (m *model) end() {
	m.running.Wait()
	time.Sleep(5 * time.Second) // what Redis does late
	for _, r := range m.replicas {
		r.s.Close()
	}
}

// playModel runs steps in a bubble and returns the first violations and what happened.
func playModel(t *testing.T, seed uint64, steps []modelStep, off rules) (violations, story []string) {
	synctest.Test(t, func(*testing.T) {
		m := newModel(seed, off)
		synctest.Wait()
		for _, step := range steps {
			m.tell(m.now().Format(clockFace) + " " + step.String())
			step.play(m)
			synctest.Wait()
			if m.broken() {
				break
			}
		}
		m.end()
		violations, story = m.violations, m.story
	})
	return violations, story
}

// askModel makes one read, and returns the texts in the answer.
func askModel(ctx context.Context, s *Service, noun string, q question) (texts []string, meta teamwork.ResourceMeta, err error) {
	switch noun {
	case "devices":
		v, err := s.Devices(ctx, teamwork.DevicesRequest{Top: q.top})
		if err != nil {
			return nil, meta, err
		}
		for _, d := range v.Items {
			texts = append(texts, *d.Notes)
		}
		return texts, v.Meta, nil
	case "device":
		v, err := s.Device(ctx, q.device)
		if err != nil {
			return nil, meta, err
		}
		return []string{*v.Notes}, v.Meta, nil
	case "configuration":
		v, err := s.Configuration(ctx, q.device)
		if err != nil {
			return nil, meta, err
		}
		return []string{*v.SoftwareVersions.FirmwareSoftwareVersion}, v.Meta, nil
	case "health":
		v, err := s.Health(ctx, q.device)
		if err != nil {
			return nil, meta, err
		}
		return []string{*v.HardwareHealth.ComputeHealth.Peripheral.DisplayName}, v.Meta, nil
	case "operation":
		v, err := s.Operation(ctx, teamwork.DeviceOperationKey{DeviceID: q.device, OperationID: q.operation})
		if err != nil {
			return nil, meta, err
		}
		return []string{*v.Error.Message}, v.Meta, nil
	}
	v, err := s.Operations(ctx, teamwork.OperationsRequest{DeviceID: q.device, Top: q.top})
	if err != nil {
		return nil, meta, err
	}
	for _, op := range v.Items {
		texts = append(texts, *op.Error.Message)
	}
	return texts, v.Meta, nil
}
