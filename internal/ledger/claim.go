package ledger

import (
	"bytes"
	"context"
	"crypto/rand"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// claim is the right to send, as it stands in the store.
type claim struct {
	record
	raw    []byte
	before []byte    // what stood there, nil for nothing that matters
	since  time.Time // when the first was sent that is in doubt, zero if none is
}

// doubt is a doubtful record, to be looked into.
type doubt struct {
	record
	raw []byte
}

// begin answers the job, or claims its key, or finds it in doubt, or leaves it be while
// somebody else works on the key. It waits for nobody.
func (s *Service) begin(ctx context.Context, j *job) {
	if j.name == "" {
		j.claim = &claim{}
		return
	}
	ctx = context.WithoutCancel(ctx) // the store has its own patience, and a claim half made helps nobody
	lease, err := s.store.Lease(ctx, leaseName(j.name), leaseTime)
	switch {
	case err != nil:
		s.withoutStore(j, err)
	case lease == nil:
		s.follow(ctx, j)
	default:
		j.hold = s.newHold(j.name, lease)
		s.take(ctx, j, nil, nil)
	}
}

// withoutStore refuses a job whose record can't be read or written, unless somebody was
// seen at work on the key: then that may be sent, and the store may be back in time.
func (s *Service) withoutStore(j *job, err error) {
	if j.waitsFor == "" {
		j.refuse(notWritten(err))
	}
}

// next is what a record leaves to do.
type next int

const (
	tell    next = iota // its outcome is ours
	claimIt             // the key is free
	lookUp              // upstream may have done it
	wait                // somebody has claimed it
)

// judge says what a record means for a job.
func (j *job) judge(r record, now time.Time) next {
	waited := r.Error != nil && r.By == j.waitsFor
	switch {
	case r.State == freed && !waited, r.isOver(now):
		return claimIt
	case r.Input != j.input:
		return tell
	}
	j.since = r.At
	switch {
	case r.State == claimed:
		return wait
	case r.State == doubtful && !waited:
		return lookUp
	}
	return tell
}

// tell answers a job by a record.
func (s *Service) tell(ctx context.Context, j *job, r record) {
	defer j.hold.release()
	if r.Input != j.input {
		j.answer(teamwork.CreateResult{Err: errKeyReused})
		return
	}
	result := r.result()
	if op := result.Operation; op != nil {
		trail := teamwork.TrailFrom(ctx)
		trail.Served(op.Meta.FetchedAt.Time, true)
		trail.Warn(op.Meta.Warnings...)
	}
	j.answer(result)
}

// follow looks what has become of a key that somebody else works on.
func (s *Service) follow(ctx context.Context, j *job) {
	now, err := s.get(ctx, j.name)
	if err != nil {
		s.withoutStore(j, err)
		return
	}
	if len(now) == 0 {
		return // about to be claimed
	}
	r, ok := decode(now)
	if !ok {
		j.refuse(errNonsense)
		return
	}
	switch j.judge(r, s.now()) {
	case tell:
		s.tell(ctx, j, r)
	case wait:
		j.waitsFor = r.By
	}
}

// take makes old, which the record is believed to hold, our claim. If it holds something
// else, that decides. Nobody else works on the key meanwhile.
func (s *Service) take(ctx context.Context, j *job, old []byte, in *doubt) {
	mine, err := s.newClaim(j, old, in)
	if err != nil {
		j.refuse(notWritten(err))
		return
	}
	for range 3 { // it may expire while we look
		now, err := s.swap(ctx, j.name, old, mine.raw, s.heldFor)
		if err != nil {
			s.giveUp(j, mine, err)
			return
		}
		if bytes.Equal(now, mine.raw) {
			j.claim = mine
			j.hold.keep(mine.raw)
			return
		}
		old = now
		if len(now) == 0 {
			continue
		}
		r, ok := decode(now)
		if !ok {
			j.refuse(errNonsense)
			return
		}
		switch j.judge(r, s.now()) {
		case tell:
			s.tell(ctx, j, r)
			return
		case wait:
			j.refuse(unknown("an earlier request with this idempotency key was cut off before its answer, and may have sent the create", nil))
			return
		case lookUp:
			j.doubt = &doubt{r, now}
			return
		}
		if mine, err = s.newClaim(j, now, nil); err != nil {
			j.refuse(notWritten(err))
			return
		}
	}
	s.giveUp(j, mine, nil)
}

func (s *Service) newClaim(j *job, before []byte, in *doubt) (c *claim, err error) {
	c = &claim{record: record{State: claimed, By: rand.Text(), Input: j.input, At: s.now()}, before: before}
	if in != nil {
		c.since = in.At
		c.At = in.At
	}
	c.raw, _, err = s.encode(c.record)
	return c, err
}

// giveUp refuses a create whose claim may or may not have been written, and sees to it
// that it does not stay: nothing was sent.
func (s *Service) giveUp(j *job, mine *claim, err error) {
	before, ttl := mine.before, s.heldFor
	if before == nil {
		before, ttl, _ = s.encode(record{State: freed, By: mine.By}) // two words
	}
	hold := j.hold
	j.hold = nil
	s.later(func(ctx context.Context) bool {
		_, err := s.swap(ctx, j.name, mine.raw, before, ttl)
		return err == nil
	}, hold.release)
	err = notWritten(err)
	if !mine.since.IsZero() {
		err = notLooked(err)
	}
	j.answer(teamwork.CreateResult{Err: err, SentAt: mine.since})
}

var errNonsense = unknown("what is written down about this idempotency key can't be read", nil)

// get returns what a key of the store holds.
func (s *Service) get(ctx context.Context, name string) ([]byte, error) {
	values, err := s.store.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	return values[0], nil
}

// swap is the Store's, and returns what the key holds afterwards. One that failed, or
// says that it was not done, may have been done nevertheless: so next must be ours alone.
func (s *Service) swap(ctx context.Context, name string, old, next []byte, ttl time.Duration) ([]byte, error) {
	swapped, err := s.store.Swap(ctx, name, old, next, ttl)
	if swapped && err == nil {
		return next, nil
	}
	now, lost := s.get(ctx, name)
	switch {
	case lost != nil:
		return nil, lost
	case err != nil && bytes.Equal(now, old):
		return nil, err // it may still be done
	}
	return now, nil
}
