package teamwork

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"
)

func TestEveryKindHasAName(t *testing.T) {
	seen := map[string]bool{}
	for _, kind := range Kinds() {
		if name := kind.String(); name == "" || seen[name] {
			t.Errorf("kind %d is called %q", int(kind), name)
		} else {
			seen[name] = true
		}
	}
	if len(seen) != int(TooMany)+1 {
		t.Errorf("%d kinds have a name, want %d", len(seen), int(TooMany)+1)
	}
	for _, kind := range []Kind{-1, Kind(len(Kinds()))} {
		if got, want := kind.String(), fmt.Sprintf("kind %d", int(kind)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestErrorRendersEverythingForTheLog(t *testing.T) {
	for _, c := range []struct {
		name string
		err  *Error
		want string
	}{
		{"a kind alone", &Error{}, "internal"},
		{"a message", &Error{Kind: NotFound, Message: "no such device"}, "not found: no such device"},
		{"a cause", &Error{Kind: Unavailable, Err: io.ErrUnexpectedEOF}, "unavailable: unexpected EOF"},
		{"everything", &Error{
			Kind: Throttled, Op: "devices", Message: "wait", RetryAfter: time.Second,
			Upstream: &UpstreamAnswer{Status: 429, Code: "TooManyRequests", RequestID: "r1"}, Err: io.EOF,
		}, "devices: throttled: wait: upstream 429 TooManyRequests (request-id r1): EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.err.Error(); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			if !errors.Is(c.err, c.err.Err) && c.err.Err != nil {
				t.Error("the cause can't be found")
			}
		})
	}
}

func TestKindOf(t *testing.T) {
	inner := &Error{Kind: Conflict}
	for _, c := range []struct {
		name string
		err  error
		want Kind
	}{
		{"nothing", nil, Internal},
		{"foreign", io.EOF, Internal},
		{"ours", inner, Conflict},
		{"wrapped", fmt.Errorf("a: %w", fmt.Errorf("b: %w", inner)), Conflict},
		{"joined", errors.Join(io.EOF, inner), Conflict},
		{"the outer of two", &Error{Kind: OutcomeUnknown, Err: inner}, OutcomeUnknown},
		{"caused by a cancelled context", &Error{Kind: Unavailable, Err: context.Canceled}, Unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := KindOf(c.err); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestWrapSaysWhatWasBeingDone(t *testing.T) {
	read := func(cause error) (err error) {
		defer Wrap(&err, "operations of %q", "d1")
		return cause
	}
	if err := read(nil); err != nil {
		t.Errorf("success became %v", err)
	}
	cause := &Error{Kind: Rejected, Message: "100% no"}
	err := read(cause)
	if KindOf(err) != Rejected || !errors.Is(err, cause) {
		t.Errorf("%v hides its cause", err)
	}
	if got, want := err.Error(), `operations of "d1": rejected: 100% no`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
