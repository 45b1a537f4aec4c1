package cluster

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

func TestMain(m *testing.M) {
	redistest.Main(m)
}

// ample is a patience for what is not about time: a busy machine may be late.
const ample = 10 * time.Second

func open(t testing.TB, url string, opts Options) Store {
	t.Helper()
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	s, err := Open(url, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// everywhere runs f over each kind of Store; open opens what another replica would.
func everywhere(t *testing.T, f func(t *testing.T, open func() Store)) {
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		s := open(t, "", Options{})
		f(t, func() Store { return s })
	})
	for _, c := range []struct {
		name string
		mode Mode
		url  func(*testing.T) string
	}{
		{"single", Single, func(t *testing.T) string { return redistest.Start(t).URL() }},
		{"cluster", Cluster, func(t *testing.T) string { return redistest.StartCluster(t).URL() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := c.url(t)
			f(t, func() Store { return open(t, url, Options{Mode: c.mode, Patience: ample}) })
		})
	}
}

func TestEveryStore(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, open func() Store) {
		s := open()
		t.Run("keeps values", func(t *testing.T) { keepsValues(t, s) })
		t.Run("swaps", func(t *testing.T) { swaps(t, s) })
		t.Run("takes", func(t *testing.T) { takes(t, s, open()) })
		t.Run("deletes", func(t *testing.T) { deletes(t, s) })
		t.Run("leases", func(t *testing.T) { leasesOut(t, s, open()) })
		t.Run("gives pens", func(t *testing.T) { penned(t, s, open()) })
		t.Run("tells", func(t *testing.T) { tells(t, s, open()) })
		t.Run("stops telling", func(t *testing.T) { stopsTelling(t, s, open()) })
		t.Run("tells the late", func(t *testing.T) { tellsTheLate(t, s, open()) })
	})
}

func keepsValues(t *testing.T, s Store) {
	ctx := t.Context()
	set := func(key, value string, ttl time.Duration) {
		t.Helper()
		if err := s.Set(ctx, "{v}"+key, []byte(value), ttl); err != nil {
			t.Fatal(err)
		}
	}
	set("a", "1", time.Minute)
	set("c", "", time.Minute)
	set("d", "now", 0)
	set("e", "gone", -time.Second)
	values, err := s.Get(ctx, "{v}a", "{v}b", "{v}c", "{v}d", "{v}e", "{v}a")
	if err != nil {
		t.Fatal(err)
	}
	if len(values) != 6 || string(values[0]) != "1" || values[1] != nil || values[2] == nil || len(values[2]) != 0 ||
		values[3] != nil || values[4] != nil || string(values[5]) != "1" {
		t.Errorf("got %q", values)
	}
	for _, c := range []struct {
		key  string
		want []byte
	}{{"a", []byte("1")}, {"b", nil}, {"c", []byte{}}} {
		if v, err := s.Get(ctx, "{v}"+c.key); err != nil || len(v) != 1 || !bytes.Equal(v[0], c.want) || (v[0] == nil) != (c.want == nil) {
			t.Errorf("%s alone: got %q, %v", c.key, v, err)
		}
	}
	set("a", "2", time.Minute)
	if values, _ := s.Get(ctx, "{v}a"); string(values[0]) != "2" {
		t.Errorf("a later value did not replace the earlier: %q", values[0])
	}
}

func deletes(t *testing.T, s Store) {
	ctx := t.Context()
	for _, key := range []string{"{d}1", "{d}2", "{d}3"} {
		if err := s.Set(ctx, key, []byte(key), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Delete(ctx, "{d}1", "{d}3", "{d}never"); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx); err != nil {
		t.Error(err)
	}
	if v, _ := s.Get(ctx, "{d}1", "{d}2", "{d}3"); v[0] != nil || v[1] == nil || v[2] != nil {
		t.Errorf("got %q", v)
	}
}

func TestMemoryValuesExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := Open("", Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		_ = s.Set(t.Context(), "short", []byte("1"), time.Second)
		_ = s.Set(t.Context(), "long", []byte("2"), time.Hour)
		time.Sleep(time.Second - time.Millisecond)
		if v, _ := s.Get(t.Context(), "short"); v[0] == nil {
			t.Error("expired too early")
		}
		time.Sleep(2 * time.Millisecond)
		if v, _ := s.Get(t.Context(), "short", "long"); v[0] != nil || v[1] == nil {
			t.Errorf("got %q", v)
		}
	})
}

