package sandbox

import (
	"slices"
	"time"
)

const (
	// othersEvery is how often, on average, somebody else starts something on one device: in a tenant of sixty, every
	// ten seconds.
	othersEvery = 10 * time.Minute
	// MaxOperations is how many operations a device remembers. Microsoft documents no retention; there has to be one.
	MaxOperations = 1000
)

// remember writes the history, once, then whatever other people have started since, and then adds what the caller
// brings. u.mu must be held.
func (u *unit) remember(s *Server, now time.Time, more ...*task) {
	if !u.begun {
		u.begun = true
		u.writeHistory(s)
		u.next = s.start.Add(roll(u.seed, "others", u.index).between(0, othersEvery))
	}
	for !s.opts.Quiet && !u.next.After(now) {
		u.others++
		d := roll(u.seed, "other", u.index, u.others)
		t := u.started(d, u.usualWork(d, func(kind string) bool { return !exclusive(kind) }))
		u.tasks = append(u.tasks, u.planned(d, t, course{from: u.next, pace: s.opts.Pace}))
		u.next = u.next.Add(d.between(othersEvery/4, othersEvery*7/4))
	}
	u.tasks = append(u.tasks, more...)
	if over := len(u.tasks) - MaxOperations; over > 0 {
		u.tasks, u.dropped = u.tasks[over:], u.dropped+over
	}
}

// started is an operation that an admin, or the management service itself, asked for.
func (u *unit) started(d dice, kind string) *task {
	t := &task{id: d.guid(), kind: kind, by: raw(admin(u.seed, d.IntN(len(admins))))}
	if kind == "deviceManagementAgentConfigUpdate" || kind == "softwareUpdate" && !d.chance(3) {
		t.by = raw(app(u.seed, "Teams Device Management"))
	}
	return t
}

// writeHistory goes back from the server's start, far enough apart for each operation to end before the next. Most
// restarts are nobody's wish but the night's. Only times hang on the server's start, and what was done before a
// connection was lost and after it.
func (u *unit) writeHistory(s *Server) {
	d := roll(u.seed, "history", u.index)
	count := s.opts.Operations
	if count == 0 {
		count = 3 + d.IntN(10)
	}
	created := s.start
	for i := range count {
		one := roll(u.seed, "past", u.index, i)
		created = created.Add(-one.between(time.Hour, 36*time.Hour))
		t := u.started(one, u.usualWork(one, nil))
		if t.kind == "deviceRestart" && !one.chance(4) {
			created = u.site.night(created, one.between(0, 20*time.Minute))
			t.by = raw(app(u.seed, "Teams Device Management"))
		}
		if waits := u.waiting(s.start); t.kind == "softwareUpdate" && waits != "" && u.cannotDoWithout(waits) {
			t.outcome = "Failed" // or it would not wait any more
		}
		u.tasks = append(u.tasks, u.planned(one, t, course{from: created, pace: one.between(2*time.Second, 3*time.Minute), past: true}))
		u.install(t, s.start)
	}
	slices.Reverse(u.tasks)
}

// look gives the operations as of now, oldest first, and the number of the first. The slice may be read without a lock:
// nothing in it changes.
func (u *unit) look(s *Server, now time.Time) ([]*task, int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.remember(s, now)
	return u.tasks, u.dropped
}
