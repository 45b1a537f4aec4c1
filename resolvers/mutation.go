package resolvers

import (
	"context"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// CreateDeviceOperation creates one operation. What the caller can act on is data
// of the payload; only what nobody can act on is an error of the field.
func (r mutationResolver) CreateDeviceOperation(ctx context.Context, input teamwork.CreateOperation) (*teamwork.CreateOperationPayload, error) {
	a := newAttempt(input, input.DeviceID, "input", "deviceId")
	r.send(ctx, []*attempt{a})
	if a.outOfReach() {
		return nil, a.Err
	}
	r.look(ctx, []*attempt{a})
	return &teamwork.CreateOperationPayload{
		DeviceOperation: a.Operation, UserErrors: a.userErrors("input", "deviceId"), Replayed: a.Replayed,
	}, nil
}

// CreateDeviceOperations creates the same operation on many devices: one result for
// each id, in order.
func (r mutationResolver) CreateDeviceOperations(ctx context.Context, input teamwork.CreateOperationsInput) (*teamwork.CreateOperationsPayload, error) {
	if err := input.Validate("input"); err != nil {
		for _, id := range input.DeviceIDs {
			r.notSent(ctx, input.On(id), err)
		}
		return &teamwork.CreateOperationsPayload{UserErrors: refusal(err)}, nil
	}
	b := newBulk(input)
	r.send(ctx, b.attempts)
	if err := b.outOfReach(); err != nil {
		return nil, err
	}
	b.within()
	r.look(ctx, b.attempts)
	if wrong := b.wrongForAll(); wrong != nil {
		return &teamwork.CreateOperationsPayload{UserErrors: []teamwork.CreateDeviceOperationError{wrong}}, nil
	}
	return b.payload(), nil
}

// Refuse answers a mutation whose input breaks a promise of the schema; nil for a
// name that is none of ours.
func Refuse(mutation string, err *teamwork.Error) any {
	switch mutation {
	case "createDeviceOperation":
		return &teamwork.CreateOperationPayload{UserErrors: refusal(err)}
	case "createDeviceOperations":
		return &teamwork.CreateOperationsPayload{UserErrors: refusal(err)}
	}
	return nil
}

// refusal is the answer to an input that is wrong.
func refusal(err error) []teamwork.CreateDeviceOperationError {
	return []teamwork.CreateDeviceOperationError{createError(err, "", nil)}
}
