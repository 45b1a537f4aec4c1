package ledger

import (
	"context"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// markedFor is how long the operation of a create without a key is known to be no key's:
// longer than those in doubt are asked about, as a rule, and short enough that all that
// upstream's pace permits has room in memory, beside the keys.
const markedFor = time.Hour

// noKey stands where an operation's record does, and is the name of none.
var noKey = []byte("none")

// mark writes down that operations were made without a key, before their caller hears of
// them: a key in doubt must not take one for its own. It is worth no more than a try: such
// a create needs no store.
func (s *Service) mark(ctx context.Context, reqs []teamwork.CreateOperation, results []teamwork.CreateResult) {
	caller := teamwork.CallerFrom(ctx)
	if caller == nil {
		return
	}
	ctx = context.WithoutCancel(ctx)
	teamwork.Each(min(len(reqs), len(results)), atOnce, func(i int) {
		op := results[i].Operation
		if op == nil || reqs[i].IdempotencyKey != nil {
			return
		}
		_ = s.guard(ctx, func() {
			name := ownerName(caller, teamwork.DeviceOperationKey{DeviceID: reqs[i].DeviceID, OperationID: op.OperationID})
			_, _ = s.store.Swap(ctx, name, nil, noKey, markedFor)
		})
	})
}
