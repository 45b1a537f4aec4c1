package cache

import (
	"sync"
	"time"
)

// troublePause is how long nobody waits for an answer after upstream failed to give it.
const troublePause = 2 * time.Second

// troubles are the answers that upstream failed to give lately, or is not giving at this
// moment: whoever has an old one does not wait for what the last reader waited for in
// vain. The zero value is ready.
type troubles struct {
	mu  sync.Mutex
	all map[nearKey]trouble
}

type trouble struct {
	until   time.Time // nobody waits
	tried   time.Time // until when somebody asks upstream, if not over before
	tryNext time.Time // nobody asks before
}

// maxTroubles bounds them. Beyond, all are lost, which costs readers their patience.
const maxTroubles = 10_000

// note begins or prolongs the pause. Upstream failed, or is still silent and may be until
// tried.
func (t *troubles) note(k nearKey, now, tried time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil || len(t.all) >= maxTroubles {
		t.all = make(map[nearKey]trouble)
	}
	t.all[k] = trouble{until: now.Add(troublePause), tried: tried, tryNext: now.Add(refreshPause)}
}

// over notes that there was an answer.
func (t *troubles) over(k nearKey) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.all, k)
}

// paused reports whether nobody is to wait now, and whether the caller is the one to try
// behind the readers, which takes until tried at most.
func (t *troubles) paused(k nearKey, now, tried time.Time) (paused, try bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e, known := t.all[k]
	trying := now.Before(e.tried)
	if !known || !trying && !now.Before(e.until) {
		return false, false
	}
	if try = !trying && !now.Before(e.tryNext); try {
		e.tried = tried
		t.all[k] = e
	}
	return true, try
}
