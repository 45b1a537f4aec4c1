package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

var (
	restartCreates  = flag.Int("restart.creates", 20, "how many operations are watched while replicas are restarted")
	restartWatchers = flag.Int("restart.watchers", 5, "by how many watchers each")
	restartEvery    = flag.Duration("restart.every", 5*time.Second, "how often one replica is restarted")
	restartSeed     = flag.Uint64("restart.seed", 0, "what is drawn is drawn from it; 0 for a random one")
)

// TestEveryWatcherSeesTheEndThoughReplicasRestart watches operations through a proxy in
// front of two replicas, one of which is restarted again and again, by turns with and
// without a drain. Clients reconnect. Every watcher sees every operation's final state,
// and no state comes back that was over.
func TestEveryWatcherSeesTheEndThoughReplicasRestart(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts servers and restarts them")
	}
	seed := *restartSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	root := upstream(t, sandbox.Options{Devices: *restartCreates, Operations: 1, Pace: 3 * time.Second, Quiet: true})
	servers := processes(t, root, 2)
	r := &restarting{t: t, proxy: roundRobin(t, servers[0].addr, servers[1].addr)}
	ids := (&killing{t: t, root: root}).devices()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	restarts := r.restart(ctx, servers)
	dice := rand.New(rand.NewPCG(seed, 0))
	var all sync.WaitGroup
	for _, id := range ids[:*restartCreates] {
		key := r.create(ctx, id)
		for range *restartWatchers {
			all.Go(func() { r.watch(ctx, key) })
		}
		time.Sleep(time.Duration(dice.Int64N(int64(time.Second))))
	}
	all.Wait()
	t.Logf("seed %d: %d operations, %d watchers each, %d restarts, %d reconnections, %d events",
		seed, *restartCreates, *restartWatchers, restarts(), r.reconnected.Load(), r.events.Load())
	if r.reconnected.Load() == 0 || r.events.Load() < int64(*restartCreates**restartWatchers) {
		t.Error("the restarts did not meet what they should")
	}
}

// restarting is such a run.
type restarting struct {
	t                   *testing.T
	proxy               string
	reconnected, events atomic.Int64
}

// restart restarts one server at a time, in turn, until the returned function is called,
// which tells how often.
func (r *restarting) restart(ctx context.Context, servers []*process) (stop func() int) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan int)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-time.After(*restartEvery):
			case <-ctx.Done():
				done <- i
				return
			}
			one := servers[i%len(servers)]
			if i%4 < 2 {
				one.drain()
			} else {
				one.kill()
			}
			one.start()
		}
	}()
	return func() int { cancel(); return <-done }
}

// drain ends a server as an orchestrator does.
func (p *process) drain() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait()
}

// roundRobin passes each connection on to the next address, or to the one after it when
// that does not answer.
func roundRobin(t *testing.T, addrs ...string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for next := 0; ; next++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go passOn(conn, addrs[next%len(addrs)], addrs[(next+1)%len(addrs)])
		}
	}()
	return listener.Addr().String()
}

func passOn(conn net.Conn, addrs ...string) {
	defer conn.Close()
	for _, addr := range addrs {
		to, err := net.DialTimeout("tcp", addr, time.Second)
		if err != nil {
			continue
		}
		defer to.Close()
		go func() { _, _ = io.Copy(to, conn); _ = to.Close() }()
		_, _ = io.Copy(conn, to)
		return
	}
}

// create restarts a device, and asks until it is known to have happened.
func (r *restarting) create(ctx context.Context, device string) (key map[string]any) {
	r.t.Helper()
	k := &killing{t: r.t}
	for i := 0; ctx.Err() == nil; i++ {
		answer, err := k.try(r.proxy, "watched-"+device, device)
		if err == nil && answer.operation != "" {
			return map[string]any{"deviceId": device, "operationId": answer.operation}
		}
		time.Sleep(50 * time.Millisecond)
	}
	r.t.Fatalf("%s was not restarted", device)
	return nil
}

// watch follows one operation to its end, over as many connections as it takes.
func (r *restarting) watch(ctx context.Context, key map[string]any) {
	seen := 0
	for first := true; ; first = false {
		if !first {
			r.reconnected.Add(1)
			time.Sleep(time.Duration(50+rand.IntN(200)) * time.Millisecond)
		}
		over, err := r.follow(ctx, key, &seen)
		if over {
			return
		}
		if ctx.Err() != nil {
			r.t.Errorf("%v was not seen to end; last: rank %d, %v", key["operationId"], seen, err)
			return
		}
	}
}

// ranks are how far an operation is: what has been seen once must not come back.
var ranks = map[string]int{"QUEUED": 1, "SCHEDULED": 2, "IN_PROGRESS": 3, "SUCCESSFUL": 4, "FAILED": 4, "CANCELLED": 4}

const followDocument = `subscription($key: DeviceOperationKey!) {
	deviceOperation(by: {key: $key}) { kind previousStatus deviceOperation { status isFinal } }
}`

// follow reads one connection's events, and reports whether the operation is over.
func (r *restarting) follow(ctx context.Context, key map[string]any, seen *int) (over bool, err error) {
	conn, resp, err := websocket.Dial(ctx, "ws://"+r.proxy+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		if resp != nil && resp.Body != nil {
			_ = resp.Body.Close()
		}
		return false, err
	}
	defer func() { _ = conn.CloseNow() }()
	for _, message := range []map[string]any{
		{"type": "connection_init"},
		{"type": "subscribe", "id": "1", "payload": map[string]any{"query": followDocument, "variables": map[string]any{"key": key}}},
	} {
		text, err := json.Marshal(message)
		if err != nil {
			return false, err
		}
		if err := conn.Write(ctx, websocket.MessageText, text); err != nil {
			return false, err
		}
		if message["type"] == "connection_init" {
			if _, _, err := conn.Read(ctx); err != nil { // connection_ack
				return false, err
			}
		}
	}
	for kind := ""; ; {
		_, text, err := conn.Read(ctx)
		if err != nil {
			return false, err
		}
		if over, err := r.take(text, &kind, seen); over || err != nil {
			return over, err
		}
	}
}

// take checks one message: a change must follow a snapshot, and each state the one before.
func (r *restarting) take(text []byte, kind *string, seen *int) (over bool, err error) {
	var said struct {
		Type    string
		Payload struct {
			Data struct {
				DeviceOperation struct {
					Kind            string
					PreviousStatus  *string
					DeviceOperation struct {
						Status  string
						IsFinal bool
					}
				}
			}
		}
	}
	if err := json.Unmarshal(text, &said); err != nil && said.Type == "next" {
		return false, err
	}
	if said.Type != "next" {
		return false, fmt.Errorf("%.200s", text)
	}
	e := said.Payload.Data.DeviceOperation
	rank := ranks[e.DeviceOperation.Status]
	again := e.Kind == "SNAPSHOT"
	switch {
	case rank == 0:
		return false, fmt.Errorf("not an event: %.300s", text)
	case again && *kind != "":
		r.t.Errorf("a second snapshot: %s", text)
	case !again && *kind == "":
		r.t.Errorf("a change before the snapshot: %s", text)
	case rank < *seen || rank == *seen && !again:
		r.t.Errorf("rank %d again after %d: %s", rank, *seen, text)
	}
	*kind, *seen = e.Kind, rank
	r.events.Add(1)
	return e.DeviceOperation.IsFinal, nil
}
