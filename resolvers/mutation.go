package resolvers

import (
	"context"
	"slices"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/graph"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// CreateDeviceOperation creates one operation. What the caller can act on is data
// of the payload; only what nobody can act on is an error of the field.
func (r mutationResolver) CreateDeviceOperation(ctx context.Context, input teamwork.CreateOperation) (*teamwork.CreateOperationPayload, error) {
	var err error
	if input.DeviceID, err = teamwork.ParseDeviceID(input.DeviceID, "input", "deviceId"); err != nil {
		return r.refusedCreate(ctx, input, time.Time{}, err)
	}
	if err := input.Validate("input"); err != nil {
		return r.refusedCreate(ctx, input, time.Time{}, err)
	}
	sent := time.Now()
	op, err := r.Service.CreateOperation(ctx, input)
	if err != nil {
		return r.refusedCreate(ctx, input, sent, err)
	}
	return &teamwork.CreateOperationPayload{DeviceOperation: op}, nil
}

// refusedCreate answers a create that failed.
func (r mutationResolver) refusedCreate(ctx context.Context, input teamwork.CreateOperation, sent time.Time, err error) (*teamwork.CreateOperationPayload, error) {
	problem := createError(err, input)
	if problem == nil {
		return nil, err
	}
	graph.Note(ctx, err)
	switch problem := problem.(type) {
	case *teamwork.OperationAlreadyQueuedError:
		problem.ExistingOperation = r.inTheWay(ctx, input)
	case *teamwork.OutcomeUnknownError:
		problem.Candidates = r.appeared(ctx, input, sent)
	}
	return &teamwork.CreateOperationPayload{UserErrors: []teamwork.CreateDeviceOperationError{problem}}, nil
}

// Refuse answers a mutation whose input breaks a promise of the schema; nil for a
// name that is none of ours.
func Refuse(mutation string, err *teamwork.Error) any {
	if mutation != "createDeviceOperation" {
		return nil
	}
	return &teamwork.CreateOperationPayload{UserErrors: []teamwork.CreateDeviceOperationError{
		createError(err, teamwork.CreateOperation{}),
	}}
}

// inTheWay returns the operation that upstream's 409 is about: the newest of the
// same type that is under way; nil if it can't be found.
func (r *Resolver) inTheWay(ctx context.Context, input teamwork.CreateOperation) *teamwork.DeviceOperation {
	underWay := slices.DeleteFunc(slices.Clone(r.newest(ctx, input.DeviceID)), (*teamwork.DeviceOperation).IsFinal)
	return latest(underWay, []teamwork.DeviceOperationType{input.OperationType})
}

// clockSkew is how far upstream's clock may be behind ours.
const clockSkew = 5 * time.Second

// appeared returns the operations of the input's type that came to be since the
// request was sent, as far as upstream's clock and ours agree. One that was given its
// creation time is known by that.
func (r *Resolver) appeared(ctx context.Context, input teamwork.CreateOperation, sent time.Time) []*teamwork.DeviceOperation {
	candidates := []*teamwork.DeviceOperation{}
	for _, op := range r.newest(ctx, input.DeviceID) {
		since := op.CreatedDateTime.After(sent.Add(-clockSkew)) ||
			input.CreatedDateTime.Known() && op.CreatedDateTime.Equal(input.CreatedDateTime)
		if op.OperationType() == input.OperationType && since {
			candidates = append(candidates, op)
		}
	}
	return candidates
}

// afterwards bounds a look at what became of a create, in time.
const afterwards = 5 * time.Second

// newest returns the first page of a device's operations, empty if it can't be
// read. The look is worth its time even if the client's own has run out by then:
// that is when creates are lost.
func (r *Resolver) newest(ctx context.Context, deviceID string) []*teamwork.DeviceOperation {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), afterwards)
	defer cancel()
	page, err := r.Service.Operations(ctx, teamwork.OperationsRequest{DeviceID: deviceID, Top: teamwork.DefaultPage})
	if err != nil {
		return nil
	}
	return page.Items
}
