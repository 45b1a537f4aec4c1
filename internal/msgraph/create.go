package msgraph

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// CreateOperation creates an operation, by the route that was configured. What
// the route can't carry is refused, never dropped.
func (c *Client) CreateOperation(ctx context.Context, req teamwork.CreateOperation) (op *teamwork.DeviceOperation, err error) {
	defer teamwork.Wrap(&err, "create %s on %q", req.OperationType, req.DeviceID)
	if err := req.Validate("input"); err != nil {
		return nil, err
	}
	if c.createRoute == Actions {
		return c.act(ctx, req)
	}
	if req.SoftwareUpdate != nil {
		return nil, teamwork.InvalidInput([]string{"input", "softwareUpdate"},
			"input.softwareUpdate can't be sent: operations are created on upstream's collection, which has no place for it")
	}
	return c.postOperation(ctx, req)
}

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

// postOperation creates on the collection.
// https://learn.microsoft.com/graph/api/resources/teamworkdeviceoperation?view=graph-rest-beta
func (c *Client) postOperation(ctx context.Context, req teamwork.CreateOperation) (*teamwork.DeviceOperation, error) {
	got, err := c.post(ctx, createOperationRoute, req.DeviceID, operationBody{
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
	})
	if err != nil {
		return nil, err
	}
	op, warnings, err := decodeOne[teamwork.DeviceOperation](got.body)
	if err != nil || op.OperationID == "" {
		return nil, c.failed(ctx, unconfirmed("Microsoft Graph's answer to the create can't be read", err))
	}
	op.DeviceID, op.Meta = req.DeviceID, c.met(ctx, warnings)
	return op, nil
}

// post sends one write, once. Whatever its route answers in the 200s is a success.
func (c *Client) post(ctx context.Context, rt route, deviceID string, body any) (*answer, error) {
	r, err := rt.fill(deviceID)
	if err != nil {
		return nil, err
	}
	if deadline, bounded := ctx.Deadline(); bounded && time.Until(deadline) < leastTime {
		return nil, &teamwork.Error{Kind: teamwork.Unavailable, Message: "there is no time left for the create: nothing was sent"}
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var left atomic.Bool
	watched := context.WithValue(ctx, leftKey{}, &left)
	req, err := runtime.NewRequest(policy.WithRetryOptions(watched, noRetry), rt.method, c.url(r))
	if err != nil {
		return nil, err
	}
	if err := runtime.MarshalAsJSON(req, body); err != nil {
		return nil, err
	}
	resp, err := c.pipeline.Do(req)
	if err != nil && left.Load() {
		return nil, c.failed(ctx, unconfirmed("the create was sent, and no answer came", err))
	}
	if err != nil {
		return nil, c.failed(ctx, fromFailure(err))
	}
	said, err := payload(resp)
	if err != nil {
		return nil, c.failed(ctx, unconfirmed("the create was sent, and its answer was cut off", err))
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, c.failed(ctx, c.fromRefusal(r, resp, said))
	}
	c.status.succeeded()
	return &answer{header: resp.Header, body: said}, nil
}

// fromRefusal classifies the answer to a write. A failure half-way, a gateway that
// gave up, and whatever else is no refusal say nothing about whether the work was
// done; 503 and 501 are taken at their word.
func (c *Client) fromRefusal(r ref, resp *http.Response, body []byte) *teamwork.Error {
	e := c.fromAnswer(r, resp.StatusCode, resp.Header, body)
	switch status := resp.StatusCode; {
	case status == http.StatusServiceUnavailable, status == http.StatusNotImplemented:
	case status >= http.StatusInternalServerError, status == http.StatusRequestTimeout, e.Kind == teamwork.BadResponse:
		e.Kind, e.Message = teamwork.OutcomeUnknown, "Microsoft Graph failed over the create, and may have done it"
	}
	return e
}

func unconfirmed(message string, err error) *teamwork.Error {
	return &teamwork.Error{Kind: teamwork.OutcomeUnknown, Message: message, Err: err}
}
