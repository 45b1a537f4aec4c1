package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cache"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
)

// metrics is what /metrics tells. Its labels are words of ours: no id, no partition and
// nothing that a caller can invent.
type metrics struct {
	registry       *prometheus.Registry
	reads          *prometheus.CounterVec
	upstream       *prometheus.CounterVec
	inner          *prometheus.CounterVec
	redisDurations *prometheus.HistogramVec
	redisErrors    *prometheus.CounterVec
}

const metricPrefix = "teamwork_graphql_"

// redisBuckets reach up to the 100 ms that a call to Redis may take, in seconds.
var redisBuckets = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25}

func newMetrics() *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: metricPrefix + name, Help: help}, labels)
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		reads:    counter("reads_total", "Reads, by what was read and where the answer came from: near, shared, upstream, stale or none.", "noun", "outcome"),
		upstream: counter("upstream_requests_total", "HTTP requests to Microsoft Graph, retries included, by route and by status or what came instead.", "route", "status"),
		inner:    counter("upstream_inner_requests_total", "Requests that Microsoft Graph was asked to answer: those in a batch count each.", "route", "status"),
		redisDurations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: metricPrefix + "redis_command_duration_seconds", Help: "How long commands took that were sent to Redis, by operation.", Buckets: redisBuckets,
		}, []string{"op"}),
		redisErrors: counter("redis_errors_total", "Commands that Redis did not answer as it should: failed, or down when it was known to be and none was sent.", "op", "reason"),
	}
	m.registry.MustRegister(m.reads, m.upstream, m.inner, m.redisDurations, m.redisErrors,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// read counts how a read ended.
func (m *metrics) read(noun string, how cache.Outcome) {
	m.reads.WithLabelValues(noun, string(how)).Inc()
}

// sent counts a request to upstream. As long as nothing is sent in batches, each is an
// inner request too.
func (m *metrics) sent(route, status string) {
	m.upstream.WithLabelValues(route, status).Inc()
	m.inner.WithLabelValues(route, status).Inc()
}

// redis counts a command. One whose reader left is nobody's error.
func (m *metrics) redis(op string, err error, took time.Duration) {
	if errors.Is(err, cluster.ErrDown) {
		m.redisErrors.WithLabelValues(op, "down").Inc()
		return
	}
	m.redisDurations.WithLabelValues(op).Observe(took.Seconds())
	if err != nil && !errors.Is(err, context.Canceled) {
		m.redisErrors.WithLabelValues(op, "failed").Inc()
	}
}

// watch tells of what a cache has in memory.
func (m *metrics) watch(c *cache.Service) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: metricPrefix + "near_bytes", Help: "Bytes of answers in this process's memory, as estimated."},
			func() float64 { bytes, _, _ := c.Near(); return float64(bytes) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: metricPrefix + "invalidations_total", Help: "How often something was forgotten here: for a create, a change that was seen, an operator, another replica, or a lost channel."},
			func() float64 { return float64(c.Invalidations()) }),
		joinedFlights("process", func() uint64 { here, _ := c.Joined(); return here }),
		joinedFlights("replica", func() uint64 { _, elsewhere := c.Joined(); return elsewhere }),
	)
	if _, _, counted := c.Near(); !counted {
		return
	}
	m.registry.MustRegister(
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: metricPrefix + "near_evictions_total", Help: "Answers that this process's memory had no room for."},
			func() float64 { _, evictions, _ := c.Near(); return float64(evictions) }),
	)
}

// joinedFlights counts those of one of two origins.
func joinedFlights(of string, count func() uint64) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: metricPrefix + "flights_joined_total", Help: "Reads and refreshes that waited for a request to Microsoft Graph which was under way already: of this process, or of another replica.",
		ConstLabels: prometheus.Labels{"of": of},
	}, func() float64 { return float64(count()) })
}

// handler serves the metrics as Prometheus reads them.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}
