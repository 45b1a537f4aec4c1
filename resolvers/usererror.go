package resolvers

import (
	"errors"
	"math"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// writeScopes is what a create asks of the caller.
var writeScopes = [][]string{{"TeamworkDevice.ReadWrite.All"}}

// createError is the table from our kinds to the errors of createDeviceOperation;
// nil for what a caller can't act on, which is an error of the field.
func createError(err error, input teamwork.CreateOperation) teamwork.CreateDeviceOperationError {
	var e *teamwork.Error
	if !errors.As(err, &e) {
		return nil
	}
	problem := teamwork.Problem{Message: e.Message, Path: e.Path}
	switch e.Kind {
	case teamwork.Invalid:
		return &teamwork.InvalidInputError{Problem: problem}
	case teamwork.NotFound:
		problem.Message, problem.Path = "Microsoft Graph knows no such device", []string{"input", "deviceId"}
		return &teamwork.DeviceNotFoundError{Problem: problem, DeviceID: input.DeviceID}
	case teamwork.Conflict:
		return &teamwork.OperationAlreadyQueuedError{Problem: problem}
	case teamwork.Forbidden:
		return &teamwork.PermissionDeniedError{Problem: problem, RequiredScopes: writeScopes}
	case teamwork.Throttled:
		return &teamwork.ThrottledError{Problem: problem, RetryAfterSeconds: max(1, seconds(e.RetryAfter))}
	case teamwork.Rejected:
		return rejected(problem, e.Upstream)
	case teamwork.Unavailable:
		return unavailable(problem, e.RetryAfter)
	case teamwork.OutcomeUnknown, teamwork.BadResponse:
		return &teamwork.OutcomeUnknownError{Problem: problem}
	}
	return nil
}

func rejected(problem teamwork.Problem, upstream *teamwork.UpstreamAnswer) *teamwork.UpstreamRejectedError {
	answer := &teamwork.UpstreamRejectedError{Problem: problem}
	if upstream != nil {
		answer.UpstreamCode, answer.UpstreamRequestID = known(upstream.Code), known(upstream.RequestID)
	}
	return answer
}

func unavailable(problem teamwork.Problem, wait time.Duration) *teamwork.UpstreamUnavailableError {
	answer := &teamwork.UpstreamUnavailableError{Problem: problem}
	if wait > 0 {
		s := seconds(wait)
		answer.RetryAfterSeconds = &s
	}
	return answer
}

// seconds rounds up: who comes back too early is refused again.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// known returns nil for a text that was not given.
func known(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
