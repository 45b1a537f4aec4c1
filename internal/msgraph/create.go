package msgraph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// CreateOperation creates an operation, by the route that was configured. What
// the route can't carry is refused, never dropped.
func (c *Client) CreateOperation(ctx context.Context, req teamwork.CreateOperation) (op *teamwork.DeviceOperation, err error) {
	defer wrapCreate(&err, req)
	w, err := c.write(req)
	if err != nil {
		return nil, unsent(err)
	}
	got, err := c.post(ctx, w)
	return c.created(ctx, req, got, err)
}

func wrapCreate(err *error, req teamwork.CreateOperation) {
	teamwork.Wrap(err, "create %s on %q", req.OperationType, req.DeviceID)
}

// write is a request that creates, checked and ready to be sent.
type write struct {
	ref  ref
	body json.RawMessage
}

// write checks a create and fills in its route.
func (c *Client) write(req teamwork.CreateOperation) (write, error) {
	if err := req.Validate("input"); err != nil {
		return write{}, err
	}
	rt, said, err := c.createOf(req)
	if err != nil {
		return write{}, err
	}
	r, err := rt.fill(req.DeviceID)
	if err != nil {
		return write{}, err
	}
	body, err := json.Marshal(said)
	return write{r, body}, err
}

// createOf returns the route and the body of a create.
func (c *Client) createOf(req teamwork.CreateOperation) (route, any, error) {
	if c.createRoute == Actions {
		return actionOf(req)
	}
	if req.SoftwareUpdate != nil {
		return route{}, nil, teamwork.InvalidInput([]string{"input", "softwareUpdate"},
			"input.softwareUpdate can't be sent: operations are created on upstream's collection, which has no place for it")
	}
	return createOperationRoute, operationOf(req), nil
}

// created returns what a create ended in, from the answer to it.
func (c *Client) created(ctx context.Context, req teamwork.CreateOperation, got *answer, err error) (*teamwork.DeviceOperation, error) {
	switch {
	case c.readsBack():
		return c.acted(ctx, req, got, err)
	case err != nil:
		return nil, err
	}
	op, warnings, err := decodeOne[teamwork.DeviceOperation](got.body)
	if err != nil || op.OperationID == "" {
		return nil, c.failed(ctx, unconfirmed("Microsoft Graph's answer to the create can't be read", err))
	}
	op.DeviceID, op.Meta = req.DeviceID, c.met(ctx, warnings)
	return op, nil
}

// readsBack reports whether the answer to a create says only where the operation is.
func (c *Client) readsBack() bool { return c.createRoute == Actions }

// operationBody is the body of a create: nine properties, of which upstream
// requires status and operationType.
type operationBody struct {
	ODataType          string                     `json:"@odata.type"`
	Status             string                     `json:"status"`
	OperationType      string                     `json:"operationType"`
	Error              *teamwork.OperationError   `json:"error,omitempty"`
	StartedDateTime    teamwork.DateTime          `json:"startedDateTime,omitzero"`
	CompletedDateTime  teamwork.DateTime          `json:"completedDateTime,omitzero"`
	CreatedDateTime    teamwork.DateTime          `json:"createdDateTime,omitzero"`
	CreatedBy          *teamwork.IdentitySetInput `json:"createdBy,omitempty"`
	LastActionDateTime teamwork.DateTime          `json:"lastActionDateTime,omitzero"`
	LastActionBy       *teamwork.IdentitySetInput `json:"lastActionBy,omitempty"`
}

// operationOf is what the collection is asked to create.
// https://learn.microsoft.com/graph/api/resources/teamworkdeviceoperation?view=graph-rest-beta
func operationOf(req teamwork.CreateOperation) operationBody {
	return operationBody{
		ODataType:          "#microsoft.graph.teamworkDeviceOperation",
		Status:             string(req.Status),
		OperationType:      string(req.OperationType),
		Error:              req.Error,
		StartedDateTime:    req.StartedDateTime,
		CompletedDateTime:  req.CompletedDateTime,
		CreatedDateTime:    req.CreatedDateTime,
		CreatedBy:          req.CreatedBy,
		LastActionDateTime: req.LastActionDateTime,
		LastActionBy:       req.LastActionBy,
	}
}

