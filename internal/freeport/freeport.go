// Package freeport finds addresses for programs that tests and benchmarks start.
package freeport

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"syscall"
)

// The ports it returns. They are below those that systems give to who connects, or
// listens on port 0 (from 32768 on Linux, 49152 elsewhere): such a port may be gone
// again before the program that it is for has started, or while it is restarted.
const (
	lowest = 10_000
	ports  = 20_000
)

// free remembers what was returned: who starts a program with two addresses needs two.
var free = struct {
	sync.Mutex
	returned map[int]bool
}{returned: map[int]bool{}}

// Addr returns host:port on loopback that nobody listens on just now, each only once.
// The error is the network's, or that there is no more such address.
func Addr(ctx context.Context) (string, error) {
	free.Lock()
	defer free.Unlock()
	for len(free.returned) < ports {
		port := lowest + rand.IntN(ports) //nolint:gosec // it is no secret
		if free.returned[port] {
			continue
		}
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
		if err != nil && !errors.Is(err, syscall.EADDRINUSE) && !errors.Is(err, syscall.EACCES) {
			return "", err
		}
		free.returned[port] = true
		if err == nil {
			return addr, listener.Close()
		}
	}
	return "", errors.New("freeport: every address was returned")
}
