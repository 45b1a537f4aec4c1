package cluster

import (
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

// BenchmarkGet compares a read through the Store, with its bound and its breaker, to
// what go-redis does by itself.
func BenchmarkGet(b *testing.B) {
	r := redistest.Start(b)
	bare := redis.NewClient(&redis.Options{Addr: r.Addr})
	b.Cleanup(func() { _ = bare.Close() })
	stores := map[string]Store{
		"single": open(b, r.URL(), Options{}),
		"seen":   open(b, r.URL(), Options{Observe: func(string, error, time.Duration) {}}),
		"memory": open(b, "", Options{}),
	}
	for _, size := range []int{300, 3000} {
		value := make([]byte, size)
		b.Run(fmt.Sprintf("bare/%d", size), func(b *testing.B) {
			b.ReportAllocs()
			bare.Set(b.Context(), "k", value, time.Hour)
			for b.Loop() {
				if v, err := bare.Get(b.Context(), "k").Bytes(); err != nil || len(v) != size {
					b.Fatal(len(v), err)
				}
			}
		})
		for _, name := range []string{"single", "seen", "memory"} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				b.ReportAllocs()
				s := stores[name]
				_ = s.Set(b.Context(), "k", value, time.Hour)
				for b.Loop() {
					if v, err := s.Get(b.Context(), "k"); err != nil || len(v[0]) != size {
						b.Fatal(v, err)
					}
				}
			})
		}
	}
}
