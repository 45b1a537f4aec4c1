package graph

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// begin returns the context of one execution, with its deadline, and the trail that it
// leaves.
func (h *Handler) begin(ctx context.Context, trail *teamwork.Trail, deadline time.Time) (context.Context, context.CancelFunc) {
	ctx, cancel := teamwork.Until(ctx, deadline)
	return teamwork.WithTrail(h.prepare(ctx), trail), cancel
}

// introduce returns the context of one operation, before anything of it is executed.
func (h *Handler) introduce(ctx context.Context) context.Context {
	return context.WithValue(graphql.StartOperationTrace(ctx), presenterKey{}, &h.presenter)
}

// once executes a query or a mutation. There is no response if its time was over before
// it began, which late says, or if the client has left.
func (h *Handler) once(ctx context.Context, trail *teamwork.Trail, op *graphql.OperationContext, deadline time.Time) (resp *graphql.Response, late *problem) {
	ctx, cancel := h.begin(ctx, trail, deadline)
	defer cancel()
	responses, ctx := h.exec.DispatchOperation(ctx, op)
	resp = responses(ctx)
	if resp == nil && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		late = &problem{status: http.StatusRequestTimeout, code: "REQUEST_TIMEOUT",
			message: "the request's time was over before it began: nothing was done"}
	}
	return resp, late
}
