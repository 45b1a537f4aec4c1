package graph

import (
	"cmp"
	"context"
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
	// Refused, if set, hears of each mutation that is not executed, with the arguments that
	// its client gave and why: invalid, forbidden, cost limit or cost budget.
	Refused func(ctx context.Context, mutation string, args map[string]any, outcome string)
	// Prepare, if set, returns the context in which one operation is executed; the
	// deadline of the one that it gets is the operation's.
	Prepare func(context.Context) context.Context
	// RequestID returns the id that our log has for the request, "" for none.
	RequestID func(context.Context) string
	// Timeout bounds each operation, and the work for each event of a subscription; 0
	// means 15 s.
	Timeout time.Duration
	// Caller returns who opens a socket, by the Authorization of its connection_init or else
	// of its request; nil leaves the request's context as it is.
	Caller func(http.Header) (*teamwork.Caller, error)
	// Observe, if set, hears when a connection that stays open begins and ends, with 1
	// and -1: of a socket as websocket, of an event stream as sse.
	Observe func(transport string, change int)
	// Granted, if set, returns what the caller's token carries of scopes and app roles;
	// without it every caller has all.
	Granted func(context.Context) Granted
	// CostLimit is what an operation may cost by @cost and @listSize; 10,000 if 0.
	CostLimit int
	// Budget, if set, is what callers may spend.
	Budget Budget
	// NoIntrospection keeps the schema from callers, and NoGET takes operations by POST
	// only.
	NoIntrospection, NoGET bool
	// Trusted, if set, are the only documents that are executed.
	Trusted *Trusted
	// Documents, if set, keeps those that clients only name after the first time.
	Documents DocumentStore
	// Answers is how many bytes of whole answers are remembered, to be given again to who
	// sends the same bytes; 0 for none. Again, if set, hears of each that is.
	Answers int64
	Again   func()
	// Encoder, if set, compresses those answers.
	Encoder Encoder
	// Unplanned has gqlgen execute everything, field by field. The answers are the same.
	Unplanned bool
	Logger    *slog.Logger
}

// Granted is what a caller may do.
type Granted interface {
	// Grants reports whether that is what a scope is asked for.
	Grants(scope string) bool
}

const defaultTimeout = 15 * time.Second

// tokenLimit bounds a document before it is parsed: validation is quadratic in the
// number of fields, and the parser's memory grows with every token.
const tokenLimit = 5000

// Handler serves GraphQL over HTTP: POST, and GET for queries.
// https://graphql.github.io/graphql-over-http/draft/
type Handler struct {
	exec       graphql.GraphExecutor
	presenter  presenter
	prepare    func(context.Context) context.Context
	timeout    time.Duration
	costs      costs
	plans      *planned // nil if gqlgen executes everything
	budget     Budget
	refused    refused
	closed     closed
	remembered *remembered // nil if none are remembered
	encoder    Encoder
	scopes     *authorizer
	caller     func(http.Header) (*teamwork.Caller, error)
	times      times
	staying    staying
}

// NewHandler returns the handler of the GraphQL endpoint.
func NewHandler(opts Options) *Handler {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Prepare == nil {
		opts.Prepare = func(ctx context.Context) context.Context { return ctx }
	}
	if opts.RequestID == nil {
		opts.RequestID = func(context.Context) string { return "" }
	}
	if opts.Observe == nil {
		opts.Observe = func(string, int) {}
	}
	authorizer := newAuthorizer(parsedSchema, opts)
	schema, plans := newSchema(opts, authorizer)
	exec := executor.New(schema)
	documents := newDocuments()
	exec.SetQueryCache(documents)
	named := newNamed(opts.Trusted, opts.Documents)
	exec.Use(named)
	exec.Use(newLimited(documents, schema.Schema(), named.accepted))
	exec.SetParserTokenLimit(tokenLimit)
	exec.SetDisableSuggestion(true)
	presenter := presenter{requestID: opts.RequestID, log: opts.Logger}
	exec.SetErrorPresenter(presenter.present)
	exec.SetRecoverFunc(presenter.recovered)
	exec.Use(introspectable{!opts.NoIntrospection})
	exec.AroundFields(authorizer.check)
	exec.AroundFields(newConstraints(schema.Schema(), opts).check)
	return &Handler{
		exec: exec, presenter: presenter, prepare: opts.Prepare, timeout: cmp.Or(opts.Timeout, defaultTimeout),
		costs: costs{schema: schema.Schema(), limit: cmp.Or(opts.CostLimit, defaultCostLimit)}, plans: plans, budget: opts.Budget, refused: opts.Refused, closed: opts.closed(),
		remembered: newRemembered(opts), scopes: authorizer, encoder: opts.Encoder,
		caller: opts.Caller, times: usualTimes, staying: staying{observe: opts.Observe},
	}
}

// defaultCostLimit lets a page of a hundred devices with all that hangs on each pass.
const defaultCostLimit = 10_000

