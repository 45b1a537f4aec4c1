package live

import (
	"context"
	"errors"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// glance is a look at a topic's first page, for all who come to watch it meanwhile: a
// thousand at once shall not be as many readers, not even of Redis.
type glance struct {
	done chan struct{}
	err  error
}

// glance reads the first page as it is remembered, or waits for whoever does already. What
// that one was refused, or could not await, another may get.
func (w *Watcher) glance(ctx context.Context, t *topic) error {
	for {
		g, mine := t.lookTogether()
		if mine {
			_, g.err = w.page(ctx, t, time.Time{})
			t.mu.Lock()
			t.glance = nil
			t.mu.Unlock()
			close(g.done)
			return g.err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-g.done:
		}
		if g.err == nil || elsewhereToo(g.err) {
			return g.err
		}
	}
}

// lookTogether returns the glance that is under way, or begins one.
func (t *topic) lookTogether() (g *glance, mine bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.glance == nil {
		t.glance, mine = &glance{done: make(chan struct{})}, true
	}
	return t.glance, mine
}

// elsewhereToo reports whether an error of upstream's would be another reader's too.
func elsewhereToo(err error) bool {
	var e *teamwork.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Kind {
	case teamwork.NotFound, teamwork.Throttled, teamwork.Unavailable, teamwork.BadResponse:
		return true
	}
	return false
}
