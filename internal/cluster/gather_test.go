package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

// trips counts what a client sends, each time as one, and how many commands.
type trips struct{ sent, commands atomic.Int64 }

func (c *trips) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *trips) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.sent.Add(1)
		c.commands.Add(1)
		return next(ctx, cmd)
	}
}

func (c *trips) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		c.sent.Add(1)
		c.commands.Add(int64(len(cmds)))
		return next(ctx, cmds)
	}
}

// count has s's client tell what it sends from now on.
func count(s *shared) *trips {
	c := &trips{}
	s.client.AddHook(c)
	return c
}

// answer is what a Get returned.
type answer struct {
	values [][]byte
	err    error
}

// patiently calls f until it works: a machine may be too busy for a well Redis to answer
// in time.
func patiently(t *testing.T, f func() error) {
	t.Helper()
	begin, err := time.Now(), f()
	for ; err != nil; err = f() {
		if time.Sleep(20 * time.Millisecond); time.Since(begin) > 20*time.Second {
			t.Fatal(err)
		}
	}
}

func isLate(err error) bool {
	return errors.Is(err, ErrDown) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}

// asOne is inAGroup, until nothing is late.
func asOne(t *testing.T, s *shared, between func(), keys ...string) (answers []answer) {
	t.Helper()
	patiently(t, func() error {
		answers = inAGroup(t, s, between, keys...)
		for _, a := range answers {
			if isLate(a.err) {
				return a.err
			}
		}
		return nil
	})
	return answers
}

// inAGroup has one caller for each of keys, which are one server's and separated by
// spaces, join one group, the first of which leads. It returns what each got. Before
// the group leaves, between is called, if not nil.
func inAGroup(t *testing.T, s *shared, between func(), keys ...string) []answer {
	t.Helper()
	answers := make([]answer, len(keys))
	var b *breaker
	patiently(t, func() (err error) {
		b, err = s.shape.breaker(t.Context(), time.Now().Add(time.Second), keys[0])
		return err
	})
	until := time.Now().Add(time.Minute)
	first := readOf(t.Context(), strings.Fields(keys[0]))
	of, leads := b.asked.join(first)
	if !leads {
		t.Fatal("somebody else leads")
	}
	var wait sync.WaitGroup
	for i, key := range keys[1:] {
		wait.Go(func() { answers[i+1].values, answers[i+1].err = s.Get(t.Context(), strings.Fields(key)...) })
	}
	for n := 0; n < len(keys); n, _ = b.asked.look(of) {
		if time.Sleep(time.Millisecond); time.Now().After(until) {
			t.Fatalf("%d of %d have joined", n, len(keys))
		}
	}
	if between != nil {
		between()
	}
	b.asked.close(of)
	of.until = time.Now().Add(s.patience)
	s.sendTogether(b, of)
	wait.Wait()
	answers[0].values, answers[0].err = valuesOf(first)
	return answers
}

func TestReadsOfTheSameMomentTakeOneRoundTrip(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	var seen atomic.Int64
	s := open(t, r.URL(), Options{Observe: func(op string, err error, _ time.Duration) {
		if op == "get" && err == nil {
			seen.Add(1)
		}
	}}).(*shared)
	var keys []string
	for i := range 100 {
		key := fmt.Sprint("k", i)
		if i%10 != 0 {
			patiently(t, func() error { return s.Set(t.Context(), key, []byte(key), time.Minute) })
		}
		if i%3 == 0 {
			key += " k1 none"
		}
		keys = append(keys, key)
	}
	c := count(s)
	again := func() { // the leader is ours, so it is not told of
		c.sent.Store(0)
		c.commands.Store(0)
		seen.Store(1)
	}
	for i, a := range asOne(t, s, again, keys...) {
		want := [][]byte{nil}
		if i%10 != 0 {
			want[0] = []byte(fmt.Sprint("k", i))
		}
		if i%3 == 0 {
			want = append(want, []byte("k1"), nil)
		}
		if a.err != nil || fmt.Sprintf("%q", a.values) != fmt.Sprintf("%q", want) || (a.values[0] == nil) != (want[0] == nil) {
			t.Errorf("%s: got %q, %v, want %q", keys[i], a.values, a.err, want)
		}
	}
	if c.sent.Load() != 1 || c.commands.Load() != 100 {
		t.Errorf("%d round trips with %d commands", c.sent.Load(), c.commands.Load())
	}
	if seen.Load() != 100 {
		t.Errorf("told of %d", seen.Load())
	}
}

