package cache

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestForgettingSurvivesAStoreThatWasDown(t *testing.T) {
	w := newWorld(t)
	var log bytes.Buffer
	store := &moody{Store: openPatient(t, "redis://"+w.redis.Addr())}
	ctx, replicas, said := filled(t, w, store, openPatient(t, "redis://"+w.redis.Addr()))
	s := replicas[0]
	s.log = slog.New(slog.NewTextHandler(&log, nil))
	store.mood(true, true)
	if _, err := s.CreateOperation(ctx, restart); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(log.String(), "\n"); lines != 1 {
		t.Errorf("logged %d lines: %s", lines, &log)
	}
	if remembers(t, ctx, s, said, "Operations") {
		t.Error("remembered while the store is down")
	}
	if !remembers(t, ctx, replicas[1], said, "Health") {
		t.Error("the test is broken: the other replica's entries are gone")
	}
	store.mood(false, false)
	w.pass(100 * time.Millisecond)
	if remembers(t, ctx, s, said, "Operation") { // and tells the store meanwhile
		t.Error("remembered from before, now that the store is back")
	}
	for _, replica := range replicas {
		for _, name := range []string{"Operations", "Operation", "Activity"} {
			if remembers(t, ctx, replica, said, name) {
				t.Errorf("%s: remembered from before by a replica that was not told", name)
			}
		}
	}
	before := w.count()
	_, _ = s.Device(ctx, "d1")
	s.Wait()
	_, _ = s.Device(ctx, "d1")
	if n := w.count() - before; n > 1 {
		t.Errorf("asked upstream %d times, though the store is back", n)
	}
}

func TestForgettingSurvivesAStoreThatLostIt(t *testing.T) {
	w := newWorld(t)
	ctx, replicas, said := filled(t, w, openPatient(t, "redis://"+w.redis.Addr()))
	s := replicas[0]
	_, _ = s.CreateOperation(ctx, restart)
	w.redis.Del(generationKey(tagOf("p", "d1")))
	for range 2 {
		if remembers(t, ctx, s, said, "Operations") {
			t.Error("remembered from before the create, since the store lost the generation")
		}
	}
	if !w.redis.Exists(generationKey(tagOf("p", "d1"))) {
		t.Error("the store was not told again")
	}
}

func TestReadersShareAFlightWithoutAStoreAfterACreate(t *testing.T) {
	bubble(t, Options{Logger: slog.New(slog.DiscardHandler)}, func(t *testing.T, ctx context.Context, u *upstream, s *Service) {
		s.Wait() // it greets
		store := &moody{Store: s.store}
		store.mood(true, true)
		s.store = store
		_, _ = s.CreateOperation(ctx, restart)
		u.before = sleeping(time.Second)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() { _, _ = s.Device(ctx, "d1") })
		}
		wg.Wait()
		if n := u.count() - 1; n != 1 {
			t.Errorf("asked upstream %d times", n)
		}
	})
}

func TestForgottenIsBounded(t *testing.T) {
	var f forgotten
	now := time.Now()
	for i := range 2 * maxForgotten {
		f.add(key{tag: fmt.Sprint(i)}, now.Add(time.Duration(i)*time.Millisecond), false)
	}
	if n := len(f.all); n != maxForgotten {
		t.Errorf("remembers %d", n)
	}
	old := 0
	for i := range maxForgotten / 2 {
		if _, ok := f.get(fmt.Sprint(i), now); ok {
			old++
		}
		if _, ok := f.get(fmt.Sprint(2*maxForgotten-1-i), now); !ok && i < few {
			t.Errorf("dropped one of the newest, %d", i)
		}
	}
	if old > maxForgotten/20 {
		t.Errorf("dropped others than the old: %d of the oldest %d are there", old, maxForgotten/2)
	}
	f.add(key{tag: "x"}, now.Add(forgottenLife+time.Hour), false)
	if n := len(f.all); n > maxForgotten-few+1 {
		t.Errorf("remembers %d of which all are over", n)
	}
}

// TestLivesFitTogether checks what the comments beside the constants promise.
func TestLivesFitTogether(t *testing.T) {
	for _, life := range []time.Duration{movingOperationLife, movingPageLife, pageLife, createdPageLife, deviceLife, healthLife, configurationLife, noneLife} {
		if life >= forgottenLife {
			t.Errorf("%v outlives the memory of its being forgotten", life)
		}
	}
	s := &Service{stale: defaultStale}
	if finalOperationLife+s.stale >= s.generationLife() || pageLife > 30*time.Second {
		t.Error("an entry outlives its generation, or a page 30 s")
	}
}

// TestUntoldForgettingOfTheSameInstantCounts has two creates that tokens can't
// tell apart by their time.
func TestUntoldForgettingOfTheSameInstantCounts(t *testing.T) {
	w := newWorld(t)
	store := &moody{Store: openPatient(t, "redis://"+w.redis.Addr())}
	s := w.on(store)
	ctx := as(t.Context(), "p")
	_, _ = s.CreateOperation(ctx, restart)
	between, _, _ := readNamed("Health")(ctx, s)
	s.Wait()
	store.mood(false, true)
	_, _ = s.CreateOperation(ctx, restart)
	store.mood(false, false)
	if say, _, _ := readNamed("Health")(ctx, s); say == between {
		t.Error("remembered from before the second create")
	}
}

func TestNothingIsKeptUnderAnUnknownGeneration(t *testing.T) {
	w := newWorld(t)
	store := &moody{Store: openPatient(t, "redis://"+w.redis.Addr())}
	s := w.on(store)
	store.mood(true, false)
	if _, err := s.Device(as(t.Context(), "p"), "d1"); err != nil {
		t.Fatal(err)
	}
	s.Wait()
	if keys := w.redis.Keys(); len(keys) != 0 {
		t.Errorf("kept %q", keys)
	}
}
