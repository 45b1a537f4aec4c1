package graph

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// crowd returns a site, and what each of its sockets follows.
func crowd(t *testing.T, n int, device func(context.Context) (*teamwork.Device, error)) (s *site, feeds []*feed) {
	t.Helper()
	var begun atomic.Int32
	for range n {
		feeds = append(feeds, newFeed())
	}
	s = serve(t, Options{Resolvers: &root{device: device, follow: func(ctx context.Context, key teamwork.DeviceOperationKey) (<-chan *teamwork.DeviceOperationEvent, error) {
		return feeds[begun.Add(1)-1].follow(ctx, key)
	}}})
	return s, feeds
}

// asking is a subscription to an operation that asks for this of each event.
func asking(what string) string {
	before, _, _ := strings.Cut(moving, "{ kind")
	return before + what + " }"
}

func TestListenersToOneEventAreToldWhatTheyAskedFor(t *testing.T) {
	perhaps := "subscription($it: Boolean!)" + strings.TrimPrefix(asking("{ kind @include(if: $it) observedAt }"), "subscription")
	asked := []struct{ document, variables, want string }{
		{asking("{ kind }"), "{}", `{"kind":"CHANGED"}`},
		{asking("{ kind }"), "{}", `{"kind":"CHANGED"}`},
		{asking("{ what: kind }"), "{}", `{"what":"CHANGED"}`},
		{asking("{ __typename deviceOperation { status } }"), "{}", `{"__typename":"DeviceOperationEvent","deviceOperation":{"status":"QUEUED"}}`},
		{perhaps, `{"it":false}`, `{"observedAt":"2026-10-15T12:00:00Z"}`},
		{perhaps, `{"it":true}`, `{"kind":"CHANGED","observedAt":"2026-10-15T12:00:00Z"}`},
	}
	s, feeds := crowd(t, len(asked), nil)
	event := saw(teamwork.EventChanged, teamwork.StatusQueued)
	for i, a := range asked {
		p := s.greet(t)
		p.say(fmt.Sprintf(`{"id":"it is \"%d\"","type":"subscribe","payload":{"query":%s,"variables":%s}}`, i, quoted(a.document), a.variables))
		feeds[i].events <- event
		p.hear(fmt.Sprintf(`{"id":"it is \"%d\"","type":"next","payload":{"data":{"deviceOperation":%s}}}`, i, a.want))
	}
	if n := len(s.h.plans.told.texts); n != 5 {
		t.Errorf("an event that was asked for in 5 ways was written in %d", n)
	}
}

func TestEventThatNeedsAResolverIsWrittenForEach(t *testing.T) {
	var calls atomic.Int32
	s, feeds := crowd(t, 2, func(context.Context) (*teamwork.Device, error) {
		return &teamwork.Device{DeviceID: fmt.Sprint("d", calls.Add(1))}, nil
	})
	event := saw(teamwork.EventChanged, teamwork.StatusQueued)
	for i, f := range feeds {
		p := s.greet(t)
		p.ask("1", asking("{ deviceOperation { device { deviceId } } }"))
		f.events <- event
		p.hear(fmt.Sprintf(`{"id":"1","type":"next","payload":{"data":{"deviceOperation":{"deviceOperation":{"device":{"deviceId":"d%d"}}}}}}`, i+1))
	}
}

func TestWhatIsWrongWithAnEventIsToldToEach(t *testing.T) {
	s, feeds := crowd(t, 4, nil)
	odd := saw(teamwork.EventChanged, teamwork.StatusQueued)
	if err := odd.DeviceOperation.CreatedDateTime.UnmarshalJSON([]byte(`"yesterday"`)); err != nil {
		t.Fatal(err)
	}
	nothing := saw(teamwork.EventChanged, teamwork.StatusQueued)
	nothing.DeviceOperation = nil
	for i, c := range []struct {
		event *teamwork.DeviceOperationEvent
		want  string
	}{{odd, "MALFORMED_TIME"}, {odd, "MALFORMED_TIME"}, {nothing, `"errors"`}, {nothing, `"errors"`}} {
		p := s.greet(t)
		p.ask("1", asking("{ deviceOperation { createdDateTime } }"))
		feeds[i].events <- c.event
		if got := p.next(); !strings.Contains(got, c.want) {
			t.Errorf("listener %d was told %s, want %s", i, got, c.want)
		}
	}
}

func TestTextsOfOldEventsAreForgotten(t *testing.T) {
	var told told
	it := func(i int) telling { return telling{nil, i} }
	for i := range 3 * mostTold {
		told.keep(it(i), []byte("text"))
		told.keep(it(i), []byte("another"))
	}
	told.keep(it(-1), make([]byte, maxTold+1))
	for i := -1; i < 3*mostTold; i++ {
		want := ""
		if i >= 2*mostTold {
			want = "text"
		}
		if got := string(told.find(it(i))); got != want {
			t.Fatalf("of event %d there is %q, want %q", i, got, want)
		}
	}
	if len(told.texts) != mostTold {
		t.Errorf("%d texts are kept", len(told.texts))
	}
}
