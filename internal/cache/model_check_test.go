package cache

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const clockFace = "15:04:05.000"

// reading is one read of a replica, and what the model knew when it began.
type reading struct {
	replica   *modelReplica
	partition string
	noun      string
	question  question
	began     time.Time // true
	clock     time.Time // the replica's own
	hears     bool
	deaf      bool // and is known to be
	expires   time.Time
	seen      sighting // what this replica showed last for the key
	refusal   *modelCall
	creates   []modelCreate
}

func (r *reading) String() string {
	return fmt.Sprintf("%s of %s for %s on replica %d at %s", r.noun, r.question.device+"/"+r.question.operation, r.partition, r.replica.n, r.began.Format(clockFace))
}

// modelCreate is a create that has returned.
type modelCreate struct {
	partition, device string
	replica           int
	seq               int       // what upstream said before is of before
	returned          time.Time // true
	told              time.Time // when the others had been told; zero if not yet
}

// sighting is what a replica showed for a key.
type sighting struct {
	call    *modelCall
	evicted bool // from memory since
}

// answered checks what a read brought.
func (m *model) answered(r *reading, texts []string, meta teamwork.ResourceMeta, err error) {
	took := m.now().Sub(r.began)
	if took > 20*time.Second {
		m.violated("hang", r, "it took %v", took)
	}
	if err != nil {
		m.failed(r, err)
		return
	}
	c := m.truth.callIn(texts[0])
	if c == nil {
		m.violated("invented", r, "%q is no answer of upstream's", texts[0])
		return
	}
	for _, text := range texts {
		if other := m.truth.callIn(text); other != c {
			m.violated("mixed", r, "one page of %v and %v", c, other)
		}
	}
	if c.partition != r.partition || c.question.device != r.question.device && c.noun != "devices" {
		m.violated("whose", r, "it is %v", c)
		return
	}
	m.checkDates(r, c, meta)
	m.checkCreates(r, c)
	m.checkOrder(r, c, meta)
	m.show(r, c)
}

// checkDates: the dates are true, stale is never called fresh, and nothing is served
// for longer than it may be.
func (m *model) checkDates(r *reading, c *modelCall, meta teamwork.ResourceMeta) {
	m.checkClocks(r, c, meta)
	life := meta.FreshUntil.Sub(meta.FetchedAt.Time)
	want := modelLife(r, c)
	created := r.noun == "operations" && life == 2*time.Second
	if ends := !c.expires.IsZero() && life < want; life != want && !created && !ends {
		m.violated("dates", r, "fresh for %v, want %v: %v", life, want, c)
	}
	if !c.expires.IsZero() && !r.clock.Before(c.expires) {
		m.violated("token", r, "%v was read with a token that expired at %v; it is %v", c, c.expires, r.clock)
	}
	if r.replica.steppedSince(r.began) {
		return
	}
	if !meta.Stale && !r.clock.Before(meta.FreshUntil.Time) {
		m.violated("stale as fresh", r, "at %v on its clock, fresh until %v: %v", r.clock, meta.FreshUntil.Time, c)
	}
	if !r.clock.Before(meta.FetchedAt.Add(life + m.stale)) {
		m.violated("until", r, "%v old, keeps for %v", r.clock.Sub(meta.FetchedAt.Time), life+m.stale)
	}
}

// checkClocks: an answer is dated by the clock of whoever fetched it, or by that of whoever
// serves it, as far as news can tell the two apart; and nothing is called fresh that is
// older than its lifetime and a second. A clock that is set makes a liar of news of before, and so
// does what keeps news from coming.
func (m *model) checkClocks(r *reading, c *modelCall, meta teamwork.ResourceMeta) {
	other := m.replicas[c.replica]
	if r.replica.steppedSince(time.Time{}) || other.steppedSince(time.Time{}) || !r.replica.neverTroubled() || !other.neverTroubled() {
		return
	}
	theirs, own := meta.FetchedAt.Sub(c.clock).Abs(), meta.FetchedAt.Sub(c.end.Add(r.clock.Sub(r.began)))
	if theirs > time.Millisecond && (r.replica == other || own > 100*time.Millisecond || own < -10*time.Millisecond) {
		m.violated("dates", r, "fetched at %v says it, and it was %v by %v", meta.FetchedAt.Time, c.clock, c)
	}
	if age := r.began.Sub(c.end); !meta.Stale && age > meta.FreshUntil.Sub(meta.FetchedAt.Time)+time.Second {
		m.violated("clocks", r, "called fresh at the age of %v: %v", age, c)
	}
}

