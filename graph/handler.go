package graph

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Options says what the machine is made of.
type Options struct {
	Resolvers ResolverRoot
	// Refuse returns what the mutation of the given name answers when its input
	// breaks a promise of the schema; nil for a mutation that it does not know.
	Refuse func(mutation string, err *teamwork.Error) any
	// Prepare, if set, returns the context in which one operation is executed; the
	// deadline of the one that it gets is the operation's.
	Prepare func(context.Context) context.Context
	// RequestID returns the id that our log has for the request, "" for none.
	RequestID func(context.Context) string
	// Unplanned has gqlgen execute everything, field by field. The answers are the same.
	Unplanned bool
	Logger    *slog.Logger
}

// tokenLimit bounds a document before it is parsed: validation is quadratic in the
// number of fields, and the parser's memory grows with every token.
const tokenLimit = 2000

// handler serves GraphQL over HTTP: POST, and GET for queries.
// https://graphql.github.io/graphql-over-http/draft/
type handler struct {
	exec      graphql.GraphExecutor
	presenter presenter
	prepare   func(context.Context) context.Context
}

// NewHandler returns the handler of the GraphQL endpoint.
func NewHandler(opts Options) http.Handler {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Prepare == nil {
		opts.Prepare = func(ctx context.Context) context.Context { return ctx }
	}
	if opts.RequestID == nil {
		opts.RequestID = func(context.Context) string { return "" }
	}
	schema := newSchema(opts)
	exec := executor.New(schema)
	exec.SetQueryCache(newDocuments())
	exec.SetParserTokenLimit(tokenLimit)
	exec.SetDisableSuggestion(true)
	presenter := presenter{requestID: opts.RequestID, log: opts.Logger}
	exec.SetErrorPresenter(presenter.present)
	exec.SetRecoverFunc(presenter.recovered)
	exec.Use(introspectable{})
	exec.AroundFields(newConstraints(schema.Schema(), opts.Refuse).check)
	return &handler{exec: exec, presenter: presenter, prepare: opts.Prepare}
}

func newSchema(opts Options) graphql.ExecutableSchema {
	schema := NewExecutableSchema(Config{Resolvers: opts.Resolvers})
	if generated, ok := schema.(*executableSchema); ok && !opts.Unplanned {
		return withPlans(generated)
	}
	return schema
}

// ServeHTTP answers one request. It never writes part of an answer: the status is
// known before the first byte.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	media, ok := negotiate(r.Header.Values("Accept"))
	if !ok {
		h.refuse(w, r, graphQLResponse, &problem{status: http.StatusNotAcceptable, code: codeBadRequest,
			message: "an answer is " + graphQLResponse + " or " + plainJSON})
		return
	}
	timeout, prob := timeoutOf(r.Header)
	if prob != nil {
		h.refuse(w, r, media, prob)
		return
	}
	params, prob := readParams(r)
	if prob != nil {
		h.refuse(w, r, media, prob)
		return
	}
	trail := &teamwork.Trail{}
	ctx, cancel := context.WithDeadline(r.Context(), began.Add(timeout))
	defer cancel()
	ctx = teamwork.WithTrail(graphql.StartOperationTrace(h.prepare(ctx)), trail)
	buffers := &scratch{}
	defer buffers.release()
	ctx = withScratch(context.WithValue(ctx, presenterKey{}, h.presenter), buffers)
	op, errs := h.exec.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		resp := h.exec.DispatchError(graphql.WithOperationContext(ctx, op), errs)
		writeResponse(w, media, statusOfInvalid(media), resp, nil)
		return
	}
	if r.Method == http.MethodGet && op.Operation.Operation != ast.Query {
		w.Header().Set("Allow", http.MethodPost)
		h.refuse(w, r, media, &problem{status: http.StatusMethodNotAllowed, code: codeBadRequest,
			message: "GET is for queries; send a mutation by POST"})
		return
	}
	responses, ctx := h.exec.DispatchOperation(ctx, op)
	resp := responses(ctx)
	if resp == nil && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		h.refuse(w, r, media, &problem{status: http.StatusRequestTimeout, code: "REQUEST_TIMEOUT",
			message: "the request's time was over before it began: nothing was done"})
		return
	}
	if resp == nil { // the client has left
		return
	}
	tellAge(w.Header(), trail, began, time.Now())
	writeResponse(w, media, http.StatusOK, resp, trail.Warnings())
}

// refuse answers a request that is no GraphQL request.
func (h *handler) refuse(w http.ResponseWriter, r *http.Request, media string, p *problem) {
	refusal := &gqlerror.Error{Message: p.message, Extensions: map[string]any{"code": p.code}}
	if id := h.presenter.requestID(r.Context()); id != "" {
		refusal.Extensions["requestId"] = id
	}
	writeResponse(w, media, p.status, &graphql.Response{Errors: gqlerror.List{refusal}}, nil)
}

// statusOfInvalid is the status of a well-formed request that can't be executed:
// only the newer media type lets a client tell such a 400 from a proxy's.
func statusOfInvalid(media string) int {
	if media == graphQLResponse {
		return http.StatusBadRequest
	}
	return http.StatusOK
}
