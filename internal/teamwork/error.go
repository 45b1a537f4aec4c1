package teamwork

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"
)

// Kind says what a caller can do about an error. Each kind has one row in the
// table from HTTP (msgraph) and one in the table to GraphQL (graph).
type Kind int

// The kinds of errors.
const (
	Internal        Kind = iota // anything else: not for the caller's eyes
	Invalid                     // the request is wrong; nothing was sent
	Unauthenticated             // the caller's token was refused, or is missing
	Forbidden                   // the caller may not do this
	NotFound                    // there is no such thing
	Conflict                    // the same work is already under way
	Throttled                   // upstream asks to wait
	Rejected                    // upstream refused for a reason of its own
	BadResponse                 // upstream's answer can't be trusted
	Unavailable                 // upstream can't be reached, or is retired
	OutcomeUnknown              // a write was sent and no answer came
	KeyReused                   // the idempotency key belongs to another input
	TooMany                     // so many listen already that one more is refused
)

var kindNames = [...]string{"internal", "invalid", "unauthenticated", "forbidden", "not found", "conflict",
	"throttled", "rejected", "bad response", "unavailable", "outcome unknown", "key reused", "too many"}

// Kinds returns all kinds, for tests that want a row for each.
func Kinds() []Kind {
	kinds := make([]Kind, len(kindNames))
	for i := range kinds {
		kinds[i] = Kind(i)
	}
	return kinds
}

// String returns the kind's name, for logs.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("kind %d", int(k))
	}
	return kindNames[k]
}

// Error is the one error type that crosses floors.
type Error struct {
	Kind Kind
	// Op says what was being done, for the log.
	Op string
	// Message is for the caller: it holds nothing that the caller may not see.
	Message string
	// Path names the input at fault, outermost first; nil when none is.
	Path []string
	// RetryAfter is how long upstream asks to wait; 0 when it did not say.
	RetryAfter time.Duration
	// Unsent says that surely nothing left this process for upstream, so that a write
	// did not happen whatever the kind.
	Unsent bool
	// Scopes are what the caller lacks, if that is it: every one of at least one list.
	Scopes [][]string
	// Claims is what the caller's token would have to claim besides, as a claims challenge
	// has it: JSON in base64. "" when a new token would not help, or the same one would.
	Claims string
	// Upstream is what upstream said of itself; nil when it did not answer.
	Upstream *UpstreamAnswer
	// Err is the cause, for the log only.
	Err error
}

// UpstreamAnswer identifies an answer of upstream's for a support case.
type UpstreamAnswer struct {
	Status    int    // HTTP status
	Code      string // error code of the body, or ""
	RequestID string // upstream's request-id, or ""
}

// Error renders everything, for the log.
func (e *Error) Error() string {
	parts := make([]string, 0, 5)
	if e.Op != "" {
		parts = append(parts, e.Op)
	}
	parts = append(parts, e.Kind.String())
	if e.Message != "" {
		parts = append(parts, e.Message)
	}
	if u := e.Upstream; u != nil {
		parts = append(parts, fmt.Sprintf("upstream %d %s (request-id %s)", u.Status, u.Code, u.RequestID))
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// InvalidInput returns an error of kind Invalid that names the input at fault.
func InvalidInput(path []string, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Path: path, Message: fmt.Sprintf(format, args...)}
}

// Panicked returns an error of kind Internal for what recover returned, with the stack:
// to be called where it was recovered.
func Panicked(p any) *Error {
	return &Error{Kind: Internal, Err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
}

// KindOf returns the kind of the first Error in err's chain, Internal for any
// other error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Wrap adds what was being done to the error that a function returns. It stands
// in one deferred line at the function's top:
//
//	defer teamwork.Wrap(&err, "operations of %s", deviceID)
func Wrap(err *error, format string, args ...any) {
	if *err != nil {
		*err = fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), *err)
	}
}
