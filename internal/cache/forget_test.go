package cache

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// moody is a Store that fails on demand.
type moody struct {
	cluster.Store
	mu                 sync.Mutex
	getFails, setFails bool
}

func (m *moody) mood(get, set bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.getFails, m.setFails = get, set
}

func (m *moody) Get(ctx context.Context, keys ...string) ([][]byte, error) {
	m.mu.Lock()
	fails := m.getFails
	m.mu.Unlock()
	if fails {
		return nil, cluster.ErrDown
	}
	return m.Store.Get(ctx, keys...)
}

func (m *moody) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	m.mu.Lock()
	fails := m.setFails
	m.mu.Unlock()
	if fails {
		return cluster.ErrDown
	}
	return m.Store.Set(ctx, key, value, ttl)
}

func (m *moody) Pen(ctx context.Context, key, term string, ttl time.Duration) (cluster.Pen, error) {
	p, err := m.Store.Pen(ctx, key, term, ttl)
	return ink(p, err, func(set func() (bool, error)) (bool, error) {
		m.mu.Lock()
		fails := m.setFails
		m.mu.Unlock()
		if fails {
			return false, cluster.ErrDown
		}
		return set()
	})
}

// filled returns two replicas that both remember all reads of a device.
func filled(t *testing.T, w *world, stores ...cluster.Store) (context.Context, []*Service, map[string]string) {
	t.Helper()
	ctx, said, replicas := as(t.Context(), "p"), map[string]string{}, []*Service(nil)
	w.status = "InProgress" // a final operation can't change
	for _, store := range stores {
		s := w.on(store)
		replicas = append(replicas, s)
		for _, r := range reads {
			said[r.name], _, _ = r.ask(ctx, s)
		}
		s.Wait()
	}
	return ctx, replicas, said
}

// remembers tells whether s answers as before.
func remembers(t *testing.T, ctx context.Context, s *Service, said map[string]string, name string) bool {
	t.Helper()
	say, _, err := readNamed(name)(ctx, s)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	s.Wait()
	return say == said[name]
}

func TestCreateForgetsTheDeviceOnAllReplicas(t *testing.T) {
	outcomes := map[string]error{"created": nil, "foreign error": errors.New("x"), "caller left": context.Canceled}
	for _, kind := range teamwork.Kinds() {
		outcomes[kind.String()] = fmt.Errorf("creating: %w", &teamwork.Error{Kind: kind})
	}
	for name, outcome := range outcomes {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			url := "redis://" + w.redis.Addr()
			ctx, replicas, said := filled(t, w, openPatient(t, url), openPatient(t, url))
			w.before = func(context.Context) error { return outcome }
			if _, err := replicas[0].CreateOperation(ctx, restart); !errors.Is(err, outcome) {
				t.Errorf("create: %v", err)
			}
			w.before = nil
			for i, s := range replicas {
				for _, r := range reads {
					want := r.name == "Devices" || name == "invalid"
					if i == 0 && remembers(t, ctx, s, said, r.name) != want {
						t.Errorf("replica %d, %s: remembered is %v", i, r.name, !want)
					}
					if i == 1 && r.name != "Devices" && name != "invalid" && remembers(t, ctx, s, said, r.name) {
						t.Errorf("replica %d, %s: still remembered", i, r.name)
					}
				}
			}
		})
	}
}

func TestCreateForgetsThoughItsCallerLeft(t *testing.T) {
	w := newWorld(t)
	ctx, replicas, said := filled(t, w, openPatient(t, "redis://"+w.redis.Addr()))
	leaving, leave := context.WithCancel(ctx)
	w.before = func(context.Context) error { leave(); return leaving.Err() }
	_, _ = replicas[0].CreateOperation(leaving, restart)
	w.before = nil
	if remembers(t, ctx, replicas[0], said, "Operations") {
		t.Error("still remembered")
	}
}

func TestCreateForgetsOnlyItsDeviceAndPartition(t *testing.T) {
	w := newWorld(t)
	ctx, replicas, said := filled(t, w, openPatient(t, "redis://"+w.redis.Addr()))
	s := replicas[0]
	other := restart
	other.DeviceID = "d2"
	_, _ = s.CreateOperation(ctx, other)
	_, _ = s.CreateOperation(as(t.Context(), "q"), restart)
	for _, r := range reads {
		if !remembers(t, ctx, s, said, r.name) {
			t.Errorf("%s: forgotten", r.name)
		}
	}
}

