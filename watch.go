package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/teamwork-graphql/teamwork-graphql/internal/live"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// watching puts the watcher before a Service: it reads through it, and hears of the
// creates that pass.
func (p *parts) watching(next teamwork.Service) teamwork.Service {
	p.watcher = live.New(next, live.Options{
		Store: p.store, Off: p.cfg.Watch == "off", Idle: p.cfg.WatchIdle, Max: p.cfg.WatchMax, PerCaller: p.cfg.WatchPerCaller, Caller: subject,
		Prepare: p.client.Gathering, Timeout: p.cfg.RequestTimeout, Observe: p.metrics.watching(), Logger: p.log,
	})
	p.metrics.watchWatcher(p.watcher)
	return p.watcher
}

// sighted joins what the cache had from elsewhere to the watcher.
func (p *parts) sighted(ctx context.Context, deviceID string, ops []*teamwork.DeviceOperation, firstPage bool) {
	if p.watcher != nil {
		p.watcher.Observe(ctx, deviceID, ops, firstPage)
	}
}

// lagBuckets are in seconds: an event should be on its way within a quarter of one.
var lagBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 30}

// watching counts what the watcher does.
func (m *metrics) watching() *live.Observer {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: metricPrefix + name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	leases := counter("watch_leases_total", "How leases to poll a device moved: taken, lost, released, or alone when Redis could not be asked.", "move")
	events := counter("watch_events_total", "Events that were put before subscriptions, by kind.", "kind")
	fromZero(leases, "taken", "lost", "released", "alone")
	fromZero(events, string(teamwork.EventSnapshot), string(teamwork.EventCreated), string(teamwork.EventChanged), string(teamwork.EventFinal))
	replaced := counter("watch_events_replaced_total", "Those that took the place of an unread one.").WithLabelValues()
	lag := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: metricPrefix + "watch_lag_seconds", Help: "From when this process knew of a state until its subscription took it.", Buckets: lagBuckets,
	})
	m.registry.MustRegister(lag)
	return &live.Observer{
		Lease:     func(how string) { leases.WithLabelValues(how).Inc() },
		Event:     func(kind teamwork.DeviceOperationEventKind) { events.WithLabelValues(string(kind)).Inc() },
		Replaced:  replaced.Inc,
		Delivered: func(took time.Duration) { lag.Observe(took.Seconds()) },
	}
}

// watchWatcher tells how much there is to watch.
func (m *metrics) watchWatcher(w *live.Watcher) {
	gauge := func(name, help string, value func() int) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: metricPrefix + name, Help: help}, func() float64 { return float64(value()) })
	}
	m.registry.MustRegister(
		gauge("watchers", "Subscriptions of this process.", func() int { watches, _, _ := w.Counts(); return watches }),
		gauge("watched_devices", "Devices that they are about, for each partition.", func() int { _, devices, _ := w.Counts(); return devices }),
		gauge("watch_pollers", "Devices of those that this process polls.", func() int { _, _, polled := w.Counts(); return polled }),
	)
}
