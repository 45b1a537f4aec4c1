package cluster

import (
	"fmt"
	"sync"
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

// BenchmarkList reads what fifty callers ask for at the same moment.
func BenchmarkList(b *testing.B) {
	s := open(b, redistest.Start(b).URL(), Options{}).(*shared)
	_ = s.Set(b.Context(), "k", make([]byte, 300), time.Hour)
	c := count(s)
	b.ReportAllocs()
	for b.Loop() {
		var wait sync.WaitGroup
		for range 50 {
			wait.Go(func() {
				if _, err := s.Get(b.Context(), "k", "none"); err != nil {
					b.Error(err)
				}
			})
		}
		wait.Wait()
	}
	b.ReportMetric(float64(c.sent.Load())/float64(b.N), "trips/op")
}
