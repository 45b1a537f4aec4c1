package cluster

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"go.uber.org/goleak"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

// TestMain finds goroutines that outlive a Close. go-redis dials in the
// background once many dials have failed, and sleeps a second in between.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}

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

// behaves is what every Store does.
func behaves(t *testing.T, s Store) {
	ctx := t.Context()
	set := func(key, value string, ttl time.Duration) {
		t.Helper()
		if err := s.Set(ctx, key, []byte(value), ttl); err != nil {
			t.Fatal(err)
		}
	}
	set("a", "1", time.Minute)
	set("c", "", time.Minute)
	set("d", "now", 0)
	set("e", "gone", -time.Second)
	values, err := s.Get(ctx, "a", "b", "c", "d", "e", "a")
	if err != nil {
		t.Fatal(err)
	}
	if len(values) != 6 || string(values[0]) != "1" || values[1] != nil || values[2] == nil || len(values[2]) != 0 ||
		values[3] != nil || values[4] != nil || string(values[5]) != "1" {
		t.Errorf("got %q", values)
	}
	set("a", "2", time.Minute)
	if values, _ := s.Get(ctx, "a"); string(values[0]) != "2" {
		t.Errorf("a later value did not replace the earlier: %q", values[0])
	}
}

func TestStoresKeepValues(t *testing.T) {
	t.Run("memory", func(t *testing.T) { behaves(t, open(t, "", Options{})) })
	t.Run("miniredis", func(t *testing.T) { behaves(t, open(t, "redis://"+miniredis.RunT(t).Addr(), Options{})) })
	t.Run("redis-server", func(t *testing.T) { behaves(t, open(t, redistest.Start(t).URL(), Options{})) })
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
	s := open(t, "redis://"+m.Addr(), Options{})
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
	for _, c := range []struct{ name, url, want string }{
		{"memory", "", "memory (64 MiB)"},
		{"plain", "redis://10.0.0.1", "redis at 10.0.0.1:6379"},
		{"password", "redis://me:s3cret@cache:6380/2", "redis at cache:6380"},
		{"tls", "rediss://:s3cret@cache:6380?pool_size=7", "redis at cache:6380"},
		{"socket", "unix://:s3cret@/run/redis.sock?db=1", "redis at /run/redis.sock"},
		{"no scheme", "s3cret@cache:6380", ""},
		{"host as scheme", "s3cret:6380", ""},
		{"other scheme", "https://:s3cret@cache", ""},
		{"password with a slash", "redis://:s3cret/x@cache:6380", ""},
		{"password with a percent sign", "redis://:s3cret%x@cache:6380", ""},
		{"database", "redis://cache/s3cret", ""},
		{"parameter", "redis://cache?s3cret=1", ""},
		{"parameter's value", "redis://cache?db=s3cret", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Open(c.url, Options{})
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