// modelLife is how long an answer is fresh by what it says, as docs/cache.md tells.
func modelLife(r *reading, c *modelCall) time.Duration {
	switch r.noun {
	case "device", "devices":
		return time.Minute
	case "configuration":
		return 5 * time.Minute
	case "operation":
		var i int
		_, _ = fmt.Sscan(r.question.operation, &i)
		if c.ops[i] == "Successful" {
			return 24 * time.Hour
		}
		return 5 * time.Second
	case "operations":
		for i := max(0, len(c.ops)-r.question.top); i < len(c.ops); i++ {
			if c.ops[i] != "Successful" {
				return 5 * time.Second
			}
		}
	}
	return 30 * time.Second
}

// final reports whether a read asked for an operation that can't change any more, nor be
// of before anything.
func (r *reading) final(c *modelCall) bool {
	i, err := strconv.Atoi(r.question.operation)
	return err == nil && i < len(c.ops) && c.ops[i] == "Successful"
}

// checkCreates: no invalidation is lost.
func (m *model) checkCreates(r *reading, c *modelCall) {
	if r.final(c) {
		return
	}
	for _, create := range r.creates {
		if c.seq > create.seq {
			continue
		}
		switch told := create.told; {
		case create.replica == r.replica.n:
			m.violated("own create", r, "it is of before the create #%d, which returned here at %s: %v", create.seq, create.returned.Format(clockFace), c)
		case told.IsZero():
		case r.hears && r.began.After(told.Add(100*time.Millisecond)):
			m.violated("lost invalidation", r, "it is of before the create #%d of replica %d, told at %s: %v", create.seq, create.replica, told.Format(clockFace), c)
		case r.deaf && r.began.After(told.Add(1100*time.Millisecond)) && r.began.After(c.end.Add(1100*time.Millisecond)) && !r.replica.steppedSince(c.end):
			// A model's clock that is set takes the monotonic one with it, which a real one does not.
			m.violated("deaf", r, "it is of before the create #%d of replica %d, told at %s: %v", create.seq, create.replica, told.Format(clockFace), c)
		}
	}
}

// checkOrder: no older answer over a newer one, and none after a refusal. Which of two
// requests that overlapped is newer, nobody can know. What a replica gets while its
// Redis is away is not known to the others, or to itself once it dropped its memory.
func (m *model) checkOrder(r *reading, c *modelCall, meta teamwork.ResourceMeta) {
	device, s := r.question.device, r.seen
	filled := s.evicted && c.noun != r.noun // by a page that others loaded
	if s.evicted && s.call != nil && s.call.noun != r.noun && !r.final(s.call) {
		filled = true // it was, which was in memory only
	}
	if s.call != nil && !filled && !r.final(c) && c.versions[device] < s.call.versions[device] && c.end.Before(s.call.begin) && !r.replica.troubledSince(s.call.begin) {
		m.violated("older over newer", r, "it shows %v, stale %v, after %v; its clock says %s", c, meta.Stale, s.call, r.clock.Format(clockFace))
	}
	if f := r.refusal; f != nil && c.end.Before(f.begin) && !m.unsure(r, f, c) {
		m.violated("refusal", r, "it shows %v, stale %v, after %v was refused", c, meta.Stale, f)
	}
}

// unsure reports whether a replica can't tell an answer of after "there is none" from one
// of before: by clocks, which were set.
func (m *model) unsure(r *reading, f, c *modelCall) bool {
	other := m.replicas[c.replica]
	return f.absent && (r.replica.steppedSince(time.Time{}) || other.steppedSince(time.Time{}) || !r.replica.neverTroubled())
}

// failed checks an error: it is upstream's, and of now.
func (m *model) failed(r *reading, err error) {
	if errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "in time") {
		return // upstream hangs
	}
	c := m.truth.callIn(err.Error())
	switch {
	case c == nil:
		m.violated("error", r, "whose is %v?", err)
	case c.partition != r.partition:
		m.violated("whose", r, "the error of %v", c)
	case teamwork.KindOf(err) == teamwork.NotFound:
		if r.began.Sub(c.end) > 25*time.Second { // 5 s, and clocks that are 20 s apart
			m.violated("none", r, "none since %v", c)
		}
	case c.end.Before(r.began.Add(-4 * time.Second)): // what takes news to come, at worst
		m.violated("error", r, "it was remembered: %v", c)
	}
	if c != nil && c.refused {
		m.refusedOn(r.replica.n, r.partition, r.noun, r.question, c)
	}
}
