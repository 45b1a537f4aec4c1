package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

var stormSeed = flag.Uint64("storm.seed", 0, "what the faults of storms are drawn from, and in short mode which storms; 0 for a random one")

const (
	stormQuery = `query($first: Int!, $after: String) { devices(first: $first, after: $after) {
	nodes { deviceId health { meta { stale } } operations(first: 3) { nodes { operationId } meta { stale } } }
	pageInfo { hasNextPage endCursor } meta { stale } } }`
	stormDevices = 600
	stormPage    = 30
	stormLasts   = 2 * time.Second
	stormClients = 3
	// recovery is how soon after the end of the faults all is well.
	recovery = 5 * time.Second
)

// scene is one server in one storm.
type scene struct {
	t      *testing.T
	seed   uint64
	name   string
	storm  storm
	share  float64
	cached bool
	f      *front
	box    *httptest.Server
	sky    *weather

	answers, whole, errors, stale atomic.Int64
	mu                            sync.Mutex
	slowest                       time.Duration
	back                          time.Duration
}

// TestFleetIsReadThroughStorms: while upstream goes wrong in each way that the sandbox can,
// each answer is data with an error at each place that is missing; after it the answers
// are whole, and goroutines and memory are what they were.
func TestFleetIsReadThroughStorms(t *testing.T) {
	seed := *stormSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	groups := stormsOf()
	drawn := int(seed % uint64(len(groups)))
	for i, group := range groups {
		if testing.Short() && i != drawn {
			continue
		}
		var scenes []*scene
		for j, kind := range group.storms {
			for k, share := range kind.shares() {
				name := fmt.Sprintf("%s, %v %%", kind.name, share*100)
				scenes = append(scenes, &scene{name: name, storm: kind, share: share, cached: (i+j+k)%2 == 0, seed: seed + uint64(len(scenes))})
			}
		}
		if testing.Short() {
			at := int(seed/uint64(len(groups))) % (len(scenes) - 1)
			scenes = scenes[at : at+2]
		}
		t.Run(group.name, func(t *testing.T) { weatherAll(t, scenes) })
	}
}

// weatherAll lets all scenes pass their storms at the same time.
func weatherAll(t *testing.T, scenes []*scene) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { // the last of all: servers and upstreams have ended
		http.DefaultClient.CloseIdleConnections()
		var err error
		if !eventually(20*time.Second, func() bool { err = goleak.Find(before); return err == nil }) {
			t.Errorf("after the end: %v", err)
		}
	})
	for _, s := range scenes {
		s.start(t)
	}
	each := func(do func(*scene)) {
		var all sync.WaitGroup
		for _, s := range scenes {
			all.Go(func() { do(s) })
		}
		all.Wait()
	}
	each((*scene).warm)
	goroutines, heap := atRest(scenes), heapNow()
	each((*scene).pass)
	each((*scene).recover)
	var now int
	if !eventually(20*time.Second, func() bool { now = atRest(scenes); return now <= goroutines }) {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines, and %d before\n%s", now, goroutines, stacks[:runtime.Stack(stacks, true)])
	}
	if grown := heapNow() - heap; grown > 32<<20 {
		t.Errorf("the heap has grown by %d MiB", grown>>20)
	} else {
		t.Logf("goroutines %d, before %d; the heap has grown by %d KiB", now, goroutines, grown>>10)
	}
	for _, s := range scenes {
		s.conclude()
	}
}

// eventually reports whether f became true in time.
func eventually(patience time.Duration, f func() bool) bool {
	for began := time.Now(); time.Since(began) < patience; time.Sleep(20 * time.Millisecond) {
		if f() {
			return true
		}
	}
	return false
}

// atRest returns how many goroutines there are beside those of idle connections.
func atRest(scenes []*scene) int {
	http.DefaultClient.CloseIdleConnections()
	for _, s := range scenes {
		s.box.CloseClientConnections()
	}
	least := runtime.NumGoroutine()
	for range 20 {
		time.Sleep(5 * time.Millisecond)
		least = min(least, runtime.NumGoroutine())
	}
	return least
}

