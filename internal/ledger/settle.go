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
	r := j.claim.outcome(sent, got)
	outcome, ttl, err := s.encode(r)
	if err != nil {
		s.log.ErrorContext(ctx, "the outcome of a create can't be encoded: asked again, it is unknown", "error", err)
		j.hold.release()
		return
	}
	write := func(ctx context.Context) bool { return s.write(ctx, j, got.Operation, outcome, ttl) }
	if write(ctx) {
		j.hold.release()
		return
	}
	hold := j.hold
	j.hold = nil
	s.later(write, hold.release)
}

// outcome returns the record for what came of a claim. Where something was in doubt
// before, it still is: that this try was refused says nothing of the one before.
func (c *claim) outcome(sent time.Time, got teamwork.CreateResult) record {
	r := c.with(got)
	inDoubt := !c.since.IsZero()
	if r.State == freed && inDoubt {
		r.State = doubtful
	}
	if r.State == freed {
		return r
	}
	r.At = sent
	if inDoubt {
		r.At = c.since
	}
	return r
}

// write puts the outcome in the claim's place, also if the store lost the claim. Before it,
// it writes whose the operation is, if there is one: another key in doubt might take it.
// If there is no room for that, the outcome is worth telling all the same.
func (s *Service) write(ctx context.Context, j *job, op *teamwork.DeviceOperation, outcome []byte, ttl time.Duration) bool {
	var unowned error
	if op != nil {
		_, unowned = s.own(ctx, j, op)
	}
	now, err := s.swap(ctx, j.name, j.claim.raw, outcome, ttl)
	if err == nil && len(now) == 0 {
		_, err = s.swap(ctx, j.name, nil, outcome, ttl)
	}
	return err == nil && unowned == nil
}

// own writes down that an operation is the outcome of the job's record, unless it is
// another's.
func (s *Service) own(ctx context.Context, j *job, op *teamwork.DeviceOperation) (bool, error) {
	now, err := s.swap(ctx, j.ownerOf(op), nil, []byte(j.name), s.heldFor)
	return string(now) == j.name, err
}

func (j *job) ownerOf(op *teamwork.DeviceOperation) string {
	return ownerName(j.caller, teamwork.DeviceOperationKey{DeviceID: j.req.DeviceID, OperationID: op.OperationID})
}
