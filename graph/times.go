package graph

import "time"

// times says how long those wait who wait for a client.
type times struct {
	init      time.Duration // for connection_init
	ping      time.Duration // between two looks whether a socket's client is there
	pong      time.Duration // for its answer
	write     time.Duration // for it to take what it was sent
	heartbeat time.Duration // between two comments in an event stream
}

// A client that is gone for half a minute is let go. Proxies cut what was silent for a
// minute, some for a quarter of one.
var usualTimes = times{
	init:      5 * time.Second,
	ping:      15 * time.Second,
	pong:      30 * time.Second,
	write:     30 * time.Second,
	heartbeat: 12 * time.Second,
}
