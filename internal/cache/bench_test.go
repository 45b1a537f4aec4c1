package cache

import (
	"context"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// BenchmarkHit reads a remembered page of 20 operations.
func BenchmarkHit(b *testing.B) {
	b.Run("near", func(b *testing.B) { benchmarkHit(b, openStore(b, ""), 1<<20) })
	b.Run("memory", func(b *testing.B) { benchmarkHit(b, openStore(b, ""), 0) })
	b.Run("redis", func(b *testing.B) { benchmarkHit(b, openStore(b, redistest.Start(b).URL()), 0) })
}

func benchmarkHit(b *testing.B, store cluster.Store, memory int64) {
	began := time.Now() // and stays: the page would be over during the benchmark
	u := &upstream{now: func() time.Time { return began }}
	s := New(u, Options{Store: held{store}, Now: u.now, Memory: memory})
	eventually(b, "it hears", func() bool { return !s.near.deaf.Load() })
	b.Cleanup(s.Close)
	ctx, req := as(b.Context(), "p"), teamwork.OperationsRequest{DeviceID: "d1", Top: 20}
	if _, err := s.Operations(ctx, req); err != nil {
		b.Fatal(err)
	}
	s.Wait()
	b.ReportAllocs()
	for b.Loop() {
		page, err := s.Operations(ctx, req)
		if err != nil || len(page.Items) != 20 {
			b.Fatal(page, err)
		}
	}
	if u.count() != 1 {
		b.Errorf("upstream was asked %d times", u.count())
	}
}

// held keeps everything for an hour.
type held struct{ cluster.Store }

func (h held) Set(ctx context.Context, key string, value []byte, _ time.Duration) error {
	return h.Store.Set(ctx, key, value, time.Hour)
}
