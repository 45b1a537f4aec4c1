package cache

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// finals are the final operations that the store was given, as far as this process
// knows: a page that is read every few seconds need not write its members each time.
// What the store lost since is written again within the hour.
type finals struct {
	seed maphash.Seed
	mu   sync.Mutex
	all  map[uint64]struct{}
}

// maxFinals bounds them, at some 4 MB. Beyond, all are lost, which costs writes.
const maxFinals = 1 << 17

func newFinals() *finals {
	return &finals{seed: maphash.MakeSeed(), all: make(map[uint64]struct{})}
}

// name tells operations apart, and epochs, and hours.
func (f *finals) name(k nearKey, epoch string, at time.Time) uint64 {
	var h maphash.Hash
	h.SetSeed(f.seed)
	for _, text := range [...]string{k.partition, k.device, k.operation, epoch} {
		_, _ = h.WriteString(text)
		_ = h.WriteByte(0)
	}
	maphash.WriteComparable(&h, at.Truncate(time.Hour).Unix())
	return h.Sum64()
}

// missing returns which of a page's operations are final and may not be in the store.
func (f *finals) missing(k nearKey, page *kept, ops []*teamwork.DeviceOperation) (all []*teamwork.DeviceOperation) {
	epoch := epochOf(*page.token)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, op := range ops {
		if !op.IsFinal() {
			continue
		}
		if _, has := f.all[f.name(memberKey(k, op), epoch, page.fetchedAt)]; !has {
			all = append(all, op)
		}
	}
	return all
}

// add notes that the store has operations of a page.
func (f *finals) add(k nearKey, page *kept, ops []*teamwork.DeviceOperation) {
	epoch := epochOf(*page.token)
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.all) >= maxFinals {
		clear(f.all)
	}
	for _, op := range ops {
		if op.IsFinal() {
			f.all[f.name(memberKey(k, op), epoch, page.fetchedAt)] = struct{}{}
		}
	}
}

// spread gives the store the final operations of a page that was loaded here: no replica
// shall fetch one by itself. It goes on behind the readers, one after another.
func (s *Service) spread(ctx context.Context, k nearKey, page *kept) {
	p, ok := page.value.(*teamwork.Page[teamwork.DeviceOperation])
	if !ok || page.token == nil || epochOf(*page.token) == "" {
		return
	}
	for _, op := range s.finals.missing(k, page, p.Items) {
		own := memberKey(k, op)
		h := memberHeader(s, &operationNoun, op, page)
		h.Generation = epochOf(*page.token)
		entry, _, err := encode(h, op)
		if err != nil {
			continue
		}
		key := own.question.key(s.rules.inStore(own.partition), own.noun)
		if s.overrule(ctx, key.entry, entry, h.Until.Sub(s.now())) != nil {
			return // it has its troubles, and what is not noted is written again
		}
		s.finals.add(k, page, []*teamwork.DeviceOperation{op})
	}
}

// overrule gives the store what can't change any more, whoever is about to write what it
// was before.
func (s *Service) overrule(ctx context.Context, key string, entry []byte, ttl time.Duration) error {
	if s.rules.noOverrule {
		return s.store.Set(ctx, key, entry, ttl)
	}
	return s.store.Overrule(ctx, key, entry, ttl)
}

// alreadyThere notes that another replica that loaded a page spreads it. What became of our
// own spreading is known.
func (s *Service) alreadyThere(k nearKey, page *kept) {
	if p, ok := page.value.(*teamwork.Page[teamwork.DeviceOperation]); ok && page.by != s.name {
		s.finals.add(k, page, p.Items)
	}
}

// memberKey is an operation's own.
func memberKey(page nearKey, op *teamwork.DeviceOperation) nearKey {
	return nearKey{page.partition, operationNoun.name, question{device: page.device, operation: op.OperationID}}
}
