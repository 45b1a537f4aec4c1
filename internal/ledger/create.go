package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// CreateOperation creates one operation. With an idempotency key the answer may be that
// of an earlier request, which CreateOperations can tell and this can't.
func (s *Service) CreateOperation(ctx context.Context, req teamwork.CreateOperation) (*teamwork.DeviceOperation, error) {
	if req.IdempotencyKey == nil {
		op, err := s.Service.CreateOperation(ctx, req)
		s.mark(ctx, []teamwork.CreateOperation{req}, []teamwork.CreateResult{{Operation: op}})
		return op, err
	}
	result := s.CreateOperations(ctx, []teamwork.CreateOperation{req})[0]
	return result.Operation, result.Err
}

// CreateOperations creates many. What has a key is claimed first; then all that may be
// sent goes in one call. Nothing that was claimed waits for what others have claimed, so
// that two calls with the same keys can't hold each other up.
func (s *Service) CreateOperations(ctx context.Context, reqs []teamwork.CreateOperation) []teamwork.CreateResult {
	results := make([]teamwork.CreateResult, len(reqs))
	pending := s.jobs(ctx, reqs, results)
	if pending == nil {
		results = s.Service.CreateOperations(ctx, reqs)
		s.mark(ctx, reqs, results)
		return results
	}
	all := pending
	defer func() {
		for _, j := range all {
			j.hold.release() // nothing, unless the Service behind panicked
		}
	}()
	for len(pending) > 0 && ctx.Err() == nil {
		teamwork.Each(len(pending), atOnce, func(i int) {
			if err := s.guard(ctx, func() { s.begin(ctx, pending[i]) }); err != nil {
				pending[i].answer(teamwork.CreateResult{Err: &teamwork.Error{Kind: teamwork.Internal, Unsent: true, Message: "the create was not sent", Err: err}})
			}
		})
		s.look(ctx, pending)
		s.send(ctx, pending)
		if pending = unanswered(pending); len(pending) > 0 {
			pause(ctx, lookAgain/2+rand.N(lookAgain))
		}
	}
	for _, j := range pending {
		j.refuse(outOfTime(ctx, j))
	}
	for _, j := range all {
		for _, i := range j.at {
			results[i] = j.result
		}
	}
	s.mark(ctx, reqs, results)
	return results
}

// job is a create of one call, for all places where the call asks for it.
type job struct {
	req    teamwork.CreateOperation // without its key
	at     []int
	name   string // of the record; "" without a key
	input  string // what the record must be of
	caller *teamwork.Caller

	waitsFor string    // whose claim was seen under way
	since    time.Time // when somebody else sent it, or may have
	hold     *hold     // nil unless we work on the key
	doubt    *doubt    // what is to be looked up, nil if nothing
	claim    *claim    // nil unless it may be sent
	answered bool
	result   teamwork.CreateResult
}

func (j *job) answer(r teamwork.CreateResult) { j.result, j.answered = r, true }

// refuse answers with an error, and lets go of the key.
func (j *job) refuse(err error) {
	j.hold.release()
	j.answer(teamwork.CreateResult{Err: err, SentAt: j.since})
}

func unanswered(jobs []*job) []*job {
	var left []*job
	for _, j := range jobs {
		if !j.answered {
			left = append(left, j)
		}
	}
	return left
}

// jobs returns what is to be done, each create with a key once, and writes what is
// refused at once into results; nil when no request has a key.
func (s *Service) jobs(ctx context.Context, reqs []teamwork.CreateOperation, results []teamwork.CreateResult) []*job {
	if !slices.ContainsFunc(reqs, func(req teamwork.CreateOperation) bool { return req.IdempotencyKey != nil }) {
		return nil
	}
	caller := teamwork.CallerFrom(ctx)
	jobs, byName := []*job{}, map[string]*job{}
	for i, req := range reqs {
		j := &job{req: req, at: []int{i}, caller: caller}
		j.req.IdempotencyKey = nil
		if req.IdempotencyKey != nil {
			if caller == nil {
				results[i].Err = errNobody
				continue
			}
			j.name, j.input = recordName(holder(caller), req.DeviceID, *req.IdempotencyKey), inputHash(j.req)
			if first, ok := byName[j.name]; ok && first.input == j.input {
				first.at = append(first.at, i)
				continue
			} else if ok {
				results[i].Err = errKeyReused
				continue
			}
			byName[j.name] = j
		}
		jobs = append(jobs, j)
	}
	return jobs
}

// send sends what may be sent, in one call, and writes down what came of it. The caller
// may leave meanwhile: who asks again shall be told.
func (s *Service) send(ctx context.Context, jobs []*job) {
	var ready []*job
	var reqs []teamwork.CreateOperation
	for _, j := range jobs {
		if j.claim != nil && !j.answered {
			ready, reqs = append(ready, j), append(reqs, j.req)
		}
	}
	if len(ready) == 0 {
		return
	}
	detached, cancel := detach(ctx)
	defer cancel()
	sent := s.now()
	got := s.Service.CreateOperations(detached, reqs)
	teamwork.Each(len(ready), atOnce, func(i int) {
		// It answers first: what goes wrong then leaves the claim, so that nobody sends.
		_ = s.guard(detached, func() { s.settle(detached, ready[i], sent, got[i]) })
	})
}

// detach returns a context that ends at ctx's deadline, and not when its caller leaves.
func detach(ctx context.Context) (context.Context, context.CancelFunc) {
	if deadline, bounded := ctx.Deadline(); bounded {
		return context.WithDeadline(context.WithoutCancel(ctx), deadline)
	}
	return context.WithoutCancel(ctx), func() {}
}

// atOnce bounds how many records are asked for at a time: the store has connections for
// others, too.
const atOnce = 16

// guard calls f, and makes an error of its panic: one in a goroutine of ours would end
// the process.
func (s *Service) guard(ctx context.Context, f func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.ErrorContext(ctx, "panic over an idempotency key", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	f()
	return nil
}

var (
	errNobody = &teamwork.Error{
		Kind: teamwork.Invalid, Unsent: true, Path: keyPath, Message: "an idempotency key is kept for its caller, and nobody was identified",
	}
	errKeyReused = &teamwork.Error{
		Kind: teamwork.KeyReused, Unsent: true, Path: keyPath, Message: "the idempotency key was used with another input: nothing was sent",
	}
	keyPath = []string{"input", "idempotencyKey"}
)

// notWritten refuses a create whose key could not be written down.
func notWritten(err error) error {
	return &teamwork.Error{
		Kind: teamwork.Unavailable, Unsent: true, RetryAfter: time.Second, Err: err,
		Message: "the idempotency key could not be written down, so nothing was sent",
	}
}

// unknown is what is answered about a create that somebody else may have sent.
func unknown(message string, err error) error {
	return &teamwork.Error{Kind: teamwork.OutcomeUnknown, Message: message, Err: err}
}

// outOfTime ends a wait that was as long as the request may take, or a request that came
// too late to begin.
func outOfTime(ctx context.Context, j *job) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case j.waitsFor == "":
		return &teamwork.Error{Kind: teamwork.Unavailable, Unsent: true, Message: "there is no time left for the create: nothing was sent", Err: ctx.Err()}
	}
	return unknown("an earlier request with this idempotency key is still under way", ctx.Err())
}