// TestAListTakesFewRoundTrips asks as resolvers do. How many go together is the
// scheduler's affair, but that nobody does would be ours.
func TestAListTakesFewRoundTrips(t *testing.T) {
	r := redistest.Start(t)
	s := open(t, r.URL(), Options{}).(*shared)
	patiently(t, func() error { return s.Set(t.Context(), "k", []byte("1"), time.Hour) })
	c := count(s)
	const lists, members = 50, 100
	var failed, fewest int64 = 0, members
	for range lists {
		was := c.sent.Load()
		var wait sync.WaitGroup
		for range members {
			wait.Go(func() {
				if v, err := s.Get(t.Context(), "k", "none"); err != nil {
					atomic.AddInt64(&failed, 1) // a busy machine
				} else if string(v[0]) != "1" || v[1] != nil {
					t.Errorf("got %q", v)
				}
			})
		}
		wait.Wait()
		fewest = min(fewest, c.sent.Load()-was)
	}
	all := float64(c.sent.Load()) / lists
	t.Logf("a list of %d takes %.2f round trips, the luckiest %d; %d reads failed", members, all, fewest, failed)
	if all > 10 || fewest > 3 {
		t.Error("that is too many")
	}
}

// TestALoneReadDoesNotWait for others, nor for the answer to somebody else.
func TestALoneReadDoesNotWait(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	s := open(t, r.URL(), Options{}).(*shared)
	b := s.shape.(*one).circle
	of, _ := b.asked.join(readOf(t.Context(), []string{"k"}))
	b.asked.close(of) // and it is under way for ever
	patiently(t, func() error { return s.Set(t.Context(), "k", nil, time.Minute) })
	c := count(s)
	for range 100 {
		patiently(t, func() error {
			c.sent.Store(0)
			_, err := s.Get(t.Context(), "k")
			return err
		})
		if c.sent.Load() != 1 {
			t.Errorf("%d round trips", c.sent.Load())
		}
	}
}

func TestGroupsAreBounded(t *testing.T) {
	var g gatherer
	sizes := map[*group]int{}
	for range 2*together + 5 {
		of, leads := g.join(readOf(t.Context(), []string{"k"}))
		if sizes[of]++; leads != (sizes[of] == 1) {
			t.Fatalf("number %d leads: %v", sizes[of], leads)
		}
	}
	for of, n := range sizes {
		if n != len(of.commands) || n != together && n != 5 {
			t.Errorf("%d of %d", n, len(of.commands))
		}
	}
}

func TestOneReadsErrorIsItsOwn(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	var log logged
	s := open(t, r.URL(), Options{Logger: log.logger()}).(*shared)
	patiently(t, func() error { return s.Set(t.Context(), "k", []byte("1"), time.Hour) })
	r.Do("LPUSH", "list", "1")
	for range 2 * failures {
		for i, a := range asOne(t, s, nil, "list", "k", "list", "k none", "none") {
			switch wrong := redis.HasErrorPrefix(a.err, "WRONGTYPE"); {
			case i%2 == 0 && i < 4:
				if !wrong || a.values != nil {
					t.Errorf("%d: got %q, %v", i, a.values, a.err)
				}
			case a.err != nil || i < 4 && string(a.values[0]) != "1":
				t.Errorf("%d: got %q, %v", i, a.values, a.err)
			}
		}
	}
	if l := strings.Join(log.lines(), "\n"); strings.Count(l, "WRONGTYPE") != 1 {
		t.Errorf("want one line on the refusals, got:\n%s", l)
	}
}