// newSchema returns what executes operations, and its plans, nil where gqlgen does it all.
func newSchema(opts Options, a *authorizer) (graphql.ExecutableSchema, *planned) {
	schema := NewExecutableSchema(Config{Resolvers: opts.Resolvers})
	if generated, ok := schema.(*executableSchema); ok && !opts.Unplanned {
		plans := withPlans(generated, a.covers)
		return plans, plans
	}
	return schema, nil
}

// ServeHTTP answers one request. It never writes part of an answer: the status is
// known before the first byte.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	media, timeout, prob := terms(r)
	if prob != nil {
		h.refuse(w, r, media, prob)
		return
	}
	said := takeBuffer()
	text, prob := h.closed.read(r, said)
	if prob != nil {
		giveBuffer(said)
		h.refuse(w, r, media, prob)
		return
	}
	key := h.remembered.keyOf(r, media, text)
	if key.remembers() && h.again(w, r, key, began) {
		giveBuffer(said)
		return
	}
	params, prob := paramsOf(r.Method, text)
	deadline := began.Add(min(timeout, h.timeout))
	if prob == nil && media == eventStream {
		giveBuffer(said) // it may stay open for hours
		h.serveEvents(w, r, params, deadline)
		return
	}
	if prob != nil {
		h.refuse(w, r, media, prob)
	} else {
		h.serveOnce(w, r, key, params, began, deadline)
	}
	giveBuffer(said) // of which the key is
}

// terms returns what a client asks of the answer, whatever it is.
func terms(r *http.Request) (media string, timeout time.Duration, prob *problem) {
	media, ok := negotiate(r.Header["Accept"])
	switch {
	case !ok:
		return graphQLResponse, 0, &problem{status: http.StatusNotAcceptable, code: codeBadRequest,
			message: "an answer is " + graphQLResponse + ", " + plainJSON + " or, by POST, " + eventStream}
	case media == eventStream && r.Method != http.MethodPost:
		return plainJSON, 0, &problem{status: http.StatusMethodNotAllowed, code: codeBadRequest, message: "an event stream is the answer to a POST"}
	}
	timeout, prob = timeoutOf(r.Header)
	return media, timeout, prob
}

// serveOnce executes a query or a mutation, and remembers its answer by key.
func (h *Handler) serveOnce(w http.ResponseWriter, r *http.Request, key answerKey, params *graphql.RawParams, began, deadline time.Time) {
	teamwork.StackAhead()
	buffers := &scratch{}
	defer buffers.release()
	ctx, cancel := context.WithDeadline(withScratch(h.introduce(r.Context()), buffers), deadline)
	defer cancel()
	op, balance, errs := h.admit(ctx, params)
	balance.tellBudget(w.Header())
	if len(errs) > 0 {
		resp := h.rejection(ctx, op, errs)
		writeResponse(w, key.media, balance.statusOf(key.media), resp, nil)
		return
	}
	if prob := unfit(r.Method, op.Operation.Operation); prob != nil {
		h.refuse(w, r, key.media, prob)
		return
	}
	trail := &teamwork.Trail{}
	if key.remembers() && op.Operation.Operation == ast.Query {
		trail.Collect()
	}
	resp, late := h.once(ctx, trail, op, deadline)
	if late != nil {
		h.refuse(w, r, key.media, late)
		return
	}
	if resp == nil { // the client has left
		return
	}
	tellAge(w.Header(), trail, began, time.Now())
	h.answer(w, r, key, op, resp, trail)
}

// unfit returns why an operation can't be answered this way: GET is for queries, and a
// subscription has more than one answer.
func unfit(method string, kind ast.Operation) *problem {
	switch {
	case kind == ast.Subscription:
		return &problem{status: http.StatusNotAcceptable, code: codeBadRequest,
			message: "a subscription is told over WebSocket (graphql-transport-ws), or by POST with Accept: " + eventStream}
	case method == http.MethodGet && kind != ast.Query:
		return &problem{status: http.StatusMethodNotAllowed, code: codeBadRequest,
			message: "GET is for queries; send a mutation by POST"}
	}
	return nil
}

// refuse answers a request that is no GraphQL request, or that can't be answered as it
// wants.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, media string, p *problem) {
	if media == eventStream { // nothing has begun to stream
		media = plainJSON
	}
	if p.status == http.StatusMethodNotAllowed {
		allow := "GET, POST"
		if r.Method == http.MethodGet {
			allow = http.MethodPost
		}
		w.Header().Set("Allow", allow)
	}
	writeResponse(w, media, p.status, &graphql.Response{Errors: gqlerror.List{h.refusal(r.Context(), p)}}, nil)
}

// refusal is a problem as a client sees it.
func (h *Handler) refusal(ctx context.Context, p *problem) *gqlerror.Error {
	refusal := &gqlerror.Error{Message: p.message, Extensions: map[string]any{"code": p.code}}
	if id := h.presenter.requestID(ctx); id != "" {
		refusal.Extensions["requestId"] = id
	}
	return refusal
}

// statusOfInvalid is the status of a well-formed request that can't be executed:
// only the newer media type lets a client tell such a 400 from a proxy's.
func statusOfInvalid(media string) int {
	if media == graphQLResponse {
		return http.StatusBadRequest
	}
	return http.StatusOK
}
