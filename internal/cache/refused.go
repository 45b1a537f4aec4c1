package cache

import "sync"

// refusedKeys are the answers that were refused, or were not there, when they were
// asked for last. A page that is older must not bring them back, nor the store until it
// was told. The zero value is ready.
type refusedKeys struct {
	mu  sync.RWMutex
	all map[nearKey]bool // whether the store was told
}

// maxRefused bounds them. Beyond, all are lost, which costs no more than this rule.
const maxRefused = 10_000

func (f *refusedKeys) add(k nearKey, told bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.all == nil || len(f.all) >= maxRefused {
		f.all = make(map[nearKey]bool)
	}
	f.all[k] = told
}

// tell notes that the store was told.
func (f *refusedKeys) tell(k nearKey) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, refused := f.all[k]; refused {
		f.all[k] = true
	}
}

// remove notes that there is an answer again.
func (f *refusedKeys) remove(k nearKey) {
	if refused, _ := f.get(k); refused {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.all, k)
	}
}

func (f *refusedKeys) get(k nearKey) (refused, told bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	told, refused = f.all[k]
	return refused, told
}
