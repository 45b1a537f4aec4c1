package resolvers

import (
	"context"
	"strings"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// Asked returns what a mutation that was not executed asked for, as far as its arguments
// tell: they may be wrong in any way. An id that is none stands as it was given.
func Asked(args map[string]any) []teamwork.CreateOperation {
	input, _ := args["input"].(map[string]any)
	var req teamwork.CreateOperation
	if word, ok := input["operationType"].(string); ok {
		told := teamwork.DeviceOperation{OperationTypeRaw: strings.ReplaceAll(word, "_", "")}
		req.OperationType = told.OperationType()
	}
	if key, ok := input["idempotencyKey"].(string); ok {
		key = key[:min(len(key), longestAsked)]
		req.IdempotencyKey = &key
	}
	ids, many := input["deviceIds"].([]any)
	if !many {
		ids = []any{input["deviceId"]}
	}
	var all []teamwork.CreateOperation
	for _, id := range ids[:min(len(ids), teamwork.MaxBulk)] {
		req.DeviceID, _ = id.(string)
		if deviceID, err := teamwork.ParseDeviceID(req.DeviceID); err == nil {
			req.DeviceID = deviceID
		}
		req.DeviceID = req.DeviceID[:min(len(req.DeviceID), longestAsked)]
		all = append(all, req)
	}
	return all
}

// longestAsked bounds what of a wrong text is told.
const longestAsked = 256

// notSent tells of a create that its caller asked for and that can't be sent.
func (r *Resolver) notSent(ctx context.Context, req teamwork.CreateOperation, err error) {
	if r.NotSent != nil {
		r.NotSent(ctx, req, err)
	}
}
