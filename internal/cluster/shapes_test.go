package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

// slow skips what lasts longer than 3 s.
func slow(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("lasts long")
	}
	t.Parallel()
}

// recovers calls f until it works, each time for no longer than a call may last.
func recovers(t *testing.T, what string, patience time.Duration, f func() error) {
	t.Helper()
	var longest time.Duration
	begin := time.Now()
	for {
		var err error
		longest = max(longest, lasts(t, func() { err = f() }))
		if err == nil {
			break
		}
		if time.Since(begin) > patience {
			t.Fatalf("%s: not back after %v: %v", what, patience, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Logf("%s: back after %v; no call took more than %v", what, time.Since(begin), longest)
}

func TestSentinelFailover(t *testing.T) {
	slow(t)
	for _, c := range []struct {
		name      string
		sentinels int
		lose      func(*redistest.Sentinels)
	}{
		{"killed", 1, func(r *redistest.Sentinels) { r.Master.Kill() }},
		{"frozen", 1, func(r *redistest.Sentinels) { r.Master.Pause() }},
		{"killed with a Sentinel", 3, func(r *redistest.Sentinels) { r.Watching[0].Kill(); r.Master.Kill() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := redistest.StartSentinel(t, c.sentinels)
			ctx := t.Context()
			s, other := open(t, r.URL(), Options{Mode: Sentinel}), open(t, r.URL(), Options{Mode: Sentinel})
			d, cancel := listen(t, other, "c")
			defer cancel()
			d.await("up", ample)
			set := func() error { return s.Set(ctx, "k", []byte("1"), time.Minute) }
			recovers(t, "first set", time.Second, set)
			late := redistest.Late()
			defer late.Stop()
			c.lose(r)
			if took := late.Less(d.await("down", ample), 0); took > 1500*time.Millisecond {
				t.Errorf("told that it is down after %v, beside %v of a busy machine", took, late.Sum())
			}
			recovers(t, "set", 6*time.Second, set)
			var v [][]byte
			recovers(t, "get", time.Second, func() (err error) { v, err = s.Get(ctx, "k"); return err })
			if string(v[0]) != "1" {
				t.Errorf("got %q", v)
			}
			d.await("up", 6*time.Second)
			recovers(t, "publish", time.Second, func() error { return s.Publish(ctx, "c", []byte("after")) })
			d.await("after", ample)
			if role := r.Replica.Do("ROLE"); !strings.Contains(role, "master") {
				t.Errorf("the replica is %q", role)
			}
		})
	}
}

// TestSentinelHandover: nobody dies, and the old master goes on to answer those who
// are still connected to it, for some eight seconds.
func TestSentinelHandover(t *testing.T) {
	slow(t)
	r := redistest.StartSentinel(t, 1)
	r.Watching[0].Do(append([]string{"ACL", "SETUSER", "tg"}, strings.Fields("on >s3cret allchannels -@all "+
		"+subscribe +ping +sentinel|get-master-addr-by-name +sentinel|sentinels")...)...)
	url := strings.Replace(r.URL(), "redis://", "redis://tg:s3cret@", 1)
	s, other := open(t, url, Options{Mode: Sentinel}), open(t, url, Options{Mode: Sentinel})
	d, cancel := listen(t, other, "c")
	defer cancel()
	d.await("up", ample)
	set := func() error { return s.Set(t.Context(), "k", nil, time.Minute) }
	recovers(t, "first set", time.Second, set)
	publish(t, open(t, url, Options{Mode: Sentinel, Patience: ample}), "c", "1") // once: one that was late may be heard all the same
	d.await("1", ample)
	machine := redistest.Late()
	defer machine.Stop()
	begin := time.Now()
	for r.Watching[0].Do("SENTINEL", "FAILOVER", "tg") != "+OK\r\n" {
		if time.Sleep(50 * time.Millisecond); time.Since(begin) > 5*time.Second {
			t.Fatal("Sentinel does not want to")
		}
	}
	d.awaitAll(machine, 4*time.Second, "up", "1", "down", "up")
	t.Logf("subscribed to the new master after %v", time.Since(begin))
	recovers(t, "publish", time.Second, func() error { return s.Publish(t.Context(), "c", []byte("2")) })
	d.await("2", ample)
	recovers(t, "set", time.Second, set)
}

// keysOf finds a key for each node.
func keysOf(c *redistest.Cluster) []string {
	keys := make([]string, len(c.Nodes))
	for i := 0; slices.Contains(keys, ""); i++ {
		key := fmt.Sprintf("{k%d}", i)
		keys[slices.Index(c.Nodes, c.NodeOf(key))] = key
	}
	return keys
}

// TestClusterLosesOneNode: what the others have goes on, and so do messages, also
// those of a channel and of a subscriber that were the lost node's.
func TestClusterLosesOneNode(t *testing.T) {
	slow(t)
	for _, c := range []struct {
		name          string
		lose, restore func(*redistest.Server)
	}{
		{"killed", (*redistest.Server).Kill, (*redistest.Server).Restart},
		{"frozen", (*redistest.Server).Pause, (*redistest.Server).Resume},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := redistest.StartCluster(t)
			ctx, keys := t.Context(), keysOf(r)
			s := open(t, r.URL(), Options{Mode: Cluster})
			get := func(node int) (err error) {
				lasts(t, func() { _, err = s.Get(ctx, keys[node]+"a", keys[node]+"b") })
				return err
			}
			var diaries []*diary
			for range 4 {
				d, cancel := listen(t, open(t, r.URL(), Options{Mode: Cluster}), keys[0])
				defer cancel()
				d.await("up", ample)
				diaries = append(diaries, d)
			}
			for node := range keys {
				patiently(t, func() error { return get(node) })
			}
			c.lose(r.Nodes[0])
			machine := redistest.Late()
			defer machine.Stop()
			gone, late, begin := 0, 0, time.Now()
			for ; time.Since(begin) < 2500*time.Millisecond || gone < 50 && time.Since(begin) < 30*time.Second; time.Sleep(10 * time.Millisecond) {
				if err := get(0); err == nil {
					t.Fatal("who answered?")
				} else if errors.Is(err, ErrDown) {
					gone++
				}
				for _, node := range []int{1, 2} {
					if err := get(node); isLate(err) && !errors.Is(err, ErrDown) {
						late++
					} else if err != nil {
						t.Fatalf("another node's key: %v", err)
					}
				}
			}
			if gone < 50 {
				t.Errorf("known to be down only %d times", gone)
			}
			if most := 1 + int(machine.Sum()/patience); late > most {
				t.Errorf("another node's key was late %d times, %d by a busy machine", late, most)
			}
			recovers(t, "publish", time.Second, func() error { return s.Publish(ctx, keys[0], []byte("1")) })
			for _, d := range diaries {
				d.await("1", 3*time.Second)
			}
			c.restore(r.Nodes[0])
			recovers(t, "the lost node's key", 5*time.Second, func() error { return get(0) })
		})
	}
}

func TestCluster(t *testing.T) {
	t.Parallel()
	r := redistest.StartCluster(t)
	keys := keysOf(r)
	t.Run("follows moved keys", func(t *testing.T) { followsMovedKeys(t, r, keys[0]) })
	t.Run("refuses keys without a common tag", func(t *testing.T) { refusesForeignKeys(t, r, keys) })
	t.Run("needs few rights", func(t *testing.T) { needsFewRights(t, r, keys) })
	t.Run("publishes past a dead node", func(t *testing.T) { publishesPastADeadNode(t, r, keys[0]) })
}

// publishesPastADeadNode: no message is lost to a dead node that nobody knows to be
// dead. A few times at most: the node after it has a quarter of a call's time, and a busy
// machine may take that.
func publishesPastADeadNode(t *testing.T, r *redistest.Cluster, key string) {
	node := r.Nodes[1] // to which the key moved
	for _, c := range []struct{ lose, restore func() }{{node.Pause, node.Resume}, {node.Kill, node.Restart}} {
		for try := 1; ; try++ {
			s := open(t, r.URL(), Options{Mode: Cluster})
			patiently(t, func() error { return s.Publish(t.Context(), key+"elsewhere", nil) })
			c.lose()
			lost, excused := losesMessages(t, s, key+"elsewhere")
			c.restore()
			if lost <= excused {
				break
			}
			if try == 5 {
				t.Fatalf("%d messages were lost, %d by a busy machine", lost, excused)
			}
		}
	}
}

// losesMessages returns how many of some messages nobody took in time, and how many of
// those a busy machine excuses.
func losesMessages(t *testing.T, s Store, channel string) (lost, excused int) {
	t.Helper()
	machine := redistest.Late()
	defer machine.Stop()
	for range 2 * failures {
		var err error
		if lasts(t, func() { err = s.Publish(t.Context(), channel, nil) }); isLate(err) {
			lost++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return lost, int(machine.Sum() / (patience / 4))
}

func followsMovedKeys(t *testing.T, r *redistest.Cluster, key string) {
	s := open(t, r.URL(), Options{Mode: Cluster, Patience: ample})
	if _, err := s.Get(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	slot := strings.Trim(r.Nodes[0].Do("CLUSTER", "KEYSLOT", key), ":\r\n")
	id := strings.Split(r.Nodes[1].Do("CLUSTER", "MYID"), "\r\n")[1]
	for _, node := range []int{1, 0, 2} {
		r.Nodes[node].Do("CLUSTER", "SETSLOT", slot, "NODE", id)
	}
	if err := s.Set(t.Context(), key, []byte("1"), time.Minute); err != nil {
		t.Fatal(err)
	}
	if v, err := s.Get(t.Context(), key); err != nil || string(v[0]) != "1" {
		t.Errorf("got %q, %v", v, err)
	}
	if l, err := s.Lease(t.Context(), key+"lease", time.Minute); err != nil || l == nil {
		t.Errorf("lease: %v, %v", l, err)
	}
}

func refusesForeignKeys(t *testing.T, r *redistest.Cluster, keys []string) {
	s := open(t, r.URL(), Options{Mode: Cluster, Patience: ample})
	for range 2 * failures {
		if _, err := s.Get(t.Context(), keys...); !redis.HasErrorPrefix(err, "CROSSSLOT") {
			t.Fatalf("got %v", err)
		}
	}
	if _, err := s.Get(t.Context(), keys[0]); err != nil {
		t.Error(err)
	}
}

func needsFewRights(t *testing.T, r *redistest.Cluster, keys []string) {
	for _, node := range r.Nodes {
		node.Do(append(append([]string{"ACL", "SETUSER", "tg"}, rule...), "+cluster|slots", "+asking")...)
	}
	s := open(t, strings.Replace(r.URL(), "redis://", "redis://tg:s3cret@", 1), Options{Mode: Cluster, Patience: ample})
	for _, key := range keys {
		key = "tg1:" + key
		if err := s.Set(t.Context(), key, nil, time.Minute); err != nil {
			t.Error(err)
		}
		d, cancel := listen(t, s, key)
		d.await("up", ample)
		publish(t, s, key, "1")
		d.await("1", ample)
		cancel()
	}
}

// rule is what the documentation tells to permit.
var rule = strings.Fields("on >s3cret resetkeys ~tg1:* resetchannels &tg1:* -@all " +
	"+get +mget +set +del +eval +evalsha +pexpire +time +publish +subscribe +unsubscribe +ping")

func TestTLSAndAUserWithFewRights(t *testing.T) {
	t.Parallel()
	r, roots := redistest.StartTLS(t)
	r.Do(append([]string{"ACL", "SETUSER", "tg"}, rule...)...)
	r.Do("ACL", "SETUSER", "default", "off")
	url := strings.Replace(r.URL(), "rediss://", "rediss://tg:s3cret@", 1)
	var log logged
	s := open(t, url, Options{RootCAs: roots, Logger: log.logger(), Patience: ample})
	ctx := t.Context()
	do := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	do("set", s.Set(ctx, "tg1:a", []byte("1"), time.Minute))
	_, err := s.Get(ctx, "tg1:a")
	do("get", err)
	_, err = s.Get(ctx, "tg1:a", "tg1:b")
	do("mget", err)
	do("delete", s.Delete(ctx, "tg1:a", "tg1:b"))
	l, err := s.Lease(ctx, "tg1:l", time.Minute)
	do("lease", err)
	_, err = l.Extend(ctx, time.Minute)
	do("extend", err)
	do("release", l.Release(ctx))
	p, err := s.Pen(ctx, "tg1:p", "term", time.Minute)
	do("pen", err)
	_, err = p.Set(ctx, []byte("1"), time.Minute)
	do("set with a pen", err)
	do("overrule", s.Overrule(ctx, "tg1:p", []byte("1"), time.Minute))
	_, err = s.Take(ctx, "tg1:t", time.Second, time.Second, 0)
	do("take", err)
	d, cancel := listen(t, s, "tg1:c")
	d.await("up", ample)
	publish(t, s, "tg1:c", "1")
	d.await("1", ample)
	time.Sleep(2*beat + 100*time.Millisecond) // pings
	d2, cancel2 := listen(t, s, "tg1:d")
	d2.await("up", ample)
	cancel2()
	cancel()
	if got := log.lines(); got[0] != "" {
		t.Errorf("logged %q", got)
	}

	for range 2 * failures {
		if err := s.Set(ctx, "other", nil, time.Minute); !redis.IsPermissionError(err) {
			t.Errorf("somebody else's key: %v", err)
		}
	}
	if err := s.Publish(ctx, "other", nil); !redis.IsPermissionError(err) {
		t.Errorf("somebody else's channel: %v", err)
	}
	stranger := open(t, url, Options{})
	if _, err := stranger.Get(ctx, "tg1:a"); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("trusted a certificate that nobody signed: %v", err)
	}
}

func TestObserveSeesEachCommand(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	var mu sync.Mutex
	seen := map[string]int{}
	s := open(t, r.URL(), Options{Patience: ample, Observe: func(op string, err error, took time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		what := op
		switch {
		case errors.Is(err, ErrDown):
			what += " down"
		case err != nil:
			what += " failed"
		case took <= 0:
			t.Errorf("%s took %v", op, took)
		}
		seen[what]++
	}})
	ctx := context.Background()
	_ = s.Set(ctx, "a", nil, time.Minute)
	_ = s.Set(ctx, "a", nil, 0) // nothing is sent
	_, _ = s.Get(ctx, "a")
	_, _ = s.Get(ctx, "a", "b")
	_ = s.Delete(ctx, "a")
	l, _ := s.Lease(ctx, "l", time.Minute)
	_, _ = l.Extend(ctx, time.Minute)
	_ = l.Release(ctx)
	_, _ = s.Take(ctx, "t", 0, 0, 0)
	_ = s.Publish(ctx, "c", nil)
	r.Kill()
	for range failures + 2 {
		_ = s.Publish(ctx, "c", nil)
	}
	want := map[string]int{"set": 1, "get": 2, "delete": 1, "lease": 3, "take": 1, "publish": 1, "publish failed": failures, "publish down": 2}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("saw %v, want %v", seen, want)
	}
}
