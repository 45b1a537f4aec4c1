package cluster

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

// logged collects lines.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Split(strings.TrimSpace(l.b.String()), "\n")
}

func (l *logged) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// lasts fails the test if f takes much longer than a call may. The margin and what the
// machine was late are for others' work.
func lasts(t *testing.T, f func()) time.Duration {
	t.Helper()
	late := redistest.Late()
	defer late.Stop()
	begin := time.Now()
	f()
	took := time.Since(begin)
	if late.Less(took, 0) > patience+200*time.Millisecond {
		t.Errorf("took %v, of which a busy machine's are %v", took, late.Sum())
	}
	return took
}

// breaks takes Redis away from a Store and gives it back.
func breaks(t *testing.T, r *redistest.Server, lose, restore func()) {
	var log logged
	s := open(t, r.URL(), Options{Logger: log.logger()})
	ctx := t.Context()
	patiently(t, func() error { return s.Set(ctx, "k", []byte("1"), time.Hour) })
	lose()
	for i := range failures {
		took := lasts(t, func() {
			if _, err := s.Get(ctx, "k"); err == nil || errors.Is(err, ErrDown) {
				t.Errorf("call %d: %v", i, err)
			}
		})
		t.Logf("call %d without Redis took %v", i, took)
	}
	begin := time.Now()
	for range 1000 {
		if _, err := s.Get(ctx, "k"); !errors.Is(err, ErrDown) {
			t.Fatalf("asked a Redis that is down: %v", err)
		}
	}
	t.Logf("1000 further calls took %v", time.Since(begin))
	time.Sleep(probeAfter + 50*time.Millisecond)
	lasts(t, func() { _, _ = s.Get(ctx, "k") }) // the probe fails
	restore()
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if err := s.Set(ctx, "k", []byte("2"), time.Hour); err == nil {
			break
		} else if time.Since(begin) > 5*time.Second {
			t.Fatalf("not back after 5 s: %v", err)
		}
	}
	var v [][]byte
	patiently(t, func() (err error) { v, err = s.Get(ctx, "k"); return err })
	if string(v[0]) != "2" {
		t.Errorf("got %q", v)
	}
	lines := log.lines()
	if len(lines) != 2 || !strings.Contains(lines[0], "down") || !strings.Contains(lines[1], "back") {
		t.Errorf("want one line for the loss and one for the return, got:\n%s", strings.Join(lines, "\n"))
	}
}

func TestDeadRedisCostsLittleAndIsFoundAgain(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	breaks(t, r, r.Kill, r.Restart)
}

func TestFrozenRedisCostsLittleAndIsFoundAgain(t *testing.T) {
	t.Parallel()
	r := redistest.Start(t)
	breaks(t, r, r.Pause, r.Resume)
}

func TestOpenDoesNotNeedRedis(t *testing.T) {
	r := redistest.Start(t)
	r.Kill()
	s := open(t, r.URL(), Options{Patience: ample})
	if _, err := s.Get(t.Context(), "k"); err == nil {
		t.Error("who answered?")
	}
	r.Restart()
	if err := s.Set(t.Context(), "k", nil, time.Second); err != nil {
		t.Error(err)
	}
}

func TestCallersWhoLeaveDoNotBringRedisDown(t *testing.T) {
	var log logged
	s := open(t, redistest.Start(t).URL(), Options{Logger: log.logger(), Patience: ample})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 10 * failures {
		if _, err := s.Get(gone, "k"); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
	}
	if _, err := s.Get(t.Context(), "k"); err != nil {
		t.Error(err)
	}
	if l := log.lines(); l[0] != "" {
		t.Errorf("logged %q", l)
	}
}

func TestFullRedisIsStillRead(t *testing.T) {
	r := redistest.Start(t)
	var log logged
	s := open(t, r.URL(), Options{Logger: log.logger(), Patience: ample})
	_ = s.Set(t.Context(), "k", []byte("1"), time.Hour)
	r.Do("CONFIG", "SET", "maxmemory", "1")
	refused := 0
	for begin := time.Now(); refused < 2*failures; { // it may take one until it notices
		if err := s.Set(t.Context(), "other", []byte("1"), time.Hour); err != nil {
			refused++
		} else if time.Since(begin) > 5*time.Second {
			t.Fatal("a full Redis takes values")
		}
	}
	if v, err := s.Get(t.Context(), "k"); err != nil || string(v[0]) != "1" {
		t.Errorf("got %q, %v", v, err)
	}
	if l := log.lines(); len(l) != 1 || !strings.Contains(l[0], "OOM") {
		t.Errorf("want one line on the refusals, got %q", l)
	}
}

func TestWrongPasswordIsLoggedOnceAndNotShown(t *testing.T) {
	r := redistest.Start(t)
	r.Do("CONFIG", "SET", "requirepass", "right")
	var log logged
	s := open(t, "redis://:s3cret@"+r.Addr, Options{Logger: log.logger(), Patience: ample})
	for range 10 {
		if _, err := s.Get(t.Context(), "k"); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Fatalf("got %v", err)
		}
	}
	if l := log.lines(); len(l) != 1 || strings.Contains(l[0], "s3cret") {
		t.Errorf("want one line, got %q", l)
	}
}
