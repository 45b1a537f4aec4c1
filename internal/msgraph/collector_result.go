package msgraph

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// result is what a try brought a member.
type result struct {
	answer *answer
	err    error
	// again says that another try may mend err, not before wait is over.
	again bool
	wait  time.Duration
	// held says that nothing was sent, so that it was no try.
	held bool
}

// resultOf is the result of an answer to a read, alone or in a batch.
func (c *Client) resultOf(r ref, said reply) result {
	got, err := c.accept(r, said)
	return result{answer: got, err: err, again: said.err == nil && transient(said.status), wait: retryAfter(said.header)}
}

// wholeResult is what a batch's failure as a whole is to each of its members.
func (c *Client) wholeResult(got batched) result {
	res := result{err: c.failure(got)}
	if got.outer != nil {
		res.again, res.wait = got.outer.status == http.StatusTooManyRequests, retryAfter(got.outer.header)
	}
	return res
}

// heldBack is the result of a read that upstream wants not to be asked for d.
func heldBack(d time.Duration) result {
	return result{err: throttledFor(d), again: true, wait: d, held: true}
}

// transient reports whether a status may be another one at the next try.
func transient(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// mayPass reports whether a failure without an answer may pass by another try: azcore
// marks those that won't, and what the gate or the authorization said stands.
func mayPass(err error) bool {
	var lasting interface {
		error
		NonRetriable()
	}
	return !errors.As(err, &lasting) && !errors.As(err, new(*teamwork.Error))
}

// splittable reports whether a batch that failed as a whole may do better in halves:
// because it passes, or because one member alone is to blame.
func (b batched) splittable() bool {
	switch {
	case b.outer != nil && (b.outer.status == http.StatusBadRequest || b.outer.status == http.StatusRequestEntityTooLarge):
		return true
	case b.outer != nil:
		return transient(b.outer.status) && b.outer.status != http.StatusTooManyRequests
	case !b.reached:
		return mayPass(b.err)
	}
	// azcore marks a POST whose answer broke off as lasting; these are ours.
	var lasting refusal
	return !errors.As(b.err, &lasting) || lasting == errTooLarge
}

// settle gives each member what a try brought it, or another try.
func (g *collector) settle(members []*member, brought func(i int) result) {
	luck := rand.Float64() // one for all, so that those who wait as long go together again
	later := map[time.Duration][]*member{}
	for i, m := range members {
		res := brought(i)
		if wait, again := g.another(m, res, luck); again {
			later[wait] = append(later[wait], m)
			continue
		}
		g.finish(m, res)
	}
	for wait, waiting := range later {
		g.sendLater(waiting, wait)
	}
}

// finish tells the readers what they get.
func (g *collector) finish(m *member, res result) {
	g.mu.Lock()
	m.flight = nil
	g.mu.Unlock()
	m.answer, m.err = res.answer, res.err
	close(m.done)
}

// another reports whether a member gets another try, and when. A wait that would outlast
// its readers is none: they had better know now.
func (g *collector) another(m *member, res result, luck float64) (wait time.Duration, again bool) {
	if res.err == nil || !res.again {
		return 0, false
	}
	// Before upstream takes anything again, the gate would only refuse it.
	left, _ := g.c.gate.account(m.ctx).throttled()
	g.mu.Lock()
	if res.held {
		m.tries--
	}
	wait = max(res.wait, left) + g.backoff(m.tries, luck)
	again = wanted(m) && m.tries < maxTries && time.Until(m.deadline) > wait
	g.mu.Unlock()
	return wait, again && (res.held || g.c.gate.again(1))
}

// backoff is how long to wait before another try, with full jitter.
func (g *collector) backoff(tries int, luck float64) time.Duration {
	return time.Duration(luck * float64(min(g.c.retryDelay<<max(0, tries-1), longestWait)))
}

// sendLater puts members into the queue again after a while, where they go with whoever
// leaves then.
func (g *collector) sendLater(members []*member, wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range members {
		m.flight = nil
		if g.waiting[m.ref] == nil && wanted(m) {
			g.waiting[m.ref] = m
		}
	}
	time.AfterFunc(wait, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.changes++
		g.enqueue(members...)
		g.poke()
	})
}

// split sends a batch that failed as a whole again in halves, once. One that was slow has
// waited enough.
func (g *collector) split(members []*member, failed result, slow bool) {
	wait := time.Duration(0)
	if !slow {
		wait = failed.wait + g.backoff(1, rand.Float64())
	}
	again := g.halving(members, wait)
	if len(again) > 0 && !g.c.gate.again(len(again)) {
		again = nil
	}
	halved := map[*member]bool{}
	for _, m := range again {
		halved[m] = true
	}
	for _, m := range members {
		if !halved[m] {
			g.finish(m, failed)
		}
	}
	if len(again) == 0 {
		return
	}
	time.AfterFunc(wait, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		half := (len(again) + 1) / 2
		g.depart(again[:half:half])
		g.depart(again[half:])
	})
}

// halving picks the members that may go again in a half after wait.
func (g *collector) halving(members []*member, wait time.Duration) (again []*member) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range members {
		if m.halved || m.tries >= maxTries || !wanted(m) || time.Until(m.deadline) <= wait {
			continue
		}
		m.halved, m.flight = true, nil
		again = append(again, m)
	}
	return again
}
