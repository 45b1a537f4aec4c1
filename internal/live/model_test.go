package live

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// The model drives three replicas by chance: operations that move, creates, other
// readers' pages of now and of before, listeners that come, go and dawdle, replicas that
// die, go deaf, lose messages or Redis, and an upstream that fails. Each listener's book
// says what it may be told next; in the end all is mended, and nothing may be missing.

// partitioned is an upstream that tells each partition of operations of its own.
type partitioned struct {
	teamwork.Service
	of   map[string]*tenant
	seat *seat
}

func (p partitioned) tenant(ctx context.Context) *tenant {
	return p.of[teamwork.CallerFrom(ctx).Partition]
}

func (p partitioned) Operations(ctx context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
	return (&mortal{tenant: p.tenant(ctx), seat: p.seat}).Operations(ctx, req)
}

func (p partitioned) Operation(ctx context.Context, key teamwork.DeviceOperationKey) (*teamwork.DeviceOperation, error) {
	return (&mortal{tenant: p.tenant(ctx), seat: p.seat}).Operation(ctx, key)
}

func (p partitioned) CreateOperation(ctx context.Context, req teamwork.CreateOperation) (*teamwork.DeviceOperation, error) {
	return p.tenant(ctx).CreateOperation(ctx, req)
}

func (p partitioned) Status(ctx context.Context) *teamwork.UpstreamStatus {
	return p.tenant(ctx).Status(ctx)
}

// world is what the model drives.
type world struct {
	t     *testing.T
	luck  *rand.Rand
	store cluster.Store
	of    map[string]*tenant
	seats [3]*seat
	at    [3]*Watcher
	books []*book
	pages []page // that were seen once, and come again late
	made  int
	log   []string
}

type page struct {
	partition, device string
	ops               []*teamwork.DeviceOperation
}

var (
	partitions = []string{"p", "q"}
	devices    = []string{"d1", "d2"}
)

func newModel(t *testing.T, seed uint64) *world {
	m := &world{t: t, luck: rand.New(rand.NewPCG(seed, 1)), store: openStore(t, ""), of: map[string]*tenant{}}
	for _, p := range partitions {
		m.of[p] = newTenant()
		m.of[p].pageTop = 6
		for _, d := range devices {
			m.of[p].add(d, "", "")
		}
	}
	for i := range m.at {
		m.start(i)
	}
	synctest.Wait()
	return m
}

func (m *world) start(i int) {
	m.seats[i] = &seat{Store: m.store}
	m.at[i] = replica(m.t, partitioned{of: m.of, seat: m.seats[i]}, m.seats[i], Options{})
}

func (m *world) note(format string, args ...any) {
	m.log = append(m.log, time.Now().Format("04:05.000 ")+fmt.Sprintf(format, args...))
}

func (m *world) fail(format string, args ...any) {
	m.t.Helper()
	m.t.Fatalf("%s\nafter\n%s", fmt.Sprintf(format, args...), strings.Join(m.log[max(0, len(m.log)-80):], "\n"))
}

func pick[T any](m *world, of []T) T { return of[m.luck.IntN(len(of))] }

// step does one thing.
func (m *world) step() {
	p, d, i := pick(m, partitions), pick(m, devices), m.luck.IntN(len(m.at))
	ctx := as(m.t, p)
	switch n := m.luck.IntN(100); {
	case n < 20:
		m.moveOne(p, d)
	case n < 26:
		m.made++
		m.note("%s %s: somebody else creates x%d", p, d, m.made)
		m.of[p].add(d, fmt.Sprintf("%s-x%d", p, m.made), teamwork.StatusQueued)
	case n < 32:
		op, err := m.at[i].CreateOperation(ctx, teamwork.CreateOperation{DeviceID: d})
		m.note("%s %s: create at %d: %v %v", p, d, i, op, err)
	case n < 42:
		m.readBy(ctx, i, p, d)
	case n < 46 && len(m.pages) > 0:
		late := pick(m, m.pages)
		m.note("%s %s: an old page comes late to %d", late.partition, late.device, i)
		m.at[i].Observe(as(m.t, late.partition), late.device, late.ops, true)
	case n < 56:
		m.watch(i, p, d)
	case n < 60 && len(m.books) > 8:
		b := pick(m, m.books)
		m.note("%s leaves", b.name)
		b.close(m)
	case n < 75:
		for _, b := range m.books {
			if m.luck.IntN(3) > 0 {
				b.read(m, 1+m.luck.IntN(4))
			}
		}
	case n < 85:
		time.Sleep(time.Duration(m.luck.IntN(4000)) * time.Millisecond)
	default:
		m.misfortune(i, p)
	}
	if m.luck.IntN(2) == 0 {
		synctest.Wait()
	}
	for _, b := range m.books { // nobody dawdles for so long that it is closed
		b.read(m, 1+m.luck.IntN(2))
	}
}

// misfortune is what befalls a replica, or an upstream.
func (m *world) misfortune(i int, p string) {
	s := m.seats[i]
	switch m.luck.IntN(7) {
	case 0:
		m.note("replica %d is killed", i)
		s.set(&s.dead, true)
		var again []*book
		for _, b := range append([]*book(nil), m.books...) {
			if b.at == m.at[i] {
				again = append(again, b)
				b.close(m)
			}
		}
		m.start(i)
		synctest.Wait()
		for _, b := range again {
			m.watch(m.luck.IntN(len(m.at)), b.partition, b.device)
		}
	case 1, 2:
		m.note("Redis for %d: away %v", i, !s.is(&s.down))
		s.set(&s.down, !s.is(&s.down))
	case 3, 4:
		m.note("channel for %d: lost %v", i, !s.is(&s.deaf))
		s.set(&s.deaf, !s.is(&s.deaf))
	case 5:
		m.note("upstream of %s: throttles", p)
		m.of[p].set(func() { m.of[p].err = &teamwork.Error{Kind: teamwork.Throttled, RetryAfter: time.Second} })
	case 6:
		m.mend(p)
	}
}

func (m *world) mend(p string) {
	m.note("upstream of %s: well", p)
	m.of[p].set(func() { m.of[p].err = nil })
}

func (m *world) moveOne(p, d string) {
	u := m.of[p]
	u.mu.Lock()
	var moving []*teamwork.DeviceOperation
	for _, op := range u.ops[d] {
		if !op.IsFinal() {
			moving = append(moving, op)
		}
	}
	u.mu.Unlock()
	if len(moving) == 0 {
		return
	}
	op := pick(m, moving)
	next := []teamwork.DeviceOperationStatus{teamwork.StatusScheduled, teamwork.StatusInProgress, teamwork.StatusSuccessful, teamwork.StatusFailed}
	next = next[min(3, int(rankOf(op))-1):]
	to := next[m.luck.IntN(len(next))]
	m.note("%s %s: %s becomes %s", p, d, op.OperationID, to)
	u.move(d, op.OperationID, to)
}

func (m *world) readBy(ctx context.Context, i int, p, d string) {
	got, err := m.of[p].Operations(ctx, teamwork.OperationsRequest{DeviceID: d})
	if err != nil {
		return
	}
	m.note("%s %s: is read at %d", p, d, i)
	m.pages = append(m.pages, page{p, d, got.Items})
	m.at[i].Observe(ctx, d, got.Items, true)
}

func TestNoListenerIsToldWrongOrTooLittle(t *testing.T) {
	seeds, steps := uint64(40), 300
	if testing.Short() {
		seeds = 5
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newModel(t, seed)
				for range steps {
					m.step()
				}
				m.settle()
			})
		})
	}
}
