package resolvers

import (
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// writeScopes is what a create asks of the caller.
var writeScopes = [][]string{{"TeamworkDevice.ReadWrite.All"}}

// ofDevice is the path by which errors from below name the device.
var ofDevice = []string{"input", "deviceId"}

// createError is the table from our kinds to the errors of a create; nil for what a
// caller can't act on, which is an error of the field. The device is named by path.
func createError(err error, deviceID string, path []string) teamwork.CreateDeviceOperationError {
	var e *teamwork.Error
	if !errors.As(err, &e) {
		return nil
	}
	problem := teamwork.Problem{Message: e.Message, Path: e.Path}
	if slices.Equal(problem.Path, ofDevice) && path != nil {
		problem.Path = path
	}
	switch e.Kind {
	case teamwork.Invalid:
		return &teamwork.InvalidInputError{Problem: problem}
	case teamwork.NotFound:
		problem.Message, problem.Path = "Microsoft Graph knows no such device", path
		return &teamwork.DeviceNotFoundError{Problem: problem, DeviceID: deviceID}
	case teamwork.Conflict:
		return &teamwork.OperationAlreadyQueuedError{Problem: problem}
	case teamwork.Forbidden:
		return permissionDenied(problem)
	case teamwork.Throttled:
		problem.Message = unsent(e)
		return &teamwork.ThrottledError{Problem: problem, RetryAfterSeconds: max(1, seconds(e.RetryAfter))}
	case teamwork.Rejected:
		return rejected(problem, e.Upstream)
	case teamwork.Unavailable:
		problem.Message = unsent(e)
		return unavailable(problem, e.RetryAfter)
	case teamwork.OutcomeUnknown, teamwork.BadResponse:
		return &teamwork.OutcomeUnknownError{Problem: problem}
	case teamwork.KeyReused:
		problem.Path = []string{"input", "idempotencyKey"}
		return &teamwork.IdempotencyKeyReusedError{Problem: problem}
	}
	return nil
}

// unsent returns the message, and that nothing was sent where that is known: then, and
// only then, trying again is safe.
func unsent(e *teamwork.Error) string {
	const words = "nothing was sent"
	if !e.Unsent || strings.Contains(e.Message, words) {
		return e.Message
	}
	return e.Message + ": " + words
}

func permissionDenied(problem teamwork.Problem) *teamwork.PermissionDeniedError {
	return &teamwork.PermissionDeniedError{Problem: problem, RequiredScopes: writeScopes}
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
