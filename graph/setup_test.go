package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// root answers the few fields that these tests ask for.
type root struct {
	ResolverRoot
	follow func(ctx context.Context, key teamwork.DeviceOperationKey) (<-chan *teamwork.DeviceOperationEvent, error)
	status func(context.Context) (*teamwork.UpstreamStatus, error)
	create func(context.Context, teamwork.CreateOperation) (*teamwork.CreateOperationPayload, error)
	device func(context.Context) (*teamwork.Device, error)
}

func (r *root) Query() QueryResolver                     { return queries{root: r} }
func (r *root) Mutation() MutationResolver               { return mutations{root: r} }
func (r *root) Subscription() SubscriptionResolver       { return subscriptions{r} }
func (r *root) DeviceOperation() DeviceOperationResolver { return operations{r} }

type queries struct {
	QueryResolver
	root *root
}

func (q queries) UpstreamStatus(ctx context.Context) (*teamwork.UpstreamStatus, error) {
	return q.root.status(ctx)
}

func (q queries) Device(ctx context.Context, _ teamwork.DeviceLookup) (*teamwork.Device, error) {
	return q.root.device(ctx)
}

type mutations struct {
	MutationResolver
	root *root
}

func (m mutations) CreateDeviceOperation(ctx context.Context, in teamwork.CreateOperation) (*teamwork.CreateOperationPayload, error) {
	return m.root.create(ctx, in)
}

type subscriptions struct{ *root }

func (s subscriptions) DeviceOperation(ctx context.Context, by teamwork.DeviceOperationLookup) (<-chan *teamwork.DeviceOperationEvent, error) {
	return s.follow(ctx, *by.Key)
}

func (s subscriptions) DeviceOperations(ctx context.Context, ids []string, _ *teamwork.DeviceOperationFilter) (<-chan *teamwork.DeviceOperationEvent, error) {
	return s.follow(ctx, teamwork.DeviceOperationKey{DeviceID: ids[0]})
}

type operations struct{ *root }

func (o operations) Device(ctx context.Context, objs []*teamwork.DeviceOperation) ([]*teamwork.Device, error) {
	device, err := o.device(ctx)
	return []*teamwork.Device{device}, err
}

// feed is what one subscription follows.
type feed struct {
	events chan *teamwork.DeviceOperationEvent
	ends   chan error // what comes instead of an event
	done   atomic.Int32
	over   chan struct{} // closed when it is done
	once   sync.Once
}

func newFeed() *feed {
	return &feed{events: make(chan *teamwork.DeviceOperationEvent, 100), ends: make(chan error, 1), over: make(chan struct{})}
}

func (f *feed) next(ctx context.Context) (*teamwork.DeviceOperationEvent, error) {
	select { // what was said before the end comes before it
	case event := <-f.events:
		return event, nil
	default:
	}
	select {
	case event := <-f.events:
		return event, nil
	case err := <-f.ends:
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (f *feed) follow(ctx context.Context, _ teamwork.DeviceOperationKey) (<-chan *teamwork.DeviceOperationEvent, error) {
	return Follow(ctx, f.next, func() {
		f.done.Add(1)
		f.once.Do(func() { close(f.over) })
	})
}

// awaitDone fails unless the feed is let go of, once.
func (f *feed) awaitDone(t *testing.T) {
	t.Helper()
	select {
	case <-f.over:
	case <-time.After(10 * time.Second):
		t.Fatal("nobody let go of the watch")
	}
	if n := f.done.Load(); n != 1 {
		t.Errorf("let go %d times", n)
	}
}

// saw is an event in which operation o1 of device d1 has a status.
func saw(kind teamwork.DeviceOperationEventKind, status teamwork.DeviceOperationStatus) *teamwork.DeviceOperationEvent {
	return &teamwork.DeviceOperationEvent{
		Kind: kind, DeviceOperation: &teamwork.DeviceOperation{DeviceID: "d1", OperationID: "o1", StatusRaw: string(status)},
		ObservedAt: teamwork.At(time.Date(2026, 10, 15, 12, 0, 0, 0, time.UTC)),
	}
}

// site is a server of both handlers.
type site struct {
	*httptest.Server
	h   *Handler
	log *bytes.Buffer
}

// serve serves opts; change may alter the site before.
func serve(t testing.TB, opts Options, change ...func(*site)) *site {
	t.Helper()
	s := &site{log: &bytes.Buffer{}}
	opts.RequestID = func(context.Context) string { return "request-1" }
	opts.Logger = slog.New(slog.NewTextHandler(&lockedWriter{w: s.log}, nil))
	s.h = NewHandler(opts)
	sockets := s.h.Sockets()
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			sockets.ServeHTTP(w, r)
			return
		}
		s.h.ServeHTTP(w, r)
	}))
	for _, f := range change {
		f(s)
	}
	s.Start()
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // whoever is still there is cut
		s.h.Drain(ctx)
		s.Close()
	})
	return s
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// peer is the client's end of a socket.
type peer struct {
	t    *testing.T
	conn *websocket.Conn
}

// dial opens a socket, with the subprotocol.
func (s *site) dial(t *testing.T, opts ...*websocket.DialOptions) *peer {
	t.Helper()
	opt := &websocket.DialOptions{Subprotocols: []string{subprotocol}}
	if len(opts) > 0 {
		opt = opts[0]
	}
	conn, resp, err := websocket.Dial(t.Context(), s.URL, opt)
	if err != nil {
		t.Fatalf("dialling: %v", err)
	}
	if resp.Body != nil {
		resp.Body.Close()
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &peer{t, conn}
}

// greet opens a socket and introduces itself.
func (s *site) greet(t *testing.T) *peer {
	t.Helper()
	p := s.dial(t)
	p.say(`{"type":"connection_init"}`)
	p.hear(`{"type":"connection_ack"}`)
	return p
}

func (p *peer) say(text string) {
	p.t.Helper()
	if err := p.conn.Write(p.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		p.t.Fatalf("saying %s: %v", text, err)
	}
}

// ask subscribes to a document under an id.
func (p *peer) ask(id, document string) {
	p.t.Helper()
	message, err := json.Marshal(map[string]any{"id": id, "type": "subscribe", "payload": map[string]any{"query": document}})
	if err != nil {
		p.t.Fatal(err)
	}
	p.say(string(message))
}

// hear wants the next message to be exactly this.
func (p *peer) hear(want string) {
	p.t.Helper()
	if got := p.next(); got != want {
		p.t.Fatalf("heard\n%s\nwant\n%s", got, want)
	}
}

func (p *peer) next() string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Second)
	defer cancel()
	_, text, err := p.conn.Read(ctx)
	if err != nil {
		p.t.Fatalf("hearing: %v", err)
	}
	return string(text)
}

// closed wants the other end to close with a code, and returns why.
func (p *peer) closed(code int) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Second)
	defer cancel()
	for {
		_, text, err := p.conn.Read(ctx)
		if err == nil {
			p.t.Logf("heard %s", text)
			continue
		}
		if got := websocket.CloseStatus(err); int(got) != code {
			p.t.Fatalf("closed with %d (%v), want %d", got, err, code)
		}
		_, reason, _ := strings.Cut(err.Error(), "reason = ")
		return reason
	}
}
