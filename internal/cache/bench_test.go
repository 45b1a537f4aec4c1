package cache

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/redis/go-redis/v9"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// bench/run names a Redis that it started, on another core.
var benchRedis = flag.String("bench.redis", "", "URL of the Redis for benchmarks; one of their own if empty")

func benchURL(b *testing.B) string {
	if *benchRedis != "" {
		return *benchRedis
	}
	return redistest.Start(b, "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru").URL()
}

// asked is one read of a device, whatever of it.
type asked struct {
	name string
	read func(ctx context.Context, s teamwork.Service, deviceID string) error
	key  func(deviceID string) key
	// decode does what it must with an entry, and nothing else of what the cache does.
	decode func(entry []byte) error
}

var (
	askedDevice = asked{
		name: "device",
		read: func(ctx context.Context, s teamwork.Service, deviceID string) error {
			_, err := s.Device(ctx, deviceID)
			return err
		},
		key:    func(deviceID string) key { return about(deviceID).key("p", deviceNoun.name) },
		decode: decoder[teamwork.Device](),
	}
	askedFive, askedTwenty = askedPage(teamwork.SmallPage), askedPage(teamwork.DefaultPage)
)

func askedPage(top int) asked {
	req := func(deviceID string) teamwork.OperationsRequest {
		return teamwork.OperationsRequest{DeviceID: deviceID, Top: top}
	}
	return asked{
		name: fmt.Sprintf("page-%d", top),
		read: func(ctx context.Context, s teamwork.Service, deviceID string) error {
			page, err := s.Operations(ctx, req(deviceID))
			if err == nil && len(page.Items) != top {
				err = errors.New("not the page that was asked for")
			}
			return err
		},
		key:    func(deviceID string) key { return operationsQuestion(req(deviceID)).key("p", operationsNoun.name) },
		decode: decoder[teamwork.Page[teamwork.DeviceOperation]](),
	}
}

// decoder returns what takes a value's JSON, or s2 of it, from behind an entry's header.
func decoder[T any]() func(entry []byte) error {
	var whole []byte
	return func(entry []byte) (err error) {
		_, body, ok := bytes.Cut(entry, []byte("\n"))
		if !ok {
			return errDamaged
		}
		if entry[0] == '2' {
			if whole, err = s2.Decode(whole, body); err != nil {
				return err
			}
			body = whole
		}
		return json.Unmarshal(body, new(T))
	}
}

// lifelike is an upstream whose answers are as large as the real ones', and share no
// text with one another.
type lifelike struct {
	teamwork.Service
	now   func() time.Time
	calls atomic.Int64
}

func (u *lifelike) Device(_ context.Context, deviceID string) (*teamwork.Device, error) {
	u.calls.Add(1)
	now := u.now()
	return &teamwork.Device{
		DeviceID: deviceID, DeviceTypeRaw: strings.Clone("teamsRoom"), HealthStatusRaw: text("nonUrgent"), ActivityStateRaw: text("idle"),
		CompanyAssetTag: text("BLR-4-KIRANA"), Notes: text("Boardroom, 4th floor"), CurrentUser: somebody(),
		HardwareDetail: teamwork.HardwareDetail{
			MACAddresses: []string{strings.Clone("Ethernet:18-66-DA-D8-3B-5C"), strings.Clone("Wifi:18-66-DA-E0-91-78")},
			Manufacturer: text("Dell"), Model: text("OptiPlex 7080 XE"), SerialNumber: text("F2168A9884B3"), UniqueID: text("8D45C7221C372A9EAE42C77A"),
		},
		CreatedBy: &teamwork.IdentitySet{User: somebody()}, CreatedDateTime: teamwork.At(now),
		LastModifiedBy: &teamwork.IdentitySet{User: somebody()}, LastModifiedDateTime: teamwork.At(now),
		Meta: teamwork.FetchedNow(now, nil),
	}, nil
}

func (u *lifelike) Operations(_ context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
	u.calls.Add(1)
	now := u.now()
	page := &teamwork.Page[teamwork.DeviceOperation]{Next: strings.Repeat(guid(), 6), Meta: teamwork.FetchedNow(now, nil)}
	for range req.Top {
		now = now.Add(-time.Duration(rand.N(int64(time.Hour)))).Truncate(time.Millisecond)
		page.Items = append(page.Items, &teamwork.DeviceOperation{
			OperationID: guid(), DeviceID: req.DeviceID,
			OperationTypeRaw: strings.Clone("deviceRestart"), StatusRaw: strings.Clone("Successful"),
			CreatedBy: &teamwork.IdentitySet{User: somebody()}, CreatedDateTime: teamwork.At(now),
			StartedDateTime: teamwork.At(now), CompletedDateTime: teamwork.At(now), LastActionDateTime: teamwork.At(now),
			LastActionBy: &teamwork.IdentitySet{Device: &teamwork.Identity{ID: text(req.DeviceID), DisplayName: text("OptiPlex 7080 XE")}},
			Meta:         page.Meta,
		})
	}
	return page, nil
}

