package auth

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// keysFresh is for how long keys are believed without a look: one that the issuer
	// withdraws is refused so soon.
	keysFresh = 15 * time.Minute
	// keysPause is how long a token with an unknown key must wait for the next look, so
	// that whoever invents keys does not have us ask without end.
	keysPause = 10 * time.Second
	// firstPause is the pause while there are no keys at all.
	firstPause = time.Second
	// keysTimeout bounds a look.
	keysTimeout = 5 * time.Second
)

// keys are those that the issuer publishes. They are looked for when somebody needs them;
// while the issuer is away, those that are known go on.
type keys struct {
	issuer string
	client *http.Client
	log    *slog.Logger
	now    func() time.Time

	current    atomic.Pointer[keySet]
	generation atomic.Uint64 // raised when a key was withdrawn

	mu     sync.Mutex
	latest *look
}

// keySet is what was published at some time.
type keySet struct {
	byID    map[string][]key
	fetched time.Time
}

// look is one attempt to fetch keys.
type look struct {
	began time.Time
	done  chan struct{} // closed at its end
	err   error
}

func newKeys(issuer string, client *http.Client, log *slog.Logger) *keys {
	return &keys{issuer: issuer, client: client, log: log, now: time.Now}
}

// find returns the keys of that name. One that is not known may be new.
func (k *keys) find(id string) ([]key, error) {
	set := k.current.Load()
	if found := set.named(id); found != nil {
		if k.now().Sub(set.fetched) > keysFresh {
			k.refresh() // behind
		}
		return found, nil
	}
	if l := k.refresh(); l != nil {
		<-l.done
	}
	set = k.current.Load()
	if set == nil {
		return nil, errUnsettled
	}
	if found := set.named(id); found != nil {
		return found, nil
	}
	return nil, errUnknownKey
}

func (s *keySet) named(id string) []key {
	if s == nil {
		return nil
	}
	return s.byID[id]
}

// refresh begins a look, or returns the one under way, or nil if the last was a moment ago.
func (k *keys) refresh() *look {
	k.mu.Lock()
	defer k.mu.Unlock()
	if l := k.latest; l != nil {
		select {
		case <-l.done:
		default:
			return l
		}
		pause := keysPause
		if k.current.Load() == nil {
			pause = firstPause
		}
		if k.now().Sub(l.began) < pause {
			return nil
		}
	}
	l := &look{began: k.now(), done: make(chan struct{})}
	before := k.latest
	k.latest = l
	go k.run(l, before)
	return l
}

// run fetches on a time of its own: the caller who asked may leave.
func (k *keys) run(l, before *look) {
	defer close(l.done)
	ctx, cancel := context.WithTimeout(context.Background(), keysTimeout)
	defer cancel()
	byID, err := k.fetch(ctx)
	if l.err = err; err != nil {
		if before == nil || before.err == nil { // it is news
			k.log.Warn("the issuer's keys can't be fetched; those that are known go on", "error", err)
		}
		return
	}
	if before != nil && before.err != nil {
		k.log.Info("the issuer's keys can be fetched again")
	}
	last := k.current.Swap(&keySet{byID: byID, fetched: k.now()})
	if last != nil && withdrawn(last.byID, byID) {
		k.generation.Add(1)
	}
}

// withdrawn reports whether a key is not published any more, or is another one.
func withdrawn(before, now map[string][]key) bool {
	for id, all := range before {
		for _, k := range all {
			if !k.among(now[id]) {
				return true
			}
		}
	}
	return false
}
