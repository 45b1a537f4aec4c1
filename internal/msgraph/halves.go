package msgraph

import (
	"math/rand/v2"
	"time"
)

// split sends a batch that failed as a whole again in halves, once. One that was slow has
// waited enough.
func (t *terminal) split(members []*member, failed result, slow bool) {
	wait := time.Duration(0)
	if !slow {
		wait = failed.wait + t.c.backoff(1, rand.Float64())
	}
	again := t.halving(members, wait)
	if len(again) > 0 && !t.c.gate.again(len(again)) {
		again = nil
	}
	halved := map[*member]bool{}
	for _, m := range again {
		halved[m] = true
	}
	for _, m := range members {
		if !halved[m] {
			t.finish(m, failed)
		}
	}
	if len(again) == 0 {
		return
	}
	time.AfterFunc(wait, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		half := (len(again) + 1) / 2
		t.depart(again[:half:half])
		t.depart(again[half:])
	})
}

// halving picks the members that may go again in a half after wait.
func (t *terminal) halving(members []*member, wait time.Duration) (again []*member) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range members {
		if m.halved || m.tries+m.sent >= maxTries || !wanted(m) || time.Until(m.deadline) <= wait {
			continue
		}
		m.halved, m.flight = true, nil
		again = append(again, m)
	}
	return again
}
