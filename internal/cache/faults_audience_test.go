package cache

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const (
	// redisMay is how much longer a read may take where something happens to Redis.
	redisMay = 100 * time.Millisecond
	// noise is how much longer still it may take, because the machine does other things and
	// which reads it leaves aside for a moment is chance. Where even those whose Redis is
	// well have to wait, chance is as large as that.
	noise = 100 * time.Millisecond
	// longest is what no read may take: that is more than to wait for a lease which Redis gave
	// to somebody who was not told, and who could not give it back.
	longest = leaseTime + tryAgain
	// attempts is how often a test begins again because reads were slow: it may have been
	// the machine, and a fault makes them slow every time.
	attempts = 3
	// usual is how long a lap lasts. It has some 150 reads of each reader, so that a
	// moment in which the machine did something else is less than one read in a hundred.
	usual = 600 * time.Millisecond
	// pace is how long a reader thinks between two reads.
	pace = 3 * time.Millisecond
	// haste is how much faster the replicas' clocks go than the wall's, so that answers
	// grow old within a lap.
	haste = 5
)

var dawn = time.Now()

// truth is what the clock says that is right.
func truth() time.Time { return dawn.Add(haste * time.Since(dawn)) }

// timeline is how long reads took, and when they ended.
type timeline struct {
	mu    sync.Mutex
	reads []timed
}

type timed struct {
	at   time.Time
	took time.Duration
}

func (l *timeline) add(began time.Time) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads = append(l.reads, timed{now, now.Sub(began)})
}

// since returns what a lap brought that began then: the more reads, the more is known.
func (l *timeline) since(begin time.Time) (n int, p50, p99, most time.Duration) {
	var w stopwatch
	l.mu.Lock()
	for _, r := range slices.Backward(l.reads) {
		if r.at.Before(begin) {
			break
		}
		w.times = append(w.times, r.took)
	}
	l.mu.Unlock()
	return w.lap()
}

