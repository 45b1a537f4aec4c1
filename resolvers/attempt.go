package resolvers

import (
	"context"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// attempt is one create: what is asked, and what it ended in. SentAt is zero until it
// is sent.
type attempt struct {
	req teamwork.CreateOperation
	teamwork.CreateResult
	inTheWay   *teamwork.DeviceOperation
	candidates []*teamwork.DeviceOperation
}

// newAttempt returns the create of req on the device that id names. One that can't be
// sent has failed already; path says where the input has the id.
func newAttempt(req teamwork.CreateOperation, id string, path ...string) *attempt {
	a := &attempt{req: req}
	a.req.DeviceID = id
	deviceID, err := teamwork.ParseDeviceID(id, path...)
	if err != nil {
		a.Err = err
		return a
	}
	a.req.DeviceID = deviceID
	a.Err = a.req.Validate("input")
	return a
}

// send sends the attempts that can be sent, all at once.
func (r *Resolver) send(ctx context.Context, attempts []*attempt) {
	var able []*attempt
	var reqs []teamwork.CreateOperation
	for _, a := range attempts {
		if a.Err == nil {
			able, reqs = append(able, a), append(reqs, a.req)
			continue
		}
		r.notSent(ctx, a.req, a.Err)
	}
	if len(able) == 0 {
		return
	}
	sent := time.Now()
	for i, result := range r.Service.CreateOperations(ctx, reqs) {
		if result.SentAt.IsZero() {
			result.SentAt = sent
		}
		able[i].CreateResult = result
	}
}

// outOfReach reports whether the attempt failed in a way that the caller can't act on.
func (a *attempt) outOfReach() bool {
	return a.Err != nil && createError(a.Err, a.req.DeviceID, nil) == nil
}

// userErrors returns what the caller can act on; path says where the input has the
// device.
func (a *attempt) userErrors(path ...string) []teamwork.CreateDeviceOperationError {
	if a.Err == nil {
		return nil
	}
	problem := createError(a.Err, a.req.DeviceID, path)
	switch problem := problem.(type) {
	case *teamwork.OperationAlreadyQueuedError:
		problem.ExistingOperation = a.inTheWay
	case *teamwork.OutcomeUnknownError:
		problem.Candidates = a.candidates
	}
	return []teamwork.CreateDeviceOperationError{problem}
}
