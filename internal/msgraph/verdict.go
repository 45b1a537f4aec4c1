package msgraph

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// verdict is how a request that passed the gate ended.
type verdict int

const (
	answered  verdict = iota // upstream answered, whatever it said
	throttled                // upstream asked to wait: all of it, or most of a batch
	broken                   // a 5xx, a timeout, a broken connection; or most of a batch was
	unheard                  // the caller left: nothing is known of upstream
)

// told is what upstream said of one resource, of many that it was asked for together.
type told struct {
	resource string
	status   int // 0 for no answer
	wait     time.Duration
}

// judge returns what the answers to requests that went together say of upstream, and how
// long it asks to wait if that is everybody's affair. Otherwise a 429 is its resource's,
// which is left alone.
func (g *gate) judge(ctx context.Context, said []told) (v verdict, longest time.Duration) {
	v = ofBatch(said)
	if mostly := g.account(ctx).latest.mostlyThrottled(said); v == throttled && !mostly {
		v = answered
	}
	for _, one := range said {
		switch {
		case one.status != http.StatusTooManyRequests:
		case v == throttled:
			longest = max(longest, one.wait)
		default:
			g.pause(ctx, one.resource, one.wait)
		}
	}
	return v, longest
}

// ofBatch is the verdict over what was said in a batch, taken by itself.
func ofBatch(said []told) verdict {
	asked, failed := 0, 0
	for _, one := range said {
		switch verdictOn(one.status) {
		case throttled:
			asked++
		case broken:
			failed++
		}
	}
	switch {
	case 2*asked > len(said):
		return throttled
	case 2*failed > len(said):
		return broken
	}
	return answered
}

// latestLife is how long an answer counts among the latest: as long as a read waits, so
// that one which comes back is judged beside those that it left with.
const latestLife = defaultTimeout

// latest is what the last twenty resources said that upstream was asked for in batches. A
// full batch speaks for itself. One of two or three, which is what is left of a list while
// the others are held back, is outvoted by those that were answered just before: two 429s
// in three are no matter of everybody where one in twenty is usual. The zero value is
// ready.
type latest struct {
	mu   sync.Mutex
	said []toldAt // the oldest first
}

type toldAt struct {
	told
	at time.Time
}

// mostlyThrottled takes in what was said, and reports whether most of the latest is 429.
func (l *latest) mostlyThrottled(said []told) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.said = slices.DeleteFunc(l.said, func(old toldAt) bool {
		again := func(one told) bool { return one.resource == old.resource }
		return now.Sub(old.at) > latestLife || slices.ContainsFunc(said, again)
	})
	for _, one := range said {
		l.said = append(l.said, toldAt{one, now})
	}
	l.said = slices.Delete(l.said, 0, max(len(l.said)-maxMembers, 0))
	throttled := 0
	for _, one := range l.said {
		if one.status == http.StatusTooManyRequests {
			throttled++
		}
	}
	return throttled > 1 && 2*throttled > len(l.said) // one is not most of many
}
