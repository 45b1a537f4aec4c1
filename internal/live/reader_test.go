package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestSlowReaderGetsTheNewestAndEveryEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "", "")
		replaced := 0
		w := replica(t, u, openStore(t, ""), Options{Observe: &Observer{Replaced: func() { replaced++ }}})
		ctx := as(t, "p")
		slow, quick := many(t, w, ctx, nil, "d"), many(t, w, ctx, nil, "d")
		u.add("d", "a", teamwork.StatusQueued)
		see(t, w, u, ctx, "d")
		want(t, slow, 0, "created a Queued")
		for _, status := range []teamwork.DeviceOperationStatus{teamwork.StatusScheduled, teamwork.StatusInProgress} {
			u.move("d", "a", status)
			see(t, w, u, ctx, "d")
		}
		u.add("d", "b", teamwork.StatusQueued)
		see(t, w, u, ctx, "d")
		u.move("d", "b", teamwork.StatusInProgress)
		see(t, w, u, ctx, "d")
		if replaced != 2+3 {
			t.Errorf("%d events were replaced", replaced)
		}
		want(t, slow, 0, "changed a Queued→InProgress", "created b InProgress")
		want(t, quick, 0, "created a InProgress", "created b InProgress")
		u.move("d", "a", teamwork.StatusFailed)
		see(t, w, u, ctx, "d")
		u.move("d", "b", teamwork.StatusSuccessful)
		see(t, w, u, ctx, "d")
		want(t, slow, 0, "final a InProgress→Failed", "final b InProgress→Successful", "nothing")
	})
}

// see has a replica look at a device as if somebody had read it.
func see(t *testing.T, w *Watcher, u *tenant, ctx context.Context, device string) {
	t.Helper()
	page, err := u.Operations(ctx, teamwork.OperationsRequest{DeviceID: device})
	if err != nil {
		t.Fatal(err)
	}
	w.Observe(ctx, device, page.Items, true)
}

func TestUnreadSnapshotIsNotSkippedByTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		w := replica(t, u, openStore(t, ""), Options{})
		watch := one(t, w, as(t, "p"), "d", "a")
		for _, status := range []teamwork.DeviceOperationStatus{teamwork.StatusInProgress, teamwork.StatusSuccessful} {
			u.move("d", "a", status)
			see(t, w, u, as(t, "p"), "d")
		}
		want(t, watch, 0, "snapshot a InProgress", "final a InProgress→Successful", "end")
	})
}

func TestReaderThatReadsNothingIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		w := replica(t, u, openStore(t, ""), Options{})
		ctx := as(t, "p")
		gone, reads, nothing := one(t, w, ctx, "d", "a"), one(t, w, ctx, "d", "a"), one(t, w, ctx, "d", "a")
		want(t, nothing, 0, "snapshot a Queued")
		time.Sleep(patience - time.Second)
		want(t, reads, 0, "snapshot a Queued")
		time.Sleep(3 * time.Second)
		_, err := gone.Next(ctx)
		var e *teamwork.Error
		if !errors.As(err, &e) || e != errSlow {
			t.Errorf("got %v", err)
		}
		time.Sleep(time.Hour)
		u.move("d", "a", teamwork.StatusFailed)
		want(t, reads, time.Minute, "final a Queued→Failed", "end")
		want(t, nothing, 0, "final a Queued→Failed", "end")
	})
}

func TestReaderWithTooMuchBeforeItIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "", "")
		w := replica(t, u, openStore(t, ""), Options{Off: true})
		watch := many(t, w, as(t, "p"), nil, "d")
		for i := range maxPending {
			u.add("d", fmt.Sprint(i), teamwork.StatusQueued)
		}
		see(t, w, u, as(t, "p"), "d")
		want(t, watch, 0, "created 0 Queued")
		u.add("d", "more", teamwork.StatusQueued)
		u.add("d", "too much", teamwork.StatusQueued)
		see(t, w, u, as(t, "p"), "d")
		if _, err := watch.Next(t.Context()); err == nil || !errors.Is(err, errFull) {
			t.Errorf("got %v", err)
		}
	})
}

func TestCloseEndsANextThatWaits(t *testing.T) {
	for name, end := range map[string]struct {
		end  func(*Watcher, teamwork.Watch)
		want error
	}{
		"of the watch":   {func(_ *Watcher, watch teamwork.Watch) { watch.Close(); watch.Close() }, io.EOF},
		"of the watcher": {func(w *Watcher, _ teamwork.Watch) { w.Close() }, errClosing},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := newTenant()
				u.add("d", "a", teamwork.StatusQueued)
				w := New(u, Options{Store: openStore(t, "")})
				watch := many(t, w, as(t, "p"), nil, "d")
				want(t, watch, 0, "snapshot a Queued")
				ended := make(chan error, 1)
				go func() { _, err := watch.Next(context.Background()); ended <- err }()
				synctest.Wait()
				end.end(w, watch)
				if err := <-ended; !errors.Is(err, end.want) {
					t.Errorf("got %v", err)
				}
				w.Close()
				if watches, devices, _ := w.Counts(); watches != 0 || devices != 0 {
					t.Errorf("%d watches of %d devices are left", watches, devices)
				}
				if _, err := w.WatchOperations(as(t, "p"), []string{"d"}, nil); !errors.Is(err, errClosing) {
					t.Errorf("after Close: %v", err)
				}
			})
		})
	}
}

func TestNextEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newTenant()
		u.add("d", "a", teamwork.StatusQueued)
		watch := many(t, replica(t, u, openStore(t, ""), Options{}), as(t, "p"), nil, "d")
		want(t, watch, 0, "snapshot a Queued")
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second/2, cancel)
		if _, err := watch.Next(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		u.move("d", "a", teamwork.StatusFailed)
		want(t, watch, second, "final a Queued→Failed")
	})
}

func TestIdleWatchCostsLittle(t *testing.T) {
	u := newTenant()
	u.add("d", "a", teamwork.StatusQueued)
	w := replica(t, u, openStore(t, ""), Options{Off: true})
	const n = 10_000
	watches := make([]teamwork.Watch, n)
	goroutines, before := runtime.NumGoroutine(), heap()
	for i := range watches {
		watches[i] = one(t, w, as(t, "p"), "d", "a")
		want(t, watches[i], 0, "snapshot a Queued")
	}
	each := (heap() - before) / n
	if more := runtime.NumGoroutine() - goroutines; more > 10 {
		t.Errorf("%d goroutines for %d watches", more, n)
	}
	t.Logf("%d bytes for each watch", each)
	if each > 2048 {
		t.Errorf("%d bytes for each watch", each)
	}
	runtime.KeepAlive(watches)
}

// heap returns the bytes that live.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
