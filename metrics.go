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
	"github.com/teamwork-graphql/teamwork-graphql/internal/msgraph"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// metrics is what /metrics tells. Its labels are words of ours: no id, no partition and
// nothing that a caller can invent.
type metrics struct {
	registry       *prometheus.Registry
	reads          *prometheus.CounterVec
	upstream       *prometheus.CounterVec
	inner          *prometheus.CounterVec
	unsent         *prometheus.CounterVec
	redisDurations *prometheus.HistogramVec
	redisErrors    *prometheus.CounterVec
	staying        *prometheus.GaugeVec
	again          prometheus.Counter
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
		unsent:   counter("upstream_withheld_total", "Requests to Microsoft Graph that were not sent, by why: throttled and paused (it asked to wait), pace (GRAPH_RATE), deadline, circuit, retry (the budget of second tries).", "reason"),
		redisDurations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: metricPrefix + "redis_command_duration_seconds", Help: "How long commands took that were sent to Redis, by operation.", Buckets: redisBuckets,
		}, []string{"op"}),
		redisErrors: counter("redis_errors_total", "Commands that Redis did not answer as it should: failed, or down when it was known to be and none was sent.", "op", "reason"),
	}
	m.staying = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: metricPrefix + "open_connections", Help: "Connections of clients that stay open: websocket, or sse for event streams."}, []string{"transport"})
	m.again = prometheus.NewCounter(prometheus.CounterOpts{Name: metricPrefix + "answers_again_total", Help: "Requests that were answered as the same request was before, while all that the answer is made of was unchanged and fresh. Their reads are not counted."})
	fromZero(m.unsent, "throttled", "paused", "pace", "deadline", "circuit", "retry")
	m.registry.MustRegister(m.again, m.reads, m.upstream, m.inner, m.unsent, m.redisDurations, m.redisErrors, m.staying,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// fromZero has series there before their first event: what a query for a rate finds then
// is nothing, and what it finds later lacks the first.
func fromZero(counter *prometheus.CounterVec, labels ...string) {
	for _, label := range labels {
		counter.WithLabelValues(label)
	}
}

// read counts how a read ended.
func (m *metrics) read(noun string, how cache.Outcome) {
	m.reads.WithLabelValues(noun, string(how)).Inc()
}

// sent counts an HTTP request to upstream.
func (m *metrics) sent(route, status string) {
	m.upstream.WithLabelValues(route, status).Inc()
}

// asked counts what upstream was asked for: each member of a batch, and each request
// that is none.
func (m *metrics) asked(route, status string) {
	m.inner.WithLabelValues(route, status).Inc()
}

// withheld counts a request that was not sent upstream.
func (m *metrics) withheld(reason string) {
	m.unsent.WithLabelValues(reason).Inc()
}

// stays counts connections that stay open.
func (m *metrics) stays(transport string, change int) {
	m.staying.WithLabelValues(transport).Add(float64(change))
}

// watchCircuit tells what the circuit breaker does.
func (m *metrics) watchCircuit(c *msgraph.Client) {
	state := map[teamwork.CircuitState]float64{teamwork.CircuitHalfOpen: 1, teamwork.CircuitOpen: 2}
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: metricPrefix + "upstream_circuit", Help: "What the circuit breaker before Microsoft Graph does: 0 lets all through, 1 lets one through to see, 2 none.",
	}, func() float64 { return state[c.Circuit()] }))
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