// guid is what makes an answer hard to compress.
func guid() string {
	a, b := rand.Uint64(), rand.Uint64()
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xffff, a&0xffff, b>>48, b&0xffffffffffff)
}

func text(s string) *string { return new(strings.Clone(s)) }

func somebody() *teamwork.UserIdentity {
	return &teamwork.UserIdentity{
		ID: new(guid()), DisplayName: text("Ana Sofía Rojas"),
		UserIdentityType: new(teamwork.UserIdentityTypeAADUser),
	}
}

// benched returns a Service that hears, with or without a clock that stands: what was
// read would be over during the benchmark.
func benched(t testing.TB, u *lifelike, store cluster.Store, memory int64, observe func(string, Outcome)) *Service {
	s := New(u, Options{Store: store, Now: u.now, Memory: memory, Observe: observe})
	t.Cleanup(s.Close)
	eventually(t, "it hears", func() bool { return !s.near.deaf.Load() })
	return s
}

func standing() *lifelike {
	began := time.Now()
	return &lifelike{now: func() time.Time { return began }}
}

// held keeps everything for an hour.
type held struct{ cluster.Store }

func (h held) Set(ctx context.Context, key string, value []byte, _ time.Duration) error {
	return h.Store.Set(ctx, key, value, time.Hour)
}

func TestNearHitAllocatesNextToNothing(t *testing.T) {
	u := standing()
	s := benched(t, u, held{openStore(t, "")}, 1<<20, nil)
	ctx := as(t.Context(), "p")
	for _, a := range []asked{askedDevice, askedTwenty} {
		if err := a.read(ctx, s, "d1"); err != nil {
			t.Fatal(err)
		}
		s.Wait()
		if n := testing.AllocsPerRun(1000, func() { _ = a.read(ctx, s, "d1") }); n > 2 {
			t.Errorf("%s: %v allocations, want 2 at most", a.name, n)
		}
	}
	if n := u.calls.Load(); n != 2 {
		t.Errorf("upstream was asked %d times", n)
	}
}

// BenchmarkHit reads what is remembered, in this process's memory and in a store
// without any.
func BenchmarkHit(b *testing.B) {
	for _, a := range []asked{askedDevice, askedTwenty} {
		b.Run("near/"+a.name, func(b *testing.B) { benchmarkHit(b, openStore(b, ""), 1<<20, a) })
		b.Run("memory/"+a.name, func(b *testing.B) { benchmarkHit(b, openStore(b, ""), 0, a) })
		b.Run("redis/"+a.name, func(b *testing.B) { benchmarkHit(b, openStore(b, benchURL(b)), 0, a) })
	}
}

func benchmarkHit(b *testing.B, store cluster.Store, memory int64, a asked) {
	u := standing()
	s := benched(b, u, held{store}, memory, nil)
	ctx, device := as(b.Context(), "p"), unheardOf("hit")
	if err := a.read(ctx, s, device); err != nil {
		b.Fatal(err)
	}
	s.Wait()
	b.ReportAllocs()
	for b.Loop() {
		if err := a.read(ctx, s, device); err != nil {
			b.Fatal(err)
		}
	}
	if n := u.calls.Load(); n != 1 {
		b.Errorf("upstream was asked %d times", n)
	}
}

var benchmarks atomic.Int64

// unheardOf returns an id that no run before has left in Redis.
func unheardOf(what string) string {
	return fmt.Sprintf("%s-%d-%d", what, time.Now().UnixNano(), benchmarks.Add(1))
}

// batch is how many reads of a kind follow one another before the other kind's turn.
const batch = 16

// BenchmarkShared compares a read of what another replica kept with a bare GET of the
// same bytes and their decoding, batch by batch in turn: whatever else the machine does
// is shared out between the two.
func BenchmarkShared(b *testing.B) {
	for _, a := range []asked{askedDevice, askedFive, askedTwenty} {
		b.Run(a.name, func(b *testing.B) { benchmarkShared(b, a) })
	}
}

