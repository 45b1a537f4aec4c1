package msgraph

import "sync"

// recent remembers what was used of late: the last few entries surely, twice as many at
// most. Callers can't make it grow.
type recent[T any] struct {
	few int

	mu         sync.Mutex
	fresh, old map[string]T
}

func newRecent[T any](few int) *recent[T] {
	return &recent[T]{few: few, fresh: make(map[string]T)}
}

func (r *recent[T]) get(key string) (T, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.find(key)
}

// empty reports whether nothing is remembered, which spares whoever asks to make a key.
func (r *recent[T]) empty() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.fresh)+len(r.old) == 0
}

func (r *recent[T]) find(key string) (T, bool) {
	if v, ok := r.fresh[key]; ok {
		return v, true
	}
	v, ok := r.old[key]
	if ok {
		r.put(key, v)
	}
	return v, ok
}

func (r *recent[T]) put(key string, v T) {
	if len(r.fresh) >= r.few {
		r.old, r.fresh = r.fresh, make(map[string]T)
	}
	r.fresh[key] = v
}

func (r *recent[T]) set(key string, v T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.put(key, v)
}

// orMake returns the entry, which it makes if there is none.
func (r *recent[T]) orMake(key string, mk func() T) T {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.find(key)
	if !ok {
		v = mk()
		r.put(key, v)
	}
	return v
}