func TestWhatAGroupSaysOfTheServer(t *testing.T) {
	lost, loading, full, script := errors.New("lost"), said("LOADING Redis"), said("OOM command not allowed"), said("NOSCRIPT No matching script")
	for _, c := range []struct {
		answers []error
		want    error
	}{
		{[]error{nil, nil}, nil},
		{[]error{redis.Nil, nil}, nil},
		{[]error{redis.Nil, redis.Nil}, nil},
		{[]error{full, redis.Nil}, nil},
		{[]error{full, full}, full},
		{[]error{script, script}, nil},
		{[]error{full, script}, nil},
		{[]error{loading, nil}, nil},
		{[]error{full, loading, full}, loading},
		{[]error{nil, full, lost, lost}, lost},
	} {
		var reads []redis.Cmder
		for _, err := range c.answers {
			reads = append(reads, readOf(t.Context(), []string{"k"}))
			reads[len(reads)-1].SetErr(err)
		}
		if got := verdict(reads); !errors.Is(got, c.want) {
			t.Errorf("%v: %v, want %v", c.answers, got, c.want)
		}
	}
}

// said is an error that Redis answers.
type said string

func (s said) Error() string { return string(s) }
func (said) RedisError()     {}

// TestNothingThereIsNoFailure of the server's, whoever asks first.
func TestNothingThereIsNoFailure(t *testing.T) {
	t.Parallel()
	s := open(t, redistest.Start(t).URL(), Options{}).(*shared)
	late := false
	for range 2 * failures {
		for _, a := range inAGroup(t, s, nil, "none", "none neither", "none") {
			if a.err != nil && !late && (!isLate(a.err) || errors.Is(a.err, ErrDown)) {
				t.Fatal(a.err)
			}
			late = late || a.err != nil // a busy machine
		}
	}
}

// TestAGroupWithoutRedisFailsOnce: all of it, in time, and as one call.
func TestAGroupWithoutRedisFailsOnce(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*redistest.Server){"killed": (*redistest.Server).Kill, "frozen": (*redistest.Server).Pause} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := redistest.Start(t)
			s := open(t, r.URL(), Options{}).(*shared)
			patiently(t, func() error { return s.Set(t.Context(), "k", nil, time.Minute) })
			lose(r)
			b := s.shape.(*one).circle
			for i := range failures {
				if b.open() {
					t.Fatalf("down after %d groups", i)
				}
				for _, a := range inAGroup(t, s, nil, "a", "b", "c d", "e", "f") {
					if a.err == nil || errors.Is(a.err, ErrDown) || errors.Is(a.err, errCallerLeft) {
						t.Errorf("got %q, %v", a.values, a.err)
					}
				}
			}
			for _, a := range inAGroup(t, s, nil, "a", "b", "c d") {
				if !errors.Is(a.err, ErrDown) {
					t.Errorf("asked a Redis that is down: %v", a.err)
				}
			}
		})
	}
}

func TestACallerWhoLeavesAGroupEndsItForNobody(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	s := open(t, r.URL(), Options{}).(*shared)
	patiently(t, func() error { return s.Set(t.Context(), "k", []byte("1"), time.Hour) })
	b := s.shape.(*one).circle
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	answers := asOne(t, s, func() {
		go func() {
			_, err := s.Get(ctx, "k")
			left <- err
		}()
		joined(t, b, 4)
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) || !errors.Is(err, errCallerLeft) {
			t.Errorf("got %v", err)
		}
	}, "k", "k", "k")
	for _, a := range answers {
		if a.err != nil || string(a.values[0]) != "1" {
			t.Errorf("got %q, %v", a.values, a.err)
		}
	}
}

// TestCallersComeAndGo has the scheduler choose who leads whom.
func TestCallersComeAndGo(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	s := open(t, r.URL(), Options{})
	for i := range 10 {
		patiently(t, func() error { return s.Set(t.Context(), strconv.Itoa(i), []byte{byte(i)}, time.Hour) })
	}
	var wait sync.WaitGroup
	var answered, left atomic.Int64
	for range 200 {
		wait.Go(func() {
			for range 20 {
				i := rand.IntN(10)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				if i%3 == 0 {
					time.AfterFunc(rand.N(200*time.Microsecond), cancel)
				}
				v, err := s.Get(ctx, strconv.Itoa(i))
				switch {
				case err == nil && (len(v) != 1 || v[0][0] != byte(i)):
					t.Errorf("asked for %d, got %q", i, v)
				case err == nil:
					answered.Add(1)
				case errors.Is(err, context.Canceled):
					left.Add(1)
				}
				cancel()
			}
		})
	}
	wait.Wait()
	t.Logf("%d answered, %d left", answered.Load(), left.Load())
	patiently(t, func() error { // nobody keeps the next one from its answer
		_, err := s.Get(t.Context(), "1")
		return err
	})
}

