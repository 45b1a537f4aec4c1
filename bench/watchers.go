package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"
)

//go:embed live.graphql
var watch string

// soon is how long an observed change may take to a socket.
const soon = 250 * time.Millisecond

// watcher is one subscriber of one device.
type watcher struct {
	conn     *websocket.Conn
	deviceID string
	snapshot chan struct{} // closed by the first
	final    chan struct{} // closed by the end of what was created
	arrivals []arrival     // after the snapshots
	err      error
}

// arrival is a message, and when it was read.
type arrival struct {
	at   time.Time
	text []byte
}

// read waits for a message. It takes the time before anything else: what the client does
// with a message is not the server's.
func (w *watcher) read(ctx context.Context) (arrival, error) {
	_, r, err := w.conn.Reader(ctx)
	at := time.Now()
	if err != nil {
		return arrival{}, err
	}
	text, err := io.ReadAll(r)
	return arrival{at, text}, err
}

// watchers are a crowd; reading ends when it is closed.
type watchers struct {
	watchers []*watcher
	reading  sync.WaitGroup
}

// hello begins the protocol.
func hello(ctx context.Context, conn *websocket.Conn) error {
	w := &watcher{conn: conn}
	if err := w.write(ctx, map[string]any{"type": "connection_init"}); err != nil {
		return err
	}
	if kind, _, err := w.next(ctx); err != nil || kind != "connection_ack" {
		return fmt.Errorf("%q in place of connection_ack: %w", kind, err)
	}
	return nil
}

// subscribe asks for a device's operations.
func (w *watcher) subscribe(ctx context.Context) error {
	return w.write(ctx, map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{
		"query": watch, "variables": map[string]any{"deviceIds": []string{w.deviceID}},
	}})
}

func (w *watcher) write(ctx context.Context, message any) error {
	text, err := json.Marshal(message)
	if err != nil {
		return err
	}
	return w.conn.Write(ctx, websocket.MessageText, text)
}

// event is what matters of one.
type event struct {
	Kind            string
	ObservedAt      time.Time
	DeviceOperation struct{ OperationID, Status string }
}

// next reads a message.
func (w *watcher) next(ctx context.Context) (kind string, e event, err error) {
	a, err := w.read(ctx)
	if err != nil {
		return "", e, err
	}
	return a.decode()
}

// decode returns what a message says.
func (a arrival) decode() (kind string, e event, err error) {
	var said struct {
		Type    string
		Payload json.RawMessage
	}
	if err := json.Unmarshal(a.text, &said); err != nil {
		return "", e, err
	}
	switch said.Type {
	case "next":
		var got struct {
			Data   struct{ DeviceOperations event }
			Errors []json.RawMessage
		}
		if err := json.Unmarshal(said.Payload, &got); err != nil || len(got.Errors) > 0 {
			return "", e, fmt.Errorf("not an event: %w: %.300s", err, said.Payload)
		}
		return "next", got.Data.DeviceOperations, nil
	case "error", "complete":
		return said.Type, e, fmt.Errorf("the subscription ended: %.300s", a.text)
	}
	return said.Type, e, nil
}

// What listen looks for in a message; whether it stands where it should shows in the end.
var snapshotText, finalText = []byte(`"kind":"SNAPSHOT"`), []byte(`"kind":"FINAL"`)

// listen takes events until the connection is closed. It decodes none: while ten thousand
// listen on one core, what one does delays the others.
func (w *watcher) listen() {
	first := true
	for {
		a, err := w.read(context.Background())
		if err != nil {
			w.err = err
			return
		}
		if bytes.Contains(a.text, snapshotText) {
			if first {
				close(w.snapshot)
			}
			first = false
			continue
		}
		w.arrivals = append(w.arrivals, a)
		if bytes.Contains(a.text, finalText) {
			close(w.final)
		}
	}
}

// lags returns how long each event took.
func (w *watcher) lags() (lags []time.Duration, err error) {
	for _, a := range w.arrivals {
		_, e, err := a.decode()
		if err != nil {
			return nil, err
		}
		lags = append(lags, a.at.Sub(e.ObservedAt))
	}
	return lags, nil
}

// watchAll has each device watched by so many, half of them on each replica, and waits
// for their snapshots.
func watchAll(ctx context.Context, servers []replica, ids []string, each int) (*watchers, error) {
	crowd := &watchers{}
	var to []address
	for nth := range each {
		for i, id := range ids {
			to = append(to, servers[(i+nth)%len(servers)].at)
			crowd.watchers = append(crowd.watchers, &watcher{deviceID: id, snapshot: make(chan struct{}), final: make(chan struct{})})
		}
	}
	conns, err := openSockets(ctx, to, hello)
	for i, w := range crowd.watchers {
		w.conn = conns[i]
	}
	if err != nil {
		return crowd, err
	}
	for _, w := range crowd.watchers {
		w.conn.SetReadLimit(1 << 20)
		if err := w.subscribe(ctx); err != nil {
			return crowd, err
		}
		crowd.reading.Go(w.listen)
	}
	for i, w := range crowd.watchers {
		select {
		case <-w.snapshot:
		case <-time.After(30 * time.Second):
			return crowd, fmt.Errorf("watcher %d has no snapshot", i)
		}
	}
	return crowd, nil
}

// finish waits until everybody has seen the end, or for a minute.
func (c *watchers) finish(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, w := range c.watchers {
		select {
		case <-w.final:
		case <-ctx.Done():
		}
	}
}

func (c *watchers) close() {
	for _, w := range c.watchers {
		if w.conn != nil {
			_ = w.conn.CloseNow()
		}
	}
	c.reading.Wait()
}

// sum tells what the crowd saw; it must be over.
func (c *watchers) sum(r *liveResult) error {
	var ended []*watcher
	for _, w := range c.watchers {
		select {
		case <-w.final:
			ended = append(ended, w)
		default:
			r.lost++
		}
	}
	c.close()
	var lags []time.Duration
	for _, w := range ended {
		took, err := w.lags()
		if err != nil {
			return err
		}
		lags = append(lags, took...)
	}
	for _, lag := range lags {
		if lag > soon {
			r.late++
		}
	}
	r.events = len(lags)
	r.lag50, r.lag99 = quantiles(lags)
	return nil
}

// joinAll lets so many subscribe, spread over a second, and returns how long each waited
// for its snapshot.
func joinAll(ctx context.Context, servers []replica, ids []string, n int) ([]time.Duration, error) {
	took, errs := make([]time.Duration, n), make([]error, n)
	begin := time.Now()
	var joining sync.WaitGroup
	for i := range n {
		joining.Go(func() {
			time.Sleep(time.Until(begin.Add(time.Second * time.Duration(i) / time.Duration(n))))
			took[i], errs[i] = joinOne(ctx, servers[i%len(servers)].at, ids[i%len(ids)])
		})
	}
	joining.Wait()
	slices.Sort(took)
	return took, errors.Join(errs...)
}

func joinOne(ctx context.Context, at address, id string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	began := time.Now()
	conn, err := dialSocket(ctx, at)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.CloseNow() }()
	w := &watcher{conn: conn, deviceID: id}
	if err := errors.Join(hello(ctx, conn), w.subscribe(ctx)); err != nil {
		return 0, err
	}
	if _, e, err := w.next(ctx); err != nil || e.Kind != "SNAPSHOT" {
		return 0, fmt.Errorf("%q in place of a snapshot: %w", e.Kind, err)
	}
	return time.Since(began), nil
}
