package cluster

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/sony/gobreaker/v2"
)

const (
	// failures in a row, each begun after the one before, after which Redis counts as
	// down.
	failures = 3
	// probeAfter is how long Redis is left alone before one call tries again.
	probeAfter = time.Second
	// refusalsApart is how often a Redis that is there but takes no value is
	// complained of.
	refusalsApart = time.Minute
)

// errCallerLeft marks a call that failed because its caller had no more time,
// which says nothing of Redis.
var errCallerLeft = errors.New("the caller left")

// alike is a failure of a call that was under way when another one failed: a moment in
// which this process or Redis did not get to run fails all that wait, and counts once.
type alike struct{ error }

func (a alike) Unwrap() error { return a.error }

// breaker leaves a Redis alone that does not answer, and says so once.
type breaker struct {
	circuit *gobreaker.CircuitBreaker[struct{}]
	log     *slog.Logger
	place   string
	failed  func() // after each failure that counts; may be nil
	cause   error  // of the last failure; under the circuit's lock
	refused atomic.Int64
	asked   gatherer

	mu       sync.Mutex
	failedAt time.Time // when the last failure that counts was known
}

func newBreaker(log *slog.Logger, place string, failed func()) *breaker {
	b := &breaker{log: log, place: place, failed: failed}
	b.circuit = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:     probeAfter,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failures },
		IsExcluded:  saysNothing,
		IsSuccessful: func(err error) bool {
			b.cause = err
			if err != nil && b.failed != nil {
				b.failed()
			}
			return err == nil
		},
		OnStateChange: b.tell,
	})
	return b
}

// run calls f with inTime, which is ctx with less time, or returns ErrDown at once.
func (b *breaker) run(ctx, inTime context.Context, f func(context.Context) error) error {
	_, err := b.circuit.Execute(func() (struct{}, error) {
		began := time.Now()
		err := f(inTime)
		if err != nil && ctx.Err() != nil {
			err = errors.Join(errCallerLeft, ctx.Err())
		}
		if err != nil && !saysNothing(err) && b.counted(began) {
			err = alike{err}
		}
		return struct{}{}, err
	})
	switch {
	case errors.Is(err, gobreaker.ErrOpenState), errors.Is(err, gobreaker.ErrTooManyRequests):
		return ErrDown
	case isRefusal(err):
		b.complain(err)
	}
	return err
}

// counted reports whether a call that began then and failed now has failed with another
// one, which was counted. If not, this one is.
func (b *breaker) counted(began time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if began.Before(b.failedAt) {
		return true
	}
	b.failedAt = time.Now()
	return false
}

// saysNothing reports whether err is no sign of Redis being down, nor of its
// being well; or no other than one that was there before.
func saysNothing(err error) bool {
	return errors.Is(err, errCallerLeft) || isRefusal(err) || errors.As(err, &alike{})
}

// open reports whether calls would return ErrDown.
func (b *breaker) open() bool { return b.circuit.State() == gobreaker.StateOpen }

// isRefusal reports whether Redis is well and won't do this: it is full, or a
// replica, or can't save, or the user may not, or the key holds somebody else's
// value, or the keys don't share a tag. Leaving it alone would help nobody.
func isRefusal(err error) bool {
	return err != nil && (redis.IsOOMError(err) || redis.IsReadOnlyError(err) || redis.IsPermissionError(err) ||
		redis.IsNoReplicasError(err) || redis.HasErrorPrefix(err, "MISCONF") ||
		redis.HasErrorPrefix(err, "WRONGTYPE") || redis.HasErrorPrefix(err, "CROSSSLOT"))
}

// tell logs what changed. A probe that fails changes nothing.
func (b *breaker) tell(_ string, from, to gobreaker.State) {
	switch {
	case from == gobreaker.StateClosed && to == gobreaker.StateOpen:
		b.log.Warn("redis is down, going on without it", "place", b.place, "err", b.cause)
	case to == gobreaker.StateClosed:
		b.log.Info("redis is back", "place", b.place)
	}
}

// complain logs a refusal, unless it did a short while ago.
func (b *breaker) complain(err error) {
	now, last := time.Now().UnixNano(), b.refused.Load()
	if now-last > int64(refusalsApart) && b.refused.CompareAndSwap(last, now) {
		b.log.Warn("redis refuses what we ask", "place", b.place, "err", err)
	}
}