// TestOlderAnswerDoesNotReturn lets a read begin before a create and end after
// it: what it fetched is kept under a generation that is over.
func TestOlderAnswerDoesNotReturn(t *testing.T) {
	w := newWorld(t)
	a, b := w.replica(), w.replica()
	ctx := as(t.Context(), "p")
	begun, finish := make(chan bool), make(chan bool)
	w.before = func(context.Context) error { begun <- true; <-finish; return nil }
	old := make(chan string)
	go func() {
		say, _, _ := readNamed("Operations")(ctx, a)
		old <- say
	}()
	<-begun
	w.before = nil
	if _, err := b.CreateOperation(ctx, restart); err != nil {
		t.Fatal(err)
	}
	fresh, _, _ := readNamed("Operations")(ctx, b)
	b.Wait()
	finish <- true
	older := <-old
	a.Wait()
	for name, s := range map[string]*Service{"a": a, "b": b} {
		if say, _, _ := readNamed("Operations")(ctx, s); say == older {
			t.Errorf("%s answers %q, from before the create", name, say)
		}
	}
	if older == fresh {
		t.Error("the test is broken: one flight for both")
	}
}

// TestNewReadDoesNotJoinAnOlderFlight holds also where the store can't tell that
// there was a create.
func TestNewReadDoesNotJoinAnOlderFlight(t *testing.T) {
	for name, down := range map[string]bool{"store": false, "no store": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			store := &moody{Store: openPatient(t, "redis://"+w.redis.Addr())}
			store.mood(down, down)
			s := w.on(store)
			ctx := as(t.Context(), "p")
			begun, finish := make(chan bool), make(chan bool)
			w.before = func(context.Context) error { begun <- true; <-finish; return nil }
			done := make(chan bool)
			go func() {
				defer close(done)
				_, _ = s.Device(ctx, "d1")
			}()
			<-begun
			w.before = nil
			_, _ = s.CreateOperation(ctx, restart)
			soon, cancel := context.WithTimeout(ctx, 5*time.Second)
			defer cancel()
			if _, err := s.Device(soon, "d1"); err != nil {
				t.Errorf("waited for the flight from before: %v", err)
			}
			close(finish)
			<-done
		})
	}
}

// TestCreatingManyForgetsTheirDevices has one that surely was not sent among them.
func TestCreatingManyForgetsTheirDevices(t *testing.T) {
	for _, front := range []string{"service", "admin"} {
		t.Run(front, func(t *testing.T) {
			w := newWorld(t)
			s := w.replica()
			var door teamwork.Service = s
			if front == "admin" {
				a := NewAdmin(s)
				t.Cleanup(a.Close)
				door = a
				if err := a.Forget(t.Context(), "d1"); err != nil {
					t.Fatal(err)
				}
			}
			ctx := as(t.Context(), "p")
			reqs := []teamwork.CreateOperation{{DeviceID: "d1"}, {DeviceID: "d2"}, {DeviceID: "unsent"}}
			for _, req := range reqs {
				_, _ = door.Health(ctx, req.DeviceID)
			}
			s.Wait()
			w.before = func(context.Context) error { return &teamwork.Error{Kind: teamwork.Throttled} }
			results := door.CreateOperations(ctx, reqs[:2])
			w.before = func(context.Context) error { return &teamwork.Error{Kind: teamwork.Throttled, Unsent: true} }
			results = append(results, door.CreateOperations(ctx, reqs[2:])...)
			w.before = nil
			if len(results) != 3 {
				t.Fatalf("%d results", len(results))
			}
			for _, req := range reqs {
				before := w.count()
				_, err := door.Health(ctx, req.DeviceID)
				if remembered := w.count() == before; err != nil || remembered != (req.DeviceID == "unsent") {
					t.Errorf("%s: remembered is %t, %v", req.DeviceID, remembered, err)
				}
			}
		})
	}
}
