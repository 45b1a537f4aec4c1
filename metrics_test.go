package main

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cache"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// slowly is an upstream that takes a second.
type slowly struct{ teamwork.Service }

func (slowly) Health(context.Context, string) (*teamwork.DeviceHealth, error) {
	time.Sleep(time.Second)
	return &teamwork.DeviceHealth{}, nil
}

func TestMetricsTellOfJoinedFlights(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, err := cluster.Open("", cluster.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		m := newMetrics()
		c := cache.New(slowly{}, cache.Options{Store: store, Observe: m.read})
		defer c.Close()
		m.watch(c)
		ctx := teamwork.WithCaller(t.Context(), &teamwork.Caller{Partition: "p"})
		for range 5 {
			go func() { _, _ = c.Health(ctx, "d1") }()
		}
		time.Sleep(2 * time.Second)
		w := httptest.NewRecorder()
		m.handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
		for _, want := range []string{`flights_joined_total{of="process"} 4`, `flights_joined_total{of="replica"} 0`} {
			if !strings.Contains(w.Body.String(), metricPrefix+want+"\n") {
				t.Errorf("no %s in\n%s", want, w.Body)
			}
		}
	})
}

// TestSeriesAreThereBeforeTheirFirstEvent: a rate over what appears with its first event
// lacks that one.
func TestSeriesAreThereBeforeTheirFirstEvent(t *testing.T) {
	m := newMetrics()
	m.watching()
	w := httptest.NewRecorder()
	m.handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	for _, want := range []string{`upstream_withheld_total{reason="circuit"} 0`, `watch_events_total{kind="final"} 0`, `watch_leases_total{move="lost"} 0`} {
		if !strings.Contains(w.Body.String(), metricPrefix+want+"\n") {
			t.Errorf("no %s in\n%s", want, w.Body)
		}
	}
}
