package graph

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// moving subscribes to operation o1.
const moving = `subscription { deviceOperation(by: {key: {deviceId: "d1", operationId: "o1"}}) { kind previousStatus observedAt deviceOperation { status } } }`

func TestSocketTellsASubscriptionToItsEnd(t *testing.T) {
	f := newFeed()
	s := serve(t, Options{Resolvers: &root{follow: f.follow}})
	p := s.greet(t)
	p.ask("1", moving)
	f.events <- saw(teamwork.EventSnapshot, teamwork.StatusQueued)
	p.hear(`{"id":"1","type":"next","payload":{"data":{"deviceOperation":{"kind":"SNAPSHOT","previousStatus":null,"observedAt":"2026-10-15T12:00:00Z","deviceOperation":{"status":"QUEUED"}}}}}`)
	final, queued := saw(teamwork.EventFinal, teamwork.StatusSuccessful), teamwork.StatusQueued
	final.PreviousStatus = &queued
	f.events <- final
	p.hear(`{"id":"1","type":"next","payload":{"data":{"deviceOperation":{"kind":"FINAL","previousStatus":"QUEUED","observedAt":"2026-10-15T12:00:00Z","deviceOperation":{"status":"SUCCESSFUL"}}}}}`)
	f.ends <- io.EOF
	p.hear(`{"id":"1","type":"complete"}`)
	f.awaitDone(t)
	if err := p.conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Errorf("closing: %v", err)
	}
}

func TestSocketAnswersQueriesAndMutations(t *testing.T) {
	s := serve(t, Options{Resolvers: &root{
		status: func(ctx context.Context) (*teamwork.UpstreamStatus, error) {
			if _, bounded := ctx.Deadline(); !bounded {
				t.Error("a query has no deadline")
			}
			teamwork.TrailFrom(ctx).Warn(teamwork.Warning{Code: "MISSING_ID", Message: "careful"})
			return &teamwork.UpstreamStatus{Circuit: teamwork.CircuitOpen}, nil
		},
		create: func(context.Context, teamwork.CreateOperation) (*teamwork.CreateOperationPayload, error) {
			return nil, &teamwork.Error{Kind: teamwork.Unavailable, Message: "no route"}
		},
	}})
	p := s.greet(t)
	p.ask("q", `{ upstreamStatus { circuit } }`)
	p.hear(`{"id":"q","type":"next","payload":{"data":{"upstreamStatus":{"circuit":"OPEN"}},"extensions":{"warnings":[{"code":"MISSING_ID","message":"careful"}]}}}`)
	p.hear(`{"id":"q","type":"complete"}`)
	p.ask("q", `mutation { createDeviceOperation(input: {deviceId: "d1", operationType: DEVICE_RESTART}) { replayed } }`)
	p.hear(`{"id":"q","type":"next","payload":{"errors":[{"message":"no route","path":["createDeviceOperation"],"locations":[{"line":1,"column":12}],"extensions":{"code":"UPSTREAM_UNAVAILABLE","requestId":"request-1"}}],"data":{"createDeviceOperation":null}}}`)
	p.hear(`{"id":"q","type":"complete"}`)
}

