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
	// doubtfulBefore is how long before a create was sent an operation of its kind may
	// seem to have come to be and yet be what it became, by clocks that are far apart. Too
	// long costs an answer, too short a second operation.
	doubtfulBefore = time.Minute
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
	ctx, cancel := context.WithTimeout(teamwork.InCompany(ctx), lookTime) // what is read after the first pages is not announced
	defer cancel()
	pages := make([]*teamwork.Page[teamwork.DeviceOperation], len(inDoubt))
	errs := make([]error, len(inDoubt))
	teamwork.Together(ctx, len(inDoubt), func(i int) {
		if panicked := s.guard(ctx, func() { pages[i], errs[i] = s.page(ctx, inDoubt[i], "") }); panicked != nil {
			errs[i] = panicked
		}
	})
	teamwork.Each(len(inDoubt), atOnce, func(i int) {
		if err := s.guard(ctx, func() { s.resolve(ctx, inDoubt[i], pages[i], errs[i]) }); err != nil {
			inDoubt[i].answer(teamwork.CreateResult{Err: notLooked(err), SentAt: inDoubt[i].since})
		}
	})
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
		if raw, ttl, err := s.encode(r); err == nil {
			_, _ = s.swap(ctx, j.name, in.raw, raw, ttl)
		}
		j.hold.release()
		j.answer(teamwork.CreateResult{Operation: found, Replayed: true, SentAt: in.At})
	}
}

// appeared returns the operation that the create became; nil if there is none. It is an
// error if that can't be told: then sending would be a guess.
func (s *Service) appeared(ctx context.Context, j *job, sent time.Time, page *teamwork.Page[teamwork.DeviceOperation]) (*teamwork.DeviceOperation, error) {
	seen := sightings{req: &j.req, sent: sent}
	for n := 1; seen.add(page.Items) && page.Next != ""; n++ {
		if n == maxPages {
			return nil, errTooMany
		}
		var err error
		if page, err = s.page(ctx, j, page.Next); err != nil {
			return nil, err
		}
	}
	found, err := s.ours(ctx, j, sent, seen.candidates)
	switch {
	case found != nil || err != nil:
		return found, err
	case seen.undated:
		return nil, errUndated
	}
	return s.settled(ctx, j, seen.doubtful)
}

// sightings are what a look has seen of a create.
type sightings struct {
	req        *teamwork.CreateOperation
	sent       time.Time
	candidates []*teamwork.DeviceOperation
	doubtful   []*teamwork.DeviceOperation // too early, unless a clock is wrong
	undated    bool
}

// add reports whether what follows these, newest first, may matter.
func (s *sightings) add(ops []*teamwork.DeviceOperation) bool {
	more := true
	for _, op := range ops {
		dated, early := op.CreatedDateTime.Known(), op.CreatedDateTime.Before(s.sent.Add(-doubtfulBefore))
		alike := op.OperationType() == s.req.OperationType
		switch {
		case s.req.MayBe(op, s.sent):
			s.candidates = append(s.candidates, op)
		case alike && !dated:
			s.undated = true
		case alike && !early:
			s.doubtful = append(s.doubtful, op)
		}
		more = more && (!early || !dated)
	}
	return more
}

// settled returns the doubtful operation that is known to be the create's outcome, nil
// if all are known to be those of others, and an error otherwise.
func (s *Service) settled(ctx context.Context, j *job, doubtful []*teamwork.DeviceOperation) (*teamwork.DeviceOperation, error) {
	for _, op := range doubtful {
		switch owner, err := s.get(context.WithoutCancel(ctx), j.ownerOf(op)); {
		case err != nil:
			return nil, err
		case string(owner) == j.name:
			return op, nil
		case len(owner) == 0:
			return nil, errTooNear
		}
	}
	return nil, nil
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
	errTooNear = errors.New("an operation of the kind came to be shortly before, by upstream's clock")
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
