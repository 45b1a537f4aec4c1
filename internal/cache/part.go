package cache

import (
	"context"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// part is one of our answers, as it is part of a whole one's. It holds on to the answer by
// its number: what memory has let go of is not kept for the sake of who may ask again.
type part struct {
	s      *Service
	near   nearKey
	plain  string // the partition, without an operator's marks
	serial uint64
}

var _ teamwork.Part = (*part)(nil)

// partOf returns what a reader was served, nil if that is not what the next one would be.
func (s *Service) partOf(ctx context.Context, k nearKey, e *kept, stale bool) teamwork.Part {
	if stale || s.near.cache == nil {
		return nil
	}
	return &part{s: s, near: k, plain: plainPartition(ctx, k.partition), serial: e.serial}
}

// Holds reports whether the same answer would be served, by all rules of a read.
func (p *part) Holds() bool {
	now := p.s.now()
	e := p.s.near.get(p.near, now)
	return e != nil && e.serial == p.serial && e.age(now) == fresh && p.s.partitionNow(p.plain, p.near.device) == p.near.partition
}

// Status tells what is known of upstream, which changes without anybody being told.
func (s *Service) Status(ctx context.Context) *teamwork.UpstreamStatus {
	teamwork.TrailFrom(ctx).MadeOf(nil)
	return s.Service.Status(ctx)
}