// fuse panics where go-redis might.
type fuse struct{ trips }

func (*fuse) ProcessPipelineHook(redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(context.Context, []redis.Cmder) error { panic("boom") }
}

func TestAPanicStrandsNobody(t *testing.T) {
	t.Parallel()
	s := open(t, redistest.Start(t).URL(), Options{}).(*shared)
	s.client.AddHook(&fuse{})
	for _, a := range asOne(t, s, nil, "a", "b", "c d") {
		if a.err == nil || !strings.Contains(a.err.Error(), "boom") {
			t.Errorf("got %q, %v", a.values, a.err)
		}
	}
	patiently(t, func() error {
		_, err := s.Get(t.Context(), "a")
		return err
	})
}

// TestGroupsInACluster are one node's each, and follow keys that move.
func TestGroupsInACluster(t *testing.T) {
	t.Parallel()
	r := redistest.StartCluster(t)
	s := open(t, r.URL(), Options{Mode: Cluster}).(*shared)
	keys := keysOf(r)
	for _, key := range keys {
		for _, k := range []string{key + "a", key + "b"} {
			patiently(t, func() error { return s.Set(t.Context(), k, []byte(k), time.Minute) })
		}
	}
	var again func()
	works := func(key string) {
		t.Helper()
		for i, a := range asOne(t, s, again, key+"a", key+"b", key+"a "+key+"b "+key+"c", key+"c") {
			want := [][]string{{key + "a"}, {key + "b"}, {key + "a", key + "b", ""}, {""}}[i]
			if got := fmt.Sprintf("%s", a.values); a.err != nil || got != fmt.Sprint(want) {
				t.Errorf("got %s, %v, want %s", got, a.err, want)
			}
		}
	}
	for _, key := range keys {
		c := count(s)
		again = func() { c.sent.Store(0) }
		if works(key); c.sent.Load() != 1 {
			t.Errorf("%d round trips", c.sent.Load())
		}
	}
	for range 2 * failures { // a read whose keys share no tag is refused for itself
		answers := asOne(t, s, nil, keys[0]+"a", keys[0]+"a "+keys[1]+"a")
		if answers[0].err != nil || !redis.HasErrorPrefix(answers[1].err, "CROSSSLOT") {
			t.Errorf("got %v, %v", answers[0].err, answers[1].err)
		}
	}
	slot := strings.Trim(r.Nodes[0].Do("CLUSTER", "KEYSLOT", keys[0]), ":\r\n")
	id := func(node int) string { return strings.Split(r.Nodes[node].Do("CLUSTER", "MYID"), "\r\n")[1] }
	r.Nodes[1].Do("CLUSTER", "SETSLOT", slot, "IMPORTING", id(0))
	r.Nodes[0].Do("CLUSTER", "SETSLOT", slot, "MIGRATING", id(1))
	host, port, _ := strings.Cut(r.Nodes[1].Addr, ":")
	r.Nodes[0].Do("MIGRATE", host, port, keys[0]+"a", "0", "5000")
	asked := asOne(t, s, nil, keys[0]+"a", keys[0]+"b")
	for i, a := range asked {
		if a.err != nil || string(a.values[0]) != keys[0]+string("ab"[i]) {
			t.Errorf("while it moves: got %q, %v", a.values, a.err)
		}
	}
	r.Nodes[0].Do("MIGRATE", host, port, keys[0]+"b", "0", "5000")
	for _, node := range []int{1, 0, 2} {
		r.Nodes[node].Do("CLUSTER", "SETSLOT", slot, "NODE", id(1))
	}
	works(keys[0])
}