func TestSocketTellsWhatIsWrongWithAnOperation(t *testing.T) {
	f := newFeed()
	s := serve(t, Options{Resolvers: &root{follow: func(ctx context.Context, key teamwork.DeviceOperationKey) (<-chan *teamwork.DeviceOperationEvent, error) {
		if key.OperationID == "none" {
			return nil, &teamwork.Error{Kind: teamwork.NotFound, Message: "there is no such operation"}
		}
		return f.follow(ctx, key)
	}}})
	p := s.greet(t)
	p.ask("1", `subscription { nothing }`)
	p.hear(`{"id":"1","type":"error","payload":[{"message":"Cannot query field \"nothing\" on type \"Subscription\".","locations":[{"line":1,"column":16}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED","requestId":"request-1"}}]}`)
	p.ask("1", `subscription { mine: deviceOperations(deviceIds: []) { kind } }`)
	p.hear(`{"id":"1","type":"error","payload":[{"message":"deviceIds must be at least 1 items","path":["mine"],"locations":[{"line":1,"column":16}],"extensions":{"argument":["deviceIds"],"code":"BAD_USER_INPUT","requestId":"request-1"}}]}`)
	p.ask("1", strings.ReplaceAll(moving, "o1", "none"))
	p.hear(`{"id":"1","type":"error","payload":[{"message":"there is no such operation","path":["deviceOperation"],"locations":[{"line":1,"column":16}],"extensions":{"code":"NOT_FOUND","requestId":"request-1"}}]}`)
	p.ask("1", moving)
	f.events <- saw(teamwork.EventSnapshot, teamwork.StatusQueued)
	p.next()
	f.ends <- &teamwork.Error{Kind: teamwork.Forbidden, Message: "not any more"}
	p.hear(`{"id":"1","type":"error","payload":[{"message":"not any more","path":["deviceOperation"],"locations":[{"line":1,"column":16}],"extensions":{"code":"FORBIDDEN","requestId":"request-1"}}]}`)
	f.awaitDone(t)
}

func TestFieldsOfAnEventThatCostACallFailAtTheirPath(t *testing.T) {
	f := newFeed()
	s := serve(t, Options{Timeout: time.Minute, Resolvers: &root{follow: f.follow, device: func(ctx context.Context) (*teamwork.Device, error) {
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > time.Minute {
			t.Errorf("the work for an event has the deadline %v", deadline)
		}
		return nil, &teamwork.Error{Kind: teamwork.Throttled, Message: "wait", RetryAfter: time.Second}
	}}})
	p := s.greet(t)
	p.ask("1", `subscription { now: deviceOperations(deviceIds: ["d1"]) { deviceOperation { device { id } } } }`)
	for range 2 {
		f.events <- saw(teamwork.EventSnapshot, teamwork.StatusQueued)
		p.hear(`{"id":"1","type":"next","payload":{"errors":[{"message":"wait","path":["now","deviceOperation","device"],"locations":[{"line":1,"column":77}],"extensions":{"code":"RATE_LIMITED","requestId":"request-1","retryAfterSeconds":1}}],"data":{"now":{"deviceOperation":{"device":null}}}}}`)
	}
}

func TestPanicOfAWatchEndsItsSubscriptionOnly(t *testing.T) {
	f := newFeed()
	s := serve(t, Options{Resolvers: &root{
		follow: func(ctx context.Context, key teamwork.DeviceOperationKey) (<-chan *teamwork.DeviceOperationEvent, error) {
			if key.DeviceID == "d1" {
				return f.follow(ctx, key)
			}
			return Follow(ctx, func(context.Context) (*teamwork.DeviceOperationEvent, error) { panic("no") }, func() {})
		},
	}})
	p := s.greet(t)
	p.ask("1", moving)
	p.ask("2", strings.ReplaceAll(moving, "d1", "d2"))
	if got := p.next(); !strings.HasPrefix(got, `{"id":"2","type":"error","payload":[{"message":"internal error"`) {
		t.Errorf("heard %s", got)
	}
	f.events <- saw(teamwork.EventSnapshot, teamwork.StatusQueued)
	p.next()
}

func TestCompleteOfAClientEndsTheWatch(t *testing.T) {
	f := newFeed()
	s := serve(t, Options{Resolvers: &root{follow: f.follow}})
	p := s.greet(t)
	p.ask("1", moving)
	f.events <- saw(teamwork.EventSnapshot, teamwork.StatusQueued)
	p.next()
	p.say(`{"id":"1","type":"complete"}`)
	f.awaitDone(t)
	p.say(`{"type":"ping","payload":{"n":1}}`)
	p.hear(`{"type":"pong","payload":{"n":1}}`) // and nothing before it
}