// heapNow returns the bytes that are in use.
func heapNow() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// start serves the scene in fair weather.
func (s *scene) start(t *testing.T) {
	s.t = t
	s.sky = newWeather(sandbox.New(sandbox.Options{Devices: stormDevices, Operations: 3, Quiet: true, Seed: int64(s.seed >> 1)}), s.seed)
	s.sky.bad, s.sky.hang = s.storm.bad, s.storm.hang
	s.box = httptest.NewServer(s.sky)
	t.Cleanup(s.box.Close)
	cache := map[bool]string{true: "CACHE=on", false: "CACHE=off"}[s.cached]
	// So little memory that the heap tells what is lost in it from what is remembered.
	environ := append([]string{"GRAPH_URL=" + s.box.URL + "/beta", "GRAPH_AUTH=pass-through", "LOG_LEVEL=error", "CACHE_MEMORY=4MiB", cache}, s.storm.environ...)
	s.f = serve(t, environ...)
}

// warm reads a page. Some devices on it were just created on, so that what is remembered
// of them is soon old.
func (s *scene) warm() {
	a := s.ask(nil)
	nodes := dig(s.t, a.Data, "devices", "nodes").([]any)
	for _, node := range nodes[:3] {
		input := map[string]any{"deviceId": dig(s.t, node, "deviceId"), "operationType": "REMOTE_LOGIN"}
		if a := asCaller(s.f, createDocument, map[string]any{"input": input}); dig(s.t, a.Data, "createDeviceOperation", "deviceOperation") == nil {
			s.t.Errorf("%s: before it, a create: %s", s.name, a.raw)
		}
	}
	if problems := s.judge(s.ask(nil)); len(problems) > 0 || s.errors.Load() > 0 {
		s.t.Errorf("%s: before it: %v", s.name, problems)
	}
}

// ask reads a page of the fleet.
func (s *scene) ask(after any) answer {
	defer func(began time.Time) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.slowest = max(s.slowest, time.Since(began))
	}(time.Now())
	return asCaller(s.f, stormQuery, map[string]any{"first": stormPage, "after": after})
}

// pass reads the fleet, page by page, while the storm lasts; the first client stays on
// the first page.
func (s *scene) pass() {
	if s.storm.faults != "" {
		faults(s.t, s.box.URL, strings.ReplaceAll(s.storm.faults, "SHARE", fmt.Sprint(s.share)))
	} else if s.storm.outer {
		s.sky.turn(s.share, 0)
	} else {
		s.sky.turn(0, s.share)
	}
	var clients sync.WaitGroup
	for i := range stormClients {
		clients.Go(func() {
			var after any
			for began := time.Now(); s.lasts(time.Since(began)); time.Sleep(50 * time.Millisecond) {
				a := s.ask(after)
				if problems := s.judge(a); len(problems) > 0 {
					s.t.Errorf("%s: %s\n%.3000s", s.name, strings.Join(problems, "\n"), a.raw)
					return
				}
				if after = nextPage(a); i == 0 {
					after = nil
				}
			}
		})
	}
	clients.Wait()
}

// lasts reports whether a storm goes on. A heavy one lasts until it was felt: a few
// requests may all be lucky.
func (s *scene) lasts(took time.Duration) bool {
	felt := s.share < 0.5 || len(s.storm.codes) == 0 || s.errors.Load() > 0
	return took < stormLasts || !felt && took < 10*stormLasts
}

// nextPage is where a walk goes on: at the beginning, if it can't.
func nextPage(a answer) any {
	devices, ok := a.Data["devices"].(map[string]any)
	if !ok || devices["pageInfo"].(map[string]any)["hasNextPage"] != true {
		return nil
	}
	return devices["pageInfo"].(map[string]any)["endCursor"]
}

