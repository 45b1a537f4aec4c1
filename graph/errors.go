package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

const (
	codeBadRequest = "BAD_REQUEST"
	codeInternal   = "INTERNAL_SERVER_ERROR"
)

// codeOf is the table from our kinds to extensions.code. Conflict, OutcomeUnknown and
// KeyReused are answers of mutations, where they are data; as an error they can only
// be ours.
var codeOf = map[teamwork.Kind]string{
	teamwork.Internal:        codeInternal,
	teamwork.Invalid:         "BAD_USER_INPUT",
	teamwork.Unauthenticated: "UNAUTHENTICATED",
	teamwork.Forbidden:       "FORBIDDEN",
	teamwork.NotFound:        "NOT_FOUND",
	teamwork.Conflict:        "CONFLICT",
	teamwork.Throttled:       "RATE_LIMITED",
	teamwork.Rejected:        "UPSTREAM_REJECTED",
	teamwork.BadResponse:     "UPSTREAM_BAD_RESPONSE",
	teamwork.Unavailable:     "UPSTREAM_UNAVAILABLE",
	teamwork.OutcomeUnknown:  codeInternal,
	teamwork.KeyReused:       codeInternal,
	teamwork.TooMany:         "TOO_MANY_SUBSCRIPTIONS",
}

// presenter turns what went wrong into what a client may see, once.
type presenter struct {
	requestID func(context.Context) string
	log       *slog.Logger
}

// present is the machine's error presenter. Errors of gqlgen and gqlparser are
// about the document and pass; our own carry their message and code; any other is
// masked, and logged.
func (p presenter) present(ctx context.Context, err error) *gqlerror.Error {
	shown := &gqlerror.Error{Path: graphql.GetPath(ctx), Extensions: map[string]any{}}
	if id := p.requestID(ctx); id != "" {
		shown.Extensions["requestId"] = id
	}
	var located *gqlerror.Error
	if errors.As(err, &located) {
		shown.Path, shown.Locations = located.Path, located.Locations
		if located.Err == nil {
			aboutDocument(ctx, shown, located)
			return shown
		}
	}
	if shown.Locations == nil { // which gqlgen forgets for what has siblings
		shown.Locations = locationOf(ctx)
	}
	var known *teamwork.Error
	if !errors.As(err, &known) {
		known = foreign(ctx, err)
	}
	shown.Message = known.Message
	shown.Extensions["code"] = codeOf[known.Kind]
	if known.Kind == teamwork.Internal || known.Message == "" {
		shown.Message, shown.Extensions["code"] = "internal error", codeInternal
	}
	describe(shown.Extensions, known)
	teamwork.TrailFrom(ctx).Challenge(known.Claims)
	p.note(ctx, known, err)
	return shown
}

// aboutDocument presents an error of the parser, the validator or the executor,
// without what it would give away of the schema. One that stands before the
// execution has no path into the answer: there is none.
func aboutDocument(ctx context.Context, shown, said *gqlerror.Error) {
	shown.Message, _, _ = strings.Cut(said.Message, " Did you mean")
	shown.Extensions["code"] = codeInternal
	code, _ := said.Extensions["code"].(string)
	if code == "" {
		return
	}
	for _, name := range []string{"code", "cost", "retryAfterSeconds"} {
		if value, given := said.Extensions[name]; given {
			shown.Extensions[name] = value
		}
	}
	shown.Path = nil
	if len(said.Path) > 0 {
		shown.Message = said.Path.String() + ": " + shown.Message
	}
	if path := argumentOf(ctx, said); path != nil {
		shown.Message = "argument " + path[0] + ": " + shown.Message
		shown.Extensions["argument"] = path
	}
}

// locationOf returns where in the document the field that failed stands.
func locationOf(ctx context.Context) []gqlerror.Location {
	field := graphql.GetFieldContext(ctx)
	if field == nil || field.Field.Field == nil || field.Field.Position == nil {
		return nil
	}
	at := field.Field.Position
	return []gqlerror.Location{{Line: at.Line, Column: at.Column}}
}

// foreign gives an error that is not ours a kind. A deadline of the request is
// upstream's slowness; everything else is kept from the client.
func foreign(ctx context.Context, err error) *teamwork.Error {
	if errors.Is(err, context.DeadlineExceeded) {
		return &teamwork.Error{Kind: teamwork.Unavailable, Message: "Microsoft Graph did not answer in time", Err: err}
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return &teamwork.Error{Kind: teamwork.Unavailable, Message: "the request was cancelled", Err: err}
	}
	return &teamwork.Error{Kind: teamwork.Internal, Message: "internal error", Err: err}
}

// describe adds what the caller can act on.
func describe(extensions map[string]any, e *teamwork.Error) {
	if len(e.Path) > 0 {
		extensions["argument"] = e.Path
	}
	if len(e.Scopes) > 0 {
		extensions["requiredScopes"] = e.Scopes
	}
	if e.Claims != "" {
		extensions["claims"] = e.Claims
	}
	if e.RetryAfter > 0 {
		extensions["retryAfterSeconds"] = seconds(e.RetryAfter)
	}
	if u := e.Upstream; u != nil && u.RequestID != "" {
		extensions["upstreamRequestId"] = u.RequestID
	}
}

// note logs what an operator should know. A client that left, a missing thing and
// a wrong request are nobody's trouble.
func (p presenter) note(ctx context.Context, known *teamwork.Error, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	level := slog.LevelDebug
	switch known.Kind {
	case teamwork.Internal, teamwork.OutcomeUnknown:
		level = slog.LevelError
	case teamwork.Unavailable, teamwork.BadResponse, teamwork.Throttled:
		level = slog.LevelWarn
	}
	if !p.log.Enabled(ctx, level) {
		return
	}
	p.log.Log(ctx, level, "a field failed", "error", err, "kind", known.Kind.String(),
		"path", graphql.GetPath(ctx).String(), "requestId", p.requestID(ctx))
}

// Note logs, as a failed field is logged, an error that a resolver turns into data.
func Note(ctx context.Context, err error) {
	p, ok := ctx.Value(presenterKey{}).(*presenter)
	var known *teamwork.Error
	if ok && errors.As(err, &known) {
		p.note(ctx, known, err)
	}
}

// presenterKey is where a request's context holds its presenter.
type presenterKey struct{}

// recovered turns a panic of a resolver into an error of that field alone.
func (p presenter) recovered(_ context.Context, cause any) error {
	p.log.Error("a resolver panicked", "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
	return &teamwork.Error{Kind: teamwork.Internal, Message: "internal error", Err: fmt.Errorf("panic: %v", cause)}
}
