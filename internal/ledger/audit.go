package ledger

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// Audited is a teamwork.Service that writes a line before and after each create: who
// asked for what on which device, and what became of it. What can't be written down is
// not done.
type Audited struct {
	teamwork.Service // the one behind

	who func(context.Context) Author
	now func() time.Time

	mu  sync.Mutex
	out io.Writer
}

var _ teamwork.Service = (*Audited)(nil)

// Author is who asks, as an audit has it.
type Author struct {
	// Subject and Application are the caller's object id and the application it uses, ""
	// where nobody was verified.
	Subject, Application string
	// Tenant is whose directory they are of.
	Tenant string
	// RequestID is our log's.
	RequestID string
}

// NewAudited returns a Service that writes a line of JSON to out before and after what
// it lets through. A line is one Write.
func NewAudited(next teamwork.Service, out io.Writer, who func(context.Context) Author) *Audited {
	return &Audited{Service: next, who: who, now: time.Now, out: out}
}

// CreateOperation writes down, lets through and writes down.
func (a *Audited) CreateOperation(ctx context.Context, req teamwork.CreateOperation) (*teamwork.DeviceOperation, error) {
	if err := a.asked(ctx, req); err != nil {
		return nil, err
	}
	op, err := a.Service.CreateOperation(ctx, req)
	a.done(ctx, req, teamwork.CreateResult{Operation: op, Err: err})
	return op, err
}

// CreateOperations does so for each.
func (a *Audited) CreateOperations(ctx context.Context, reqs []teamwork.CreateOperation) []teamwork.CreateResult {
	if err := a.asked(ctx, reqs...); err != nil {
		refused := make([]teamwork.CreateResult, len(reqs))
		for i := range refused {
			refused[i].Err = err
		}
		return refused
	}
	results := a.Service.CreateOperations(ctx, reqs)
	for i, result := range results {
		a.done(ctx, reqs[i], result)
	}
	return results
}

// asked writes all lines in one go: half of them would tell of what is not done.
func (a *Audited) asked(ctx context.Context, reqs ...teamwork.CreateOperation) error {
	author, now := a.who(ctx), a.now().UTC()
	lines := make([]byte, 0, lineSize*len(reqs))
	for _, req := range reqs {
		lines = author.line("create.asked", now, req).append(lines)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, err := a.out.Write(lines); err != nil {
		return &teamwork.Error{
			Kind: teamwork.Unavailable, Unsent: true, Err: err,
			Message: "the audit log could not be written, so nothing was sent",
		}
	}
	return nil
}

// done writes what became of it. If that fails, it is known from the line before that
// something was asked for, and the caller is told the truth.
func (a *Audited) done(ctx context.Context, req teamwork.CreateOperation, result teamwork.CreateResult) {
	e := a.who(ctx).line("create.done", a.now().UTC(), req)
	e.Outcome, e.Replayed, e.UpstreamRequestID = "created", result.Replayed, result.UpstreamRequestID
	if result.Operation != nil {
		e.OperationID = result.Operation.OperationID
	}
	if result.Err != nil {
		e.Outcome = teamwork.KindOf(result.Err).String()
		var known *teamwork.Error
		if errors.As(result.Err, &known) && known.Upstream != nil {
			e.UpstreamRequestID = known.Upstream.RequestID
		}
	}
	line := e.append(make([]byte, 0, lineSize))
	a.mu.Lock()
	defer a.mu.Unlock()
	_, _ = a.out.Write(line)
}

// Refused writes down what was asked for and not let through: nothing hangs on its lines,
// and so both are written at once.
func (a *Audited) Refused(ctx context.Context, outcome string, reqs ...teamwork.CreateOperation) {
	author, now := a.who(ctx), a.now().UTC()
	var lines []byte
	for _, req := range reqs {
		done := author.line("create.done", now, req)
		done.Outcome = outcome
		lines = done.append(author.line("create.asked", now, req).append(lines))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	_, _ = a.out.Write(lines)
}