// judge says what is wrong with an answer, and counts it.
func (s *scene) judge(a answer) []string {
	s.answers.Add(1)
	if a.status != http.StatusOK {
		return []string{fmt.Sprintf("status %d", a.status)}
	}
	var problems []string
	missing, stale := missingIn(a.Data, nil), strings.Count(a.raw, `"stale":true`)
	for _, e := range a.Errors {
		path := fmt.Sprint(e.Path)
		if !missing[path] {
			problems = append(problems, fmt.Sprintf("an error at %v, where nothing is missing, or a second one", e.Path))
		}
		delete(missing, path)
		code, _ := e.Extensions["code"].(string)
		if !slices.Contains(s.storm.codes, code) {
			problems = append(problems, fmt.Sprintf("at %v it is called %q: %s", e.Path, code, e.Message))
		}
		if seconds, _ := e.Extensions["retryAfterSeconds"].(float64); code == "RATE_LIMITED" && seconds < 1 {
			problems = append(problems, fmt.Sprintf("at %v it does not say when to come back", e.Path))
		}
	}
	for path := range missing {
		problems = append(problems, fmt.Sprintf("nothing at %v, and no error", path))
	}
	if stale > 0 && !s.cached {
		problems = append(problems, "something is stale, though nothing is remembered")
	}
	if devices, ok := a.Data["devices"].(map[string]any); ok && len(devices["nodes"].([]any)) != stormPage {
		problems = append(problems, "the page is not full")
	}
	s.stale.Add(int64(stale))
	s.errors.Add(int64(len(a.Errors)))
	if len(a.Errors) == 0 {
		s.whole.Add(1)
	}
	return problems
}

// missingIn returns the paths at which a read of upstream has no value.
func missingIn(data any, at []any) map[string]bool {
	missing := map[string]bool{}
	switch data := data.(type) {
	case map[string]any:
		for name, v := range data {
			here := append(slices.Clone(at), name)
			if v == nil && slices.Contains([]string{"devices", "health", "operations"}, name) {
				missing[fmt.Sprint(here)] = true
			}
			for path := range missingIn(v, here) {
				missing[path] = true
			}
		}
	case []any:
		for i, v := range data {
			for path := range missingIn(v, append(slices.Clone(at), float64(i))) {
				missing[path] = true
			}
		}
	}
	return missing
}

// recover ends the faults, and wants that whoever asks soon after gets whole pages. They
// are of a length of their own, so that no page is remembered.
func (s *scene) recover() {
	faults(s.t, s.box.URL, "")
	s.sky.turn(0, 0)
	ended, after, whole := time.Now(), any(nil), 0
	var last string
	for whole < 3 && time.Since(ended) < 10*recovery {
		asked := time.Since(ended)
		a := asCaller(s.f, stormQuery, map[string]any{"first": stormPage - 1, "after": after})
		after = nextPage(a)
		if len(a.Errors) > 0 || len(missingIn(a.Data, nil)) > 0 {
			last, whole = a.raw, 0
			time.Sleep(20 * time.Millisecond)
			continue
		}
		if whole++; whole == 1 {
			s.back = asked
		}
	}
	if whole < 3 || s.back > recovery {
		s.t.Errorf("%s: %d pages are whole, from %v after it: %.500s", s.name, whole, s.back, last)
	}
}

// conclude wants the storm to have been one, and the process to have lived through it.
func (s *scene) conclude() {
	if status, _ := get(s.t, s.f.url+"/healthz"); status != http.StatusOK {
		s.t.Errorf("%s: /healthz answers %d", s.name, status)
	}
	if log := s.f.log.String(); strings.Contains(log, "panic") {
		s.t.Errorf("%s: the log tells of a panic:\n%s", s.name, log)
	}
	if s.share >= 0.5 && s.errors.Load() == 0 && len(s.storm.codes) > 0 {
		s.t.Errorf("%s: no answer has an error: there was no storm", s.name)
	}
	s.t.Logf("%s, cache %v: %d answers, %d whole, %d errors, %d stale, the slowest after %v; whole again after %v",
		s.name, s.cached, s.answers.Load(), s.whole.Load(), s.errors.Load(), s.stale.Load(), s.slowest.Round(time.Millisecond), s.back.Round(time.Millisecond))
}