// openMode returns a function that opens Redis at url, for a replica of its own.
func openMode(t *testing.T, url string, mode cluster.Mode) func() cluster.Store {
	return func() cluster.Store {
		t.Helper()
		store, err := cluster.Open(url, cluster.Options{Mode: mode, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		return store
	}
}

// record is upstream's own of when it gave which answer, whatever a replica says of that.
type record struct {
	upstream
	answered sync.Map      // the number of an answer → when, by the true clock
	healths  sync.Map      // a device → how often its health was asked for
	aged     atomic.Int64  // how many answers were past their time, and said so
	skewed   time.Duration // how far apart the clocks are, or were, of those who wrote what Redis has
}

// witness is upstream as a replica meets it, whose own clock dates what it gets.
type witness struct {
	*record
	clock func() time.Time
}

func (w witness) Operations(ctx context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
	page, err := w.upstream.Operations(ctx, req)
	if err != nil {
		return nil, err
	}
	page.Meta = teamwork.FetchedNow(w.clock(), nil)
	w.answered.Store(number(page), truth())
	return page, nil
}

func (w witness) Health(ctx context.Context, deviceID string) (*teamwork.DeviceHealth, error) {
	n, _ := w.healths.LoadOrStore(deviceID, new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
	health, err := w.upstream.Health(ctx, deviceID)
	if err == nil {
		health.Meta = teamwork.FetchedNow(w.clock(), nil)
	}
	return health, err
}

// number returns which of upstream's answers this page is.
func number(page *teamwork.Page[teamwork.DeviceOperation]) int {
	return numberIn(*page.Items[0].Error.Message)
}

func numberIn(say string) int {
	n, _ := strconv.Atoi(say[strings.LastIndexByte(say, ' ')+1:])
	return n
}

// audience are readers of two replicas, one of which keeps nothing in memory. They check
// what they get.
type audience struct {
	*record
	t        *testing.T
	replicas []*Service
	name     func(n int) string
	watch    timeline
	others   *audience // at the same time, of a Redis that is well; nil if these are they
	stop     context.CancelFunc
	wg       sync.WaitGroup
	failures atomic.Int64
	probes   int
}

// control returns an audience of a Redis that nothing happens to, to compare others with.
func control(t *testing.T) *audience {
	t.Helper()
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	return newAudience(t, nil, openMode(t, redistest.Start(t).URL(), cluster.Single))
}

func newAudience(t *testing.T, others *audience, open func() cluster.Store) *audience {
	t.Helper()
	r := &record{upstream: upstream{now: truth, status: "InProgress"}}
	return r.audience(t, others, open, 0, 0)
}

// audience has two replicas, whose clocks are wrong by so much.
func (r *record) audience(t *testing.T, others *audience, open func() cluster.Store, first, second time.Duration) *audience {
	t.Helper()
	r.skewed = max(r.skewed, (first - second).Abs())
	a := &audience{t: t, record: r, others: others, name: func(n int) string { return fmt.Sprint("new", n) }}
	for i, wrong := range []time.Duration{first, second} {
		clock := func() time.Time { return truth().Add(wrong) }
		s := New(witness{r, clock}, Options{Store: open(), Now: clock, Memory: int64(1-i) << 20, Logger: slog.New(slog.DiscardHandler)})
		t.Cleanup(s.Close)
		a.replicas = append(a.replicas, s)
		eventually(t, "a replica hears", func() bool { return !s.near.deaf.Load() })
	}
	var ctx context.Context
	ctx, a.stop = context.WithCancel(context.Background())
	t.Cleanup(a.goHome)
	for reader := range 8 {
		a.wg.Go(func() {
			created := make([]int, 4) // the number of the last create's answer, by device
			for i := 0; ctx.Err() == nil; i++ {
				// A device has two readers, one at each replica.
				a.visit(a.replicas[reader%2], fmt.Sprint("d", reader/2, ".", i%4), i%101 == 100, &created[i%4])
				time.Sleep(pace)
			}
		})
	}
	time.Sleep(usual / 3) // until all have been there
	return a
}

// visit reads a device's operations, after a create if create says so.
func (a *audience) visit(s *Service, device string, create bool, created *int) {
	ctx := as(context.Background(), "p")
	if create {
		op, err := s.CreateOperation(ctx, teamwork.CreateOperation{DeviceID: device, OperationType: teamwork.DeviceRestart})
		if err != nil {
			a.fail("a create: %v", err)
			return
		}
		*created = numberIn(*op.Error.Message)
	}
	begin, asked := time.Now(), truth()
	page, err := s.Operations(ctx, teamwork.OperationsRequest{DeviceID: device, Top: 5})
	a.watch.add(begin)
	switch {
	case err != nil:
		a.fail("a read: %v", err)
	case len(page.Items) != 5 || !strings.HasPrefix(*page.Items[4].Error.Message, "operations "+device+" 5"):
		a.fail("%s: not its operations: %+v", device, page)
	case number(page) < *created:
		a.fail("%s: %q is from before create %d", device, *page.Items[0].Error.Message, *created)
	default:
		a.checkAge(device, asked, page)
	}
}

// checkAge: what was older than it keeps when it was asked for is not called fresh. Only
// clocks that are apart make that hard to know, to within maxSkew.
func (a *audience) checkAge(device string, asked time.Time, page *teamwork.Page[teamwork.DeviceOperation]) {
	answered, known := a.answered.Load(number(page))
	if !known {
		a.fail("%s: %q is no answer of upstream's", device, *page.Items[0].Error.Message)
		return
	}
	age, life := asked.Sub(answered.(time.Time)), page.Meta.FreshUntil.Sub(page.Meta.FetchedAt.Time)
	tolerance := min(a.skewed, maxSkew)
	switch {
	case life > movingPageLife:
		a.fail("%s: %+v", device, page.Meta)
	case page.Meta.Stale && age > life:
		a.aged.Add(1)
	case !page.Meta.Stale && age > life+tolerance:
		a.fail("%s: called fresh at the age of %v, and keeps for %v; the read took %v", device, age, life, truth().Sub(asked)/haste)
	}
}

func (a *audience) fail(format string, args ...any) {
	if a.failures.Add(1) <= 3 {
		a.t.Errorf(format, args...)
	}
}

// lapTime is how long one read in a hundred took at least in a lap, here and where Redis
// was well.
type lapTime struct{ p99, others time.Duration }

// lap lasts so long.
func (a *audience) lap(what string, last time.Duration) lapTime {
	a.t.Helper()
	return a.lapWhile(what, func() { time.Sleep(last) })
}

// lapUntil lasts until something has come about, for as long as usual at least.
func (a *audience) lapUntil(what string, ready func() bool) lapTime {
	a.t.Helper()
	return a.lapWhile(what, func() {
		begin := time.Now()
		for !ready() {
			if time.Since(begin) > 2*time.Minute { // Sentinel rests for 30 s when it finds itself late
				a.t.Fatalf("%s: not within two minutes", what)
			}
			time.Sleep(10 * time.Millisecond)
		}
		a.t.Logf("%s, %s: shared again after %v", a.t.Name(), what, time.Since(begin).Round(time.Millisecond))
		time.Sleep(usual - time.Since(begin))
	})
}

func (a *audience) lapWhile(what string, f func()) lapTime {
	a.t.Helper()
	before, aged, begin := a.count(), a.aged.Load(), time.Now()
	f()
	n, p50, p99, most := a.watch.since(begin)
	_, _, others, theirs := a.others.watch.since(begin)
	a.t.Logf("%s, %s: %d reads, %d calls, %d stale: median %v, p99 %v, longest %v; others' p99 %v, longest %v", a.t.Name(), what,
		n, a.count()-before, a.aged.Load()-aged, p50.Round(time.Microsecond), p99.Round(100*time.Microsecond), most.Round(time.Millisecond),
		others.Round(100*time.Microsecond), theirs.Round(time.Millisecond))
	if n == 0 || most > longest+2*theirs {
		a.t.Errorf("%s: the longest of %d reads took %v, and of others %v", what, n, most, theirs)
	}
	return lapTime{p99, others}
}

// shares reports whether one replica has what the other loaded.
func (a *audience) shares() bool {
	a.probes++
	ctx, device := as(context.Background(), "p"), a.name(a.probes)
	for _, s := range a.replicas {
		if _, err := s.Health(ctx, device); err != nil {
			a.t.Fatal(err)
		}
		// What it keeps, it keeps behind, which takes longer on a machine that does other things.
		time.Sleep(min(time.Duration(a.probes)*20*time.Millisecond, usual))
	}
	n, _ := a.healths.Load(device)
	return n.(*atomic.Int64).Load() == 1
}

// goHome ends the readers.
func (a *audience) goHome() {
	a.stop()
	a.wg.Wait()
}

// leave ends the readers, and compares their laps with the one without a fault, and with
// those who had none at the same time. It returns what was too slow, "" for nothing.
func (a *audience) leave(without lapTime, with ...lapTime) (slow string) {
	a.t.Helper()
	a.goHome()
	a.t.Logf("%s: p99 without %v, with and after %v; in brackets, of others", a.t.Name(), without, with)
	if a.aged.Load() == 0 {
		a.t.Error("no answer was past its time, so it is not known what they would say of it")
	}
	for i, lap := range with {
		usually := max(without.p99, lap.others)
		if added := lap.p99 - usually; added > redisMay+noise+usually {
			slow += fmt.Sprintf("lap %d: one read in a hundred took %v longer than the %v without a fault\n", i+1, added, usually)
		}
	}
	return slow
}

// withPatience fails the test if reads are slow in each of some attempts.
func withPatience(t *testing.T, try func() (slow string)) {
	t.Helper()
	for n := 1; ; n++ {
		slow := try()
		if slow == "" || t.Failed() {
			return
		}
		if n == attempts {
			t.Error(slow)
			return
		}
		t.Logf("once more: %s", slow)
	}
}

func (l lapTime) String() string {
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	return fmt.Sprintf("%.1f ms (%.1f)", ms(l.p99), ms(l.others))
}
