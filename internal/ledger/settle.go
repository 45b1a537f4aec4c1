package ledger

import (
	"context"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// settle writes down what came of a create that was sent, and answers. If it can't be
// written, the answer goes out all the same: the claim that stays says that nobody may
// send.
func (s *Service) settle(ctx context.Context, j *job, sent time.Time, got teamwork.CreateResult) {
	j.answer(got)
	if j.name == "" {
		return
	}
	ctx = context.WithoutCancel(ctx) // the deadline may have passed over the answer
	if got.Operation != nil {
		_, _ = s.own(ctx, j, got.Operation)
	}
	outcome, ttl := j.claim.outcome(sent, got)
	if s.write(ctx, j, outcome, ttl) {
		j.hold.release()
		return
	}
	hold := j.hold
	j.hold = nil
	s.later(func(ctx context.Context) bool { return s.write(ctx, j, outcome, ttl) }, hold.release)
}

// outcome returns the record for what came of a claim. Where something was in doubt
// before, it still is: that this try was refused says nothing of the one before.
func (c *claim) outcome(sent time.Time, got teamwork.CreateResult) ([]byte, time.Duration) {
	r := c.with(got)
	inDoubt := !c.since.IsZero()
	if r.State == freed && inDoubt {
		r.State = doubtful
	}
	if r.State == freed {
		return r.encode(), freedFor
	}
	r.At = sent
	if inDoubt {
		r.At = c.since
	}
	return r.encode(), keptFor
}

// write puts the outcome in the claim's place, also if the store lost the claim.
func (s *Service) write(ctx context.Context, j *job, outcome []byte, ttl time.Duration) bool {
	now, err := s.swap(ctx, j.name, j.claim.raw, outcome, ttl)
	if err == nil && len(now) == 0 {
		_, err = s.swap(ctx, j.name, nil, outcome, ttl)
	}
	return err == nil
}

// own writes down that an operation is the outcome of the job's record, unless it is
// another's.
func (s *Service) own(ctx context.Context, j *job, op *teamwork.DeviceOperation) (bool, error) {
	name := ownerName(j.caller.Partition, teamwork.DeviceOperationKey{DeviceID: j.req.DeviceID, OperationID: op.OperationID})
	now, err := s.swap(ctx, name, nil, []byte(j.name), keptFor)
	return string(now) == j.name, err
}
