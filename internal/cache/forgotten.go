package cache

import (
	"crypto/rand"
	"sync"
	"time"
)

// maxForgotten bounds how many devices a process remembers to have forgotten. A
// device beyond that is as if another replica had forgotten it: only a store
// that loses a generation could bring its old entries back.
const maxForgotten = 4096

// few is how many are looked at to make room.
const few = 16

// forgotten is what this process forgot in the last forgottenLife, and what the store
// was not told of since, by hash tag. The store is where replicas learn of it; this is
// for the time in which the store can't be told, and for the one in which it loses what
// it was told. The zero value is ready.
type forgotten struct {
	mu  sync.Mutex
	all map[string]*forgetting
}

// forgetting is one device's.
type forgetting struct {
	of      key
	refused bool      // and not only overtaken
	id      string    // of the last one
	at      time.Time // in milliseconds, as a token says it
	told    bool      // the store knows
	telling bool      // somebody is telling it
}

// add notes that what bears the tag of k is forgotten, and that the caller is about
// to tell the store.
func (f *forgotten) add(k key, now time.Time, refused bool) (id string) {
	now = now.Truncate(time.Millisecond)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all == nil {
		f.all = make(map[string]*forgetting)
	}
	old, again := f.all[k.tag]
	if !again && len(f.all) >= maxForgotten {
		f.makeRoom(now)
	}
	refused = refused || again && !old.told && old.refused
	e := &forgetting{of: k, refused: refused, id: rand.Text(), at: now, telling: true}
	f.all[k.tag] = e
	return e.id
}

// makeRoom looks at a few, and drops those that are over or else the oldest.
// Looking at all would hold up every reader while a long outage lasts.
func (f *forgotten) makeRoom(now time.Time) {
	var seen int
	var oldest string
	for tag, e := range f.all { // begins anywhere
		if seen++; seen > few {
			break
		}
		if now.Sub(e.at) > forgottenLife {
			delete(f.all, tag)
		} else if o := f.all[oldest]; o == nil || e.at.Before(o.at) {
			oldest = tag
		}
	}
	if len(f.all) >= maxForgotten {
		delete(f.all, oldest)
	}
}

// get returns the last forgetting of tag; false if there was none lately.
func (f *forgotten) get(tag string, now time.Time) (forgetting, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.all[tag]
	if e == nil {
		return forgetting{}, false
	}
	if e.told && now.Sub(e.at) > forgottenLife {
		delete(f.all, tag)
		return forgetting{}, false
	}
	return *e, true
}

// untold returns what the store does not know.
func (f *forgotten) untold() (all []key) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.all {
		if !e.told {
			all = append(all, e.of)
		}
	}
	return all
}

// owes reports whether the store has yet to hear that something was refused.
func (f *forgotten) owes(tag string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.all[tag]
	return e != nil && e.refused && !e.told
}

// claim returns what to tell the store of tag, and whether nobody else does.
func (f *forgotten) claim(tag string) (id string, mine bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.all[tag]
	if e == nil || e.told || e.telling {
		return "", false
	}
	e.telling = true
	return e.id, true
}

// done notes how the telling went, unless there was another forgetting since.
func (f *forgotten) done(tag, id string, told bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e := f.all[tag]; e != nil && e.id == id {
		e.told, e.telling = told, false
	}
}

// doubt notes that the store does not know any more.
func (f *forgotten) doubt(tag string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e := f.all[tag]; e != nil && !e.telling {
		e.told = false
	}
}
