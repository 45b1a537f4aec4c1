package graph

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// listenersOfOne is how many sockets are told of the same event.
const listenersOfOne = 100

// everything is what a wall dashboard listens to.
const everything = `subscription { deviceOperation(by: {key: {deviceId: "d1", operationId: "o1"}}) { ` +
	`kind previousStatus observedAt deviceOperation { id operationId deviceId operationType status isFinal lastActionDateTime } } }`

// BenchmarkEventReachesItsSockets tells a hundred sockets of one event. Their other ends
// are in this process, too, and do nothing but read.
func BenchmarkEventReachesItsSockets(b *testing.B) {
	feeds := make(chan *feed, listenersOfOne)
	s := serve(b, Options{Resolvers: &root{follow: func(ctx context.Context, key teamwork.DeviceOperationKey) (<-chan *teamwork.DeviceOperationEvent, error) {
		f := newFeed()
		feeds <- f
		return f.follow(ctx, key)
	}}}, func(s *site) { s.h.times.ping = time.Hour })
	came := make(chan struct{}, listenersOfOne)
	var all []*feed
	for range listenersOfOne {
		conn, r := s.raw(b)
		_ = conn.SetDeadline(time.Time{})
		watch(b, conn, everything)
		awaitText(b, r, "connection_ack")
		all = append(all, <-feeds)
		go readFrames(conn, came)
	}
	b.ReportAllocs()
	for b.Loop() {
		event := saw(teamwork.EventChanged, teamwork.StatusQueued)
		for _, f := range all {
			f.events <- event
		}
		for range listenersOfOne {
			<-came
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/listenersOfOne, "ns/event")
}

// readFrames tells of each frame that came, of which none is very short or very long, and
// which come one at a time.
func readFrames(conn net.Conn, came chan<- struct{}) {
	buf := make([]byte, 4<<10)
	for got := 0; ; {
		n, err := conn.Read(buf[got:])
		if err != nil {
			return
		}
		if got += n; got >= 4 && got == 4+int(buf[2])<<8+int(buf[3]) {
			came <- struct{}{}
			got = 0
		}
	}
}