func TestSocketHasALimitOfOperations(t *testing.T) {
	f := newFeed()
	s := serve(t, Options{Resolvers: &root{follow: f.follow}})
	p := s.greet(t)
	for i := range maxSocketOperations {
		p.ask(fmt.Sprint(i), moving)
	}
	p.ask("more", moving)
	p.hear(`{"id":"more","type":"error","payload":[{"message":"this socket has 100 operations under way; complete some, or open another","extensions":{"code":"TOO_MANY_ON_SOCKET","requestId":"request-1"}}]}`)
	p.say(`{"id":"7","type":"complete"}`)
	p.ask("more", `{ __typename }`)
	p.hear(`{"id":"more","type":"next","payload":{"data":{"__typename":"Query"}}}`)
}

func TestSocketsAreCountedAndTheirEndLogged(t *testing.T) {
	changes := make(chan string, 10)
	f := newFeed()
	s := serve(t, Options{Resolvers: &root{follow: f.follow}, Observe: func(transport string, change int) { changes <- fmt.Sprint(transport, change) }})
	p := s.greet(t)
	if got := <-changes; got != "websocket1" {
		t.Errorf("counted %s", got)
	}
	_ = p.conn.Close(websocket.StatusNormalClosure, "")
	if got := <-changes; got != "websocket-1" {
		t.Errorf("counted %s", got)
	}
	s.h.Drain(t.Context())
	if log := s.log.String(); !strings.Contains(log, "a socket was closed") || !strings.Contains(log, "code=1000") || !strings.Contains(log, "requestId=request-1") {
		t.Errorf("logged %s", log)
	}
}

// identified knows one token.
func identified(expires time.Time) func(http.Header) (*teamwork.Caller, error) {
	return func(h http.Header) (*teamwork.Caller, error) {
		if h.Get("Authorization") != "Bearer sesame" {
			return nil, fmt.Errorf("a bearer token is needed")
		}
		return &teamwork.Caller{Partition: "p", Expires: expires}, nil
	}
}

func TestCallerIsKnownByConnectionInitOrElseByTheRequest(t *testing.T) {
	s := serve(t, Options{Caller: identified(time.Time{}), Resolvers: &root{status: func(ctx context.Context) (*teamwork.UpstreamStatus, error) {
		if c := teamwork.CallerFrom(ctx); c == nil || c.Partition != "p" {
			t.Errorf("asked by %+v", c)
		}
		return &teamwork.UpstreamStatus{Circuit: teamwork.CircuitClosed}, nil
	}}})
	for _, c := range []struct {
		name, header, init string
		refused            bool
	}{
		{"by connection_init", "", `{"type":"connection_init","payload":{"authorization":"Bearer sesame"}}`, false},
		{"in capitals", "", `{"type":"connection_init","payload":{"Authorization":"Bearer sesame","other":[1]}}`, false},
		{"by the request", "Bearer sesame", `{"type":"connection_init","payload":{}}`, false},
		{"by the request, with nothing said", "Bearer sesame", `{"type":"connection_init","payload":{"authorization":null}}`, false},
		{"connection_init counts", "Bearer sesame", `{"type":"connection_init","payload":{"authorization":"Bearer other"}}`, true},
		{"nobody", "", `{"type":"connection_init"}`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := &websocket.DialOptions{Subprotocols: []string{subprotocol}, HTTPHeader: http.Header{}}
			if c.header != "" {
				opts.HTTPHeader.Set("Authorization", c.header)
			}
			p := s.dial(t, opts)
			p.say(c.init)
			if c.refused {
				if reason := p.closed(4401); !strings.Contains(reason, "a bearer token is needed") {
					t.Errorf("closed for %s", reason)
				}
				return
			}
			p.hear(`{"type":"connection_ack"}`)
			p.ask("1", `{ upstreamStatus { circuit } }`)
			p.hear(`{"id":"1","type":"next","payload":{"data":{"upstreamStatus":{"circuit":"CLOSED"}}}}`)
		})
	}
}