func TestRedisValuesExpire(t *testing.T) {
	m := miniredis.RunT(t)
	s := open(t, "redis://"+m.Addr(), Options{Patience: ample})
	_ = s.Set(t.Context(), "k", []byte("1"), 1500*time.Millisecond)
	_ = s.Set(t.Context(), "tiny", []byte("1"), time.Microsecond)
	if ttl := m.TTL("k"); ttl != 1500*time.Millisecond {
		t.Errorf("ttl %v", ttl)
	}
	if ttl := m.TTL("tiny"); ttl != time.Millisecond {
		t.Errorf("less than Redis counts is kept for %v", ttl)
	}
	m.FastForward(1500 * time.Millisecond)
	if v, _ := s.Get(t.Context(), "k"); v[0] != nil {
		t.Errorf("still there: %q", v[0])
	}
}

func TestMemoryStaysWithinItsBound(t *testing.T) {
	const bound = 1 << 20
	s := open(t, "", Options{Memory: bound}).(*memory)
	for i := range 1000 {
		_ = s.Set(t.Context(), fmt.Sprint(i), make([]byte, 10_000), time.Hour)
	}
	s.entries.CleanUp()
	if w := s.entries.WeightedSize(); w > bound || w == 0 {
		t.Errorf("weighs %d of %d", w, bound)
	}
}

func TestOpenSaysWhereAndNeverThePassword(t *testing.T) {
	for _, c := range []struct {
		name string
		mode Mode
		url  string
		want string
	}{
		{"memory", "", "", "memory (64 MiB)"},
		{"plain", "", "redis://10.0.0.1", "redis at 10.0.0.1:6379"},
		{"password", Single, "redis://me:s3cret@cache:6380/2", "redis at cache:6380"},
		{"tls", "", "rediss://:s3cret@cache:6380?pool_size=7", "redis at cache:6380"},
		{"socket", "", "unix://:s3cret@/run/redis.sock?db=1", "redis at /run/redis.sock"},
		{"no scheme", "", "s3cret@cache:6380", ""},
		{"host as scheme", "", "s3cret:6380", ""},
		{"other scheme", "", "https://:s3cret@cache", ""},
		{"password with a slash", "", "redis://:s3cret/x@cache:6380", ""},
		{"password with a percent sign", "", "redis://:s3cret%x@cache:6380", ""},
		{"database", "", "redis://cache/s3cret", ""},
		{"parameter", "", "redis://cache?s3cret=1", ""},
		{"parameter's value", "", "redis://cache?db=s3cret", ""},
		{"sentinel", Sentinel, "rediss://:s3cret@a?master_name=tg&addr=b:5&password=s3cret&username=u", "redis sentinel tg at a:6379, b:5"},
		{"sentinel without a name", Sentinel, "redis://:s3cret@a", ""},
		{"sentinel's socket", Sentinel, "unix://:s3cret@/run/redis.sock?master_name=tg", ""},
		{"sentinel that routes", Sentinel, "redis://a?master_name=tg&route_by_latency=true&route_randomly=true", "redis sentinel tg at a:6379"},
		{"sentinel's parameter", Sentinel, "redis://a?master_name=tg&pasword=s3cret", ""},
		{"cluster", Cluster, "redis://u:s3cret@a:1?addr=b:2&addr=c:3", "redis cluster at a:1, b:2, c:3"},
		{"cluster's parameter", Cluster, "redis://a:1?s3cret=b", ""},
		{"mode", "s3cret", "redis://a:1", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Open(c.url, Options{Mode: c.mode})
			var said string
			if err != nil {
				said = err.Error()
			} else {
				defer s.Close()
				said = fmt.Sprintf("%s %v", s, s)
			}
			if strings.Contains(said, "s3cret") {
				t.Errorf("tells the password: %s", said)
			}
			if (c.want == "") != (err != nil) || err == nil && s.String() != c.want {
				t.Errorf("said %q, want %q", said, c.want)
			}
		})
	}
}

// TestMemoryKeepsNothingThatIsTooBig: not even until somebody has made room.
func TestMemoryKeepsNothingThatIsTooBig(t *testing.T) {
	store, err := Open("", Options{Memory: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for i := range 2000 {
		key := fmt.Sprint("key", i)
		if err := store.Set(t.Context(), key, []byte("value"), time.Minute); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Swap(t.Context(), key+" swapped", nil, []byte("value"), time.Minute); err != nil {
			t.Fatal(err)
		}
		got, err := store.Get(t.Context(), key, key+" swapped")
		if err != nil || got[0] != nil || got[1] != nil {
			t.Fatalf("%d: got %q, %v", i, got, err)
		}
	}
}
