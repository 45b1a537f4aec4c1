package resolvers

import (
	"errors"
	"slices"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// bulk is the attempts of one input: a device that it names twice is sent once.
type bulk struct {
	input    teamwork.CreateOperationsInput
	attempts []*attempt
	of       []*attempt // of each of the input's ids
}

func newBulk(input teamwork.CreateOperationsInput) *bulk {
	b := &bulk{input: input}
	known := map[string]*attempt{}
	for i, id := range input.DeviceIDs {
		a := newAttempt(input.On(id), id, input.DeviceIDPath(i, "input")...)
		if twin := known[a.req.DeviceID]; twin != nil && a.Err == nil {
			b.of = append(b.of, twin)
			continue
		}
		if a.Err == nil {
			known[a.req.DeviceID] = a
		}
		b.attempts, b.of = append(b.attempts, a), append(b.of, a)
	}
	return b
}

// outOfReach returns the first error if all attempts failed in ways that the caller
// can't act on.
func (b *bulk) outOfReach() error {
	for _, a := range b.attempts {
		if !a.outOfReach() {
			return nil
		}
	}
	return b.attempts[0].Err
}

// within brings errors that the caller can't act on into its reach: beside attempts
// that ended otherwise, they must not hide what those did.
func (b *bulk) within() {
	for _, a := range b.attempts {
		if !a.outOfReach() {
			continue
		}
		kind, message := teamwork.OutcomeUnknown, "internal error: the operation may exist"
		var known *teamwork.Error
		if errors.As(a.Err, &known) && known.Kind == teamwork.Unauthenticated {
			kind, message = teamwork.Forbidden, known.Message
		}
		a.Err = &teamwork.Error{Kind: kind, Message: message, Err: a.Err}
	}
}

// wrongForAll returns the error that each attempt which might have been sent was
// refused with, because of what they share; nil if there is none.
func (b *bulk) wrongForAll() *teamwork.InvalidInputError {
	var shared *teamwork.InvalidInputError
	for _, a := range b.attempts {
		if a.SentAt.IsZero() {
			continue // its id is its own
		}
		problems := a.userErrors(ofDevice...)
		if len(problems) == 0 {
			return nil
		}
		wrong, ok := problems[0].(*teamwork.InvalidInputError)
		if !ok || slices.Equal(wrong.Path, ofDevice) || shared != nil && !slices.Equal(wrong.Path, shared.Path) {
			return nil
		}
		shared = wrong
	}
	return shared
}

// payload returns one result for each id of the input.
func (b *bulk) payload() *teamwork.CreateOperationsPayload {
	p := &teamwork.CreateOperationsPayload{Replayed: true}
	for i, a := range b.of {
		p.Replayed = p.Replayed && a.Replayed
		p.Results = append(p.Results, &teamwork.CreateOperationsResult{
			DeviceID: a.req.DeviceID, DeviceOperation: a.Operation, UserErrors: a.userErrors(b.input.DeviceIDPath(i, "input")...),
		})
	}
	return p
}
