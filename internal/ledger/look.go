package ledger

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const (
	// clockSkew is how far upstream's clock may be behind ours.
	clockSkew = 5 * time.Second
	// lookTime bounds a look, so that there is time left to send.
	lookTime = 5 * time.Second
	// maxPages bounds it likewise: nobody starts as many operations on one device.
	maxPages = 5
)

// look finds out what became of the creates that are in doubt. What has happened is
// answered, what has not is claimed, and what can't be found out is refused.
func (s *Service) look(ctx context.Context, jobs []*job) {
	var inDoubt []*job
	for _, j := range jobs {
		if j.doubt != nil {
			inDoubt = append(inDoubt, j)
		}
	}
	if len(inDoubt) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	pages := make([]*teamwork.Page[teamwork.DeviceOperation], len(inDoubt))
	errs := make([]error, len(inDoubt))
	teamwork.Together(ctx, len(inDoubt), func(i int) { pages[i], errs[i] = s.page(ctx, inDoubt[i], "") })
	each(len(inDoubt), func(i int) { s.resolve(ctx, inDoubt[i], pages[i], errs[i]) })
}

func (s *Service) page(ctx context.Context, j *job, token string) (*teamwork.Page[teamwork.DeviceOperation], error) {
	return s.upstream.Operations(ctx, teamwork.OperationsRequest{DeviceID: j.req.DeviceID, Top: teamwork.LargePage, Page: token})
}

// resolve ends a doubt, given the first page of the device's operations.
func (s *Service) resolve(ctx context.Context, j *job, page *teamwork.Page[teamwork.DeviceOperation], err error) {
	in := j.doubt
	j.doubt = nil
	var found *teamwork.DeviceOperation
	if err == nil {
		found, err = s.appeared(ctx, j, in.At, page)
	}
	ctx = context.WithoutCancel(ctx)
	switch {
	case err != nil:
		j.refuse(notLooked(err))
	case found == nil:
		s.take(ctx, j, in.raw, in)
		if j.doubt != nil { // somebody else looked, and sent, meanwhile: from the beginning
			j.hold.release()
			j.doubt, j.hold = nil, nil
		}
	default:
		r := in.with(teamwork.CreateResult{Operation: found})
		// Whether it can be written down does not matter: who asks again finds it again.
		_, _ = s.swap(ctx, j.name, in.raw, r.encode(), keptFor)
		j.hold.release()
		j.answer(teamwork.CreateResult{Operation: found, Replayed: true, SentAt: in.At})
	}
}

// appeared returns the operation that the create became; nil if there is none. It is an
// error if that can't be told: then sending would be a guess.
func (s *Service) appeared(ctx context.Context, j *job, sent time.Time, page *teamwork.Page[teamwork.DeviceOperation]) (*teamwork.DeviceOperation, error) {
	var candidates []*teamwork.DeviceOperation
	undated := false
	for n := 1; ; n++ {
		all := true
		for _, op := range page.Items {
			since, dated := isSince(op, sent, j.req.CreatedDateTime)
			all = all && (since || !dated)
			if op.OperationType() == j.req.OperationType {
				undated = undated || !dated
				if since {
					candidates = append(candidates, op)
				}
			}
		}
		if !all || page.Next == "" { // what follows is older
			break
		}
		if n == maxPages {
			return nil, errTooMany
		}
		var err error
		if page, err = s.page(ctx, j, page.Next); err != nil {
			return nil, err
		}
	}
	found, err := s.ours(ctx, j, sent, candidates)
	if found == nil && err == nil && undated {
		err = errUndated
	}
	return found, err
}

// isSince reports whether an operation came to be since the create was sent, as far as
// upstream's clock and ours agree, and whether its time is known at all. One that was
// given its creation time is known by that.
func isSince(op *teamwork.DeviceOperation, sent time.Time, given teamwork.DateTime) (since, dated bool) {
	if !op.CreatedDateTime.Known() {
		return false, false
	}
	return op.CreatedDateTime.After(sent.Add(-clockSkew)) || given.Known() && op.CreatedDateTime.Equal(given), true
}

// ours returns the candidate nearest to the time of sending that is no other create's
// outcome.
func (s *Service) ours(ctx context.Context, j *job, sent time.Time, candidates []*teamwork.DeviceOperation) (*teamwork.DeviceOperation, error) {
	slices.SortStableFunc(candidates, func(a, b *teamwork.DeviceOperation) int {
		return cmp.Compare(a.CreatedDateTime.Sub(sent).Abs(), b.CreatedDateTime.Sub(sent).Abs())
	})
	for _, op := range candidates {
		if ours, err := s.own(context.WithoutCancel(ctx), j, op); err != nil {
			return nil, err
		} else if ours {
			return op, nil
		}
	}
	return nil, nil
}

var (
	errTooMany = errors.New("too many operations appeared since")
	errUndated = errors.New("an operation of the kind has no creation time")
)

// notLooked answers a create that upstream may have done, when that can't be found out.
// It is not Unsent: an earlier request sent it.
func notLooked(err error) error {
	const message = "an earlier request with this idempotency key was refused and may have been done, which can't be looked up now: nothing was sent again"
	e, ours := errors.AsType[*teamwork.Error](err)
	if ours && (e.Kind == teamwork.Throttled || e.Kind == teamwork.Unavailable) {
		return &teamwork.Error{Kind: e.Kind, Message: message, RetryAfter: e.RetryAfter, Upstream: e.Upstream, Err: err}
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	return unknown(message, err)
}
