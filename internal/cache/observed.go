package cache

import (
	"context"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// observed forgets a device on which an answer shows that something happened since the
// last one: its health, its other pages and its operations are of before. The answer
// itself stays, under the new generation and the new number. ok is false when somebody
// else forgot the device meanwhile: then the answer may be of before that, and is not
// kept. A store that can't be told, because it is full or read-only, keeps this process
// from nothing.
func (s *Service) observed(ctx context.Context, k nearKey, plan flightPlan) (gen generation, mark uint64, ok bool) {
	gen = plan.gen
	told := false
	if gen.keeps {
		next := newToken(epochOf(gen.token), gen.created)
		if s.rules.noSwap {
			latest, _ := s.ask(ctx, gen.key)
			gen.token = latest.token
		}
		done, err := s.store.Swap(ctx, gen.key.generation(), []byte(gen.token), []byte(next), s.generationLife())
		switch told = done && err == nil; {
		case told:
			gen.token = next
		case err == nil:
			return gen, 0, false
		default:
			s.tellAnyhow(k.partition, k.device)
		}
	}
	mark, ok = s.near.renew(k.partition, k.device, plan.mark)
	if told {
		_ = s.publish(ctx, news{From: s.name, Partition: k.partition, Device: k.device})
	}
	return gen, mark, ok
}

// operationMoved reports whether an operation is not where it was.
func operationMoved(before, now *teamwork.DeviceOperation) bool {
	return before.StatusRaw != now.StatusRaw || !before.CompletedDateTime.Equal(now.CompletedDateTime)
}

// pageMoved reports whether an operation of a page moved, or one began since.
func pageMoved(before, now *teamwork.Page[teamwork.DeviceOperation]) bool {
	known := make(map[string]*teamwork.DeviceOperation, len(before.Items))
	var newest teamwork.DateTime
	for _, op := range before.Items {
		known[op.OperationID] = op
		if op.CreatedDateTime.After(newest.Time) {
			newest = op.CreatedDateTime
		}
	}
	for _, op := range now.Items {
		if op == nil {
			continue
		}
		if was := known[op.OperationID]; was != nil && operationMoved(was, op) || was == nil && op.CreatedDateTime.After(newest.Time) {
			return true
		}
	}
	return false
}