func benchmarkShared(b *testing.B, a asked) {
	url, u := benchURL(b), standing()
	ctx := as(b.Context(), "p")
	var devices []string
	for i := range batch {
		devices = append(devices, unheardOf(fmt.Sprint("shared", i)))
	}
	var shared atomic.Int64
	writer := benched(b, u, held{openPatient(b, url)}, 0, nil) // none of what is measured
	reader := benched(b, u, held{openStore(b, url)}, 64<<20, func(_ string, how Outcome) {
		if how == Shared {
			shared.Add(1)
		}
	})
	for _, device := range devices {
		if err := a.read(ctx, writer, device); err != nil {
			b.Fatal(err)
		}
	}
	writer.Wait()
	hit := func(device string) error { return a.read(ctx, reader, device) }
	bare := barely(b, ctx, url, a)
	var hits, bares, ratios []float64
	inTurn := func() (h, g float64, inTime bool) {
		reader.near.forgetAll()
		before := shared.Load()
		if len(hits)%2 == 0 { // neither is always the one that begins
			h, g = nanosEach(b, devices, hit), nanosEach(b, devices, bare)
		} else {
			g, h = nanosEach(b, devices, bare), nanosEach(b, devices, hit)
		}
		return h, g, shared.Load()-before == batch
	}
	late := 0
	for b.Loop() {
		h, g, inTime := inTurn()
		for ; !inTime; h, g, inTime = inTurn() { // Redis was late, and upstream was asked
			if late++; late > 20+len(hits) {
				b.Fatalf("Redis answered all reads in %d of %d batches", len(hits), len(hits)+late)
			}
			time.Sleep(100 * time.Millisecond) // it may be taken to be down
		}
		hits, bares, ratios = append(hits, h), append(bares, g), append(ratios, h/g)
	}
	b.ReportMetric(0, "ns/op") // of a batch of each: says nothing
	b.ReportMetric(middle(hits), "hit-ns")
	b.ReportMetric(middle(bares), "bare-ns")
	b.ReportMetric(middle(ratios), "ratio")
	b.ReportMetric(float64(len(entryOf(b, ctx, url, a.key(devices[0])))), "bytes")
}

// barely returns what the least client of Redis does.
func barely(b *testing.B, ctx context.Context, url string, a asked) func(device string) error {
	client := bareClient(b, url)
	return func(device string) error {
		entry, err := client.Get(ctx, a.key(device).entry).Bytes()
		if err != nil {
			return err
		}
		return a.decode(entry)
	}
}

func bareClient(b *testing.B, url string) *redis.Client {
	options, err := redis.ParseURL(url)
	if err != nil {
		b.Fatal(err)
	}
	client := redis.NewClient(options)
	b.Cleanup(func() { _ = client.Close() })
	return client
}

func entryOf(b *testing.B, ctx context.Context, url string, k key) []byte {
	entry, err := bareClient(b, url).Get(ctx, k.entry).Bytes()
	if err != nil {
		b.Fatal(err)
	}
	return entry
}

// nanosEach returns the nanoseconds of one read.
func nanosEach(b *testing.B, devices []string, read func(string) error) float64 {
	began := time.Now()
	for _, device := range devices {
		if err := read(device); err != nil {
			b.Fatal(err)
		}
	}
	return float64(time.Since(began)) / float64(len(devices))
}

func middle(all []float64) float64 { return slices.Sorted(slices.Values(all))[len(all)/2] }

// The live heap may be as large as CACHE_MEMORY, by default, and what all else needs.
const (
	cacheMemory = 64 << 20
	allElse     = 64 << 20
)

// BenchmarkDistinct reads something else each time (-benchtime=1000000x for a million),
// and reports what is held in memory then. Memory is divided as CACHE_MEMORY is.
func BenchmarkDistinct(b *testing.B) {
	for _, a := range []asked{askedDevice, askedTwenty} {
		b.Run("redis/"+a.name, func(b *testing.B) { benchmarkDistinct(b, openStore(b, benchURL(b)), cacheMemory, a) })
		b.Run("memory/"+a.name, func(b *testing.B) {
			store, err := cluster.Open("", cluster.Options{Memory: cacheMemory / 4})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = store.Close() })
			benchmarkDistinct(b, store, cacheMemory-cacheMemory/4, a)
		})
	}
}

func benchmarkDistinct(b *testing.B, store cluster.Store, memory int64, a asked) {
	u := &lifelike{now: time.Now}
	s := benched(b, u, store, memory, nil)
	ctx, run := as(b.Context(), "p"), unheardOf("distinct")
	peak := watchHeap()
	var next atomic.Int64
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if err := a.read(ctx, s, fmt.Sprintf("%s-%d", run, i)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	readers.Wait()
	s.Wait()
	b.StopTimer()
	if n := u.calls.Load(); n != int64(b.N) {
		b.Errorf("upstream was asked %d times for %d reads", n, b.N)
	}
	b.ReportMetric(mebi(float64(peak())), "peak-MiB")
	held := live()
	if held > cacheMemory+allElse {
		b.Errorf("%.0f MiB are live, want %d at most", mebi(held), (cacheMemory+allElse)>>20)
	}
	b.ReportMetric(mebi(held), "live-MiB")
	near, evictions, _ := s.Near()
	b.ReportMetric(mebi(float64(near)), "near-MiB")
	b.ReportMetric(float64(evictions), "evictions")
}

func mebi(bytes float64) float64 { return bytes / (1 << 20) }

// live returns the bytes on the heap after a collection. The first may leave what
// finalizers hold.
func live() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// watchHeap returns a function that tells how large the heap was at its largest, with
// what was not collected yet.
func watchHeap() (peak func() uint64) {
	stop, done := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				metrics.Read(heap)
				most = max(most, heap[0].Value.Uint64())
			case <-stop:
				done <- most
				return
			}
		}
	}()
	return func() uint64 { close(stop); return <-done }
}