// post sends one write, once. Whatever its route answers in the 200s is a success.
func (c *Client) post(ctx context.Context, w write) (*answer, error) {
	if !c.timely(ctx) {
		return nil, noTime()
	}
	ctx, cancel := teamwork.Until(ctx, time.Now().Add(c.timeout))
	defer cancel()
	d := &departure{once: true, bound: maxBody}
	said, err := c.send(ctx, d, w.ref, w.body)
	if err != nil {
		return nil, c.lost(ctx, d, err)
	}
	return c.taken(ctx, w.ref, said)
}

// send posts a body, once, and returns the whole answer, whatever it is. An error says
// how it got none; how far the request came is in d.
func (c *Client) send(ctx context.Context, d *departure, r ref, body []byte) (reply, error) {
	d.body = body
	req, err := runtime.NewRequest(withDeparture(ctx, d), http.MethodPost, c.url(r))
	if err != nil {
		return reply{}, err
	}
	if err := req.SetBody(streaming.NopCloser(bytes.NewReader(body)), "application/json"); err != nil {
		return reply{}, err
	}
	return c.do(req)
}

// taken returns the answer to a write if it is a success.
func (c *Client) taken(ctx context.Context, r ref, said reply) (*answer, error) {
	if said.err != nil {
		return nil, c.failed(ctx, unconfirmed("Microsoft Graph did not say what became of the create", said.err))
	}
	if said.status < 200 || said.status > 299 {
		return nil, c.failed(ctx, c.fromRefusal(r, said))
	}
	c.status.succeeded()
	return &answer{header: said.header, body: said.body}, nil
}

// timely reports whether there is time left for a write and its answer.
func (c *Client) timely(ctx context.Context) bool {
	deadline, bounded := ctx.Deadline()
	return !bounded || time.Until(deadline) >= c.gate.least
}

func noTime() error {
	return &teamwork.Error{Kind: teamwork.Unavailable, Unsent: true, Message: "there is no time left for the create: nothing was sent"}
}

// lost is the error of a write that got no answer.
func (c *Client) lost(ctx context.Context, d *departure, err error) error {
	if d.left.Load() {
		return c.failed(ctx, unconfirmed("the create was sent, and no answer came", err))
	}
	return unsent(c.failed(ctx, fromFailure(err)))
}

// unsent says of an error that surely nothing was sent. A caller who left before
// it was is nobody's error, and yet must be told.
func unsent(err error) error {
	e := &teamwork.Error{Err: err}
	if known := new(teamwork.Error); errors.As(err, &known) {
		*e = *known              // it may be somebody else's, too
		if err != error(known) { //nolint:errorlint // whether it is the very same
			e.Err = err
		}
	}
	e.Unsent = true
	return e
}

// fromRefusal classifies the answer to a write. A failure half-way, a gateway that
// gave up, and whatever else is no refusal say nothing about whether the work was
// done; 503 and 501 are taken at their word.
func (c *Client) fromRefusal(r ref, said reply) *teamwork.Error {
	e := c.fromAnswer(r, said)
	switch status := said.status; {
	case status == http.StatusServiceUnavailable, status == http.StatusNotImplemented:
	case status >= http.StatusInternalServerError, status == http.StatusRequestTimeout, e.Kind == teamwork.BadResponse:
		e.Kind, e.Message = teamwork.OutcomeUnknown, "Microsoft Graph failed over the create, and may have done it"
	}
	return e
}

func unconfirmed(message string, err error) *teamwork.Error {
	return &teamwork.Error{Kind: teamwork.OutcomeUnknown, Message: message, Err: err}
}
