package sandbox

import (
	"math"
	"net/http"
	"time"
)

// listOperations goes from the newest to the oldest. New is what came last, whatever createdDateTime it was given.
func (s *Server) listOperations(c *call) answer {
	u, ok := s.byID[c.device]
	if !ok {
		return noDevice.answer(c)
	}
	list := "operations of " + u.device.ID
	at, p := c.startingAt(list, math.MaxInt)
	if p != nil {
		return p.answer(c)
	}
	tasks, dropped := u.look(s, c.now)
	page := collection{Context: c.context(under(c, "operations"), false)}
	i := min(at.position-dropped, len(tasks)) - 1
	if !c.skipsPage(at) {
		for ; i >= 0 && len(page.value) < c.options.top; i-- {
			page.value = append(page.value, tasks[i].listed(c.options, c.now))
		}
	}
	if i >= 0 {
		page.NextLink = c.nextLink(place{i + 1 + dropped, at.page + 1}, list)
	}
	return c.ok(http.StatusOK, page.encode())
}

// listed is the operation in a list. One that has come to its end changes no more.
func (t *task) listed(o options, now time.Time) []byte {
	if t.isMoving(now) {
		return o.write(t.at(now))
	}
	return t.written.by(o, func() any { return t.at(now) })
}

func (s *Server) getOperation(c *call) answer {
	u, ok := s.byID[c.device]
	if !ok {
		return noDevice.answer(c)
	}
	tasks, _ := u.look(s, c.now)
	for i := len(tasks) - 1; i >= 0; i-- {
		if t := tasks[i]; t.id == c.operation {
			op := t.at(c.now)
			op.Context = c.context(under(c, "operations"), true)
			return c.ok(http.StatusOK, c.options.write(op))
		}
	}
	return noOperation.answer(c)
}
