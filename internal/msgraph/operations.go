package msgraph

import (
	"context"
	"strconv"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// Operations reads one page of a device's operations.
// https://learn.microsoft.com/graph/api/teamworkdeviceoperation-list?view=graph-rest-beta
func (c *Client) Operations(ctx context.Context, req teamwork.OperationsRequest) (page *teamwork.Page[teamwork.DeviceOperation], err error) {
	defer teamwork.Wrap(&err, "operations of %q", req.DeviceID)
	return readPage(ctx, c, pageOf[teamwork.DeviceOperation]{
		route: operationsRoute, ids: []string{req.DeviceID}, query: "$top=" + strconv.Itoa(req.Top), token: req.Page,
		id: func(o *teamwork.DeviceOperation) string { return o.OperationID },
		settle: func(o *teamwork.DeviceOperation, meta teamwork.ResourceMeta) {
			o.DeviceID, o.Meta = req.DeviceID, meta
		},
	})
}

// Operation reads one operation.
// https://learn.microsoft.com/graph/api/teamworkdeviceoperation-get?view=graph-rest-beta
func (c *Client) Operation(ctx context.Context, key teamwork.DeviceOperationKey) (op *teamwork.DeviceOperation, err error) {
	defer teamwork.Wrap(&err, "operation %q of %q", key.OperationID, key.DeviceID)
	op, meta, err := readOne[teamwork.DeviceOperation](ctx, c, operationRoute, key.DeviceID, key.OperationID)
	if err != nil {
		return nil, err
	}
	if op.OperationID == "" {
		op.OperationID = key.OperationID
	}
	op.DeviceID, op.Meta = key.DeviceID, meta
	return op, nil
}
