package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/web"
)

// Timeouts of the HTTP server.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	idleTimeout   = 2 * time.Minute
	// What became of a create that was lost is looked up after its request's deadline, so
	// an answer may be written some seconds later.
	writeMargin = 15 * time.Second
	drainMargin = 10 * time.Second
)

// serve answers requests until ctx ends, then lets those under way finish.
func (p *parts) serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           p.handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      p.cfg.RequestTimeout + writeMargin,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(server, listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	p.draining.Store(true)
	drainTimeout := p.cfg.RequestTimeout + drainMargin
	p.log.Info("draining", "delay", p.cfg.DrainDelay, "timeout", drainTimeout)
	defer p.log.Info("stopped")
	time.Sleep(p.cfg.DrainDelay)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		p.graphQL.Drain(drain)
	}()
	err := server.Shutdown(drain) // which lets nobody new in, and knows of no socket
	<-drained
	return err
}
