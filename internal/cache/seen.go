package cache

import (
	"sync/atomic"

	"github.com/maypok86/otter/v2/stats"
)

// Near tells how many bytes are kept in memory, as estimated, and how many answers it
// had no room for. Counted is false when nobody counts those.
func (s *Service) Near() (bytes, evictions uint64, counted bool) {
	if s.near.cache == nil {
		return 0, 0, true
	}
	return s.near.cache.WeightedSize(), s.near.cache.Stats().Evictions, s.near.cache.IsRecordingStats()
}

// Invalidations tells how often something was forgotten here, by whomever.
func (s *Service) Invalidations() uint64 { return s.near.last.Load() }

// evicted counts evictions and nothing else: a near hit has no time for that.
type evicted struct {
	stats.NoopRecorder
	n atomic.Uint64
}

var _ stats.SnapshotRecorder = (*evicted)(nil)

func (e *evicted) RecordEviction(uint32) { e.n.Add(1) }

func (e *evicted) Snapshot() stats.Stats { return stats.Stats{Evictions: e.n.Load()} }
