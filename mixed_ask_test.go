package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
)

// request is a group's, by POST or by GET.
func (g *mixedGroup) request(replica string) (*http.Request, error) {
	at := "http://" + replica + "/graphql"
	if !g.kind.get {
		req, err := http.NewRequest(http.MethodPost, at, bytes.NewReader(g.body))
		if err == nil {
			req.Header.Set("Content-Type", "application/json")
		}
		return req, err
	}
	var body map[string]json.RawMessage
	if err := json.Unmarshal(g.body, &body); err != nil {
		return nil, err
	}
	var query string
	if err := json.Unmarshal(body["query"], &query); err != nil {
		return nil, err
	}
	values := url.Values{"query": {query}}
	if body["variables"] != nil {
		values.Set("variables", string(body["variables"]))
	}
	req, err := http.NewRequest(http.MethodGet, at+"?"+values.Encode(), nil)
	if err == nil {
		req.Header.Set("GraphQL-Preflight", "1")
	}
	return req, err
}

// send returns the answer to a request of c's, or of nobody, who is nil.
func (m *mixed) send(c *mixedCaller, req *http.Request) (a answer, ok bool) {
	m.sent.Add(1)
	resp, err := m.client.Do(req)
	if err != nil {
		m.t.Error(err)
		return a, false
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		m.t.Error(err)
		return a, false
	}
	a = answer{status: resp.StatusCode, raw: string(raw)}
	if err := json.Unmarshal(raw, &a); err != nil || a.status >= http.StatusInternalServerError {
		m.t.Errorf("%d %s", a.status, raw)
		return a, false
	}
	switch mark := foreign(orNobody(c), a.raw); {
	case mark != "":
		m.t.Errorf("%s was told %q: %s", orNobody(c).name, mark, a.raw)
	case c != nil && strings.Contains(a.raw, c.mark):
		m.marked.Add(1)
	}
	return a, true
}

// orNobody stands for nobody, who has no mark.
func orNobody(c *mixedCaller) *mixedCaller {
	if c == nil {
		return &mixedCaller{name: "nobody", mark: "none"}
	}
	return c
}

// ask sends a group's bytes as c, and checks the answer.
func (m *mixed) ask(g *mixedGroup, c *mixedCaller, replica string) {
	for try := 0; ; try++ {
		req, err := g.request(replica)
		if err != nil {
			m.t.Error(err)
			return
		}
		req.Header.Set("Authorization", "Bearer "+c.tokens[m.sent.Load()%int64(len(c.tokens))])
		a, ok := m.send(c, req)
		if !ok {
			return
		}
		// A store that is too slow, as it may be on a busy machine, has nothing sent.
		if g.kind.creates != "" && try < 50 && strings.Contains(a.raw, "UpstreamUnavailableError") {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		if wrong := m.check(g, c, a); wrong != "" {
			m.t.Errorf("%s, by %s at %s: %s: %d %s\n%s", g.kind.name, c.name, replica, wrong, a.status, a.raw, g.body)
		}
		return
	}
}

// check says what is wrong with an answer.
func (m *mixed) check(g *mixedGroup, c *mixedCaller, a answer) string {
	k := g.kind
	switch {
	case k.broken != "":
		if len(a.Errors) == 0 || a.Errors[0].Extensions["code"] != k.broken || len(a.Data) > 0 {
			return "not refused with " + k.broken
		}
		return ""
	case a.status != http.StatusOK:
		return "a status of failure"
	case k.creates != "":
		return m.checkCreate(g, c, a)
	case k.free || c.reads:
		if len(a.Errors) > 0 {
			return "errors"
		}
		for name, value := range a.Data {
			if (value == nil) != k.null {
				return fmt.Sprint(name, " is ", value)
			}
		}
		if !k.free && !k.null && !strings.Contains(a.raw, c.mark) {
			return "without the caller's mark"
		}
		return ""
	}
	return m.checkForbidden(a)
}

var (
	toRead  = []any{[]any{readScope}, []any{writeScope}}
	toWrite = []any{[]any{writeScope}}
)

// checkForbidden wants every field that needs a scope refused, and all others there.
func (m *mixed) checkForbidden(a answer) string {
	m.refused.Add(1)
	if len(a.Errors) == 0 {
		return "not refused"
	}
	for _, e := range a.Errors {
		if e.Extensions["code"] != "FORBIDDEN" || m.verified && !cmp.Equal(e.Extensions["requiredScopes"], any(toRead)) {
			return fmt.Sprint("refused with ", e.Extensions)
		}
	}
	for name, value := range a.Data {
		if list, ok := value.([]any); ok && !slices.ContainsFunc(list, func(v any) bool { return v != nil }) {
			value = nil
		}
		if (value == nil) == (name == "upstreamStatus") {
			return fmt.Sprint(name, " is ", value)
		}
	}
	return ""
}

// checkCreate wants who may write to be told the outcome, once more if it was told before.
func (m *mixed) checkCreate(g *mixedGroup, c *mixedCaller, a answer) string {
	payload, _ := a.Data[g.kind.creates].(map[string]any)
	if len(a.Errors) > 0 || payload == nil {
		return "no payload"
	}
	result := payload
	if results, _ := payload["results"].([]any); len(results) > 0 {
		result, _ = results[0].(map[string]any)
	}
	op, _ := result["deviceOperation"].(map[string]any)
	var problem map[string]any
	if problems, _ := result["userErrors"].([]any); len(problems) > 0 {
		problem, _ = problems[0].(map[string]any)
	}
	if !c.writes {
		m.refused.Add(1)
		switch {
		case op != nil:
			return "created"
		case problem["__typename"] == "PermissionDeniedError" && (!m.verified || cmp.Equal(problem["requiredScopes"], any(toWrite))):
		case !m.verified && problem["__typename"] == g.kind.want: // what is wrong for everybody is told before upstream is asked
		default:
			return "not refused as it should"
		}
		return ""
	}
	switch g.kind.want {
	case "created":
		if op == nil || problem != nil {
			return "not created"
		}
		return m.once(g, c, op["operationId"], payload["replayed"] == true)
	case "busy":
		if op == nil && problem["__typename"] == "OperationAlreadyQueuedError" {
			op, _ = problem["existingOperation"].(map[string]any)
			return m.once(g, c, op["operationId"], true)
		}
		if op == nil {
			return "neither created nor in the way"
		}
		return m.once(g, c, op["operationId"], false)
	}
	if op != nil || problem["__typename"] != g.kind.want {
		return "not a " + g.kind.want
	}
	return ""
}

// once wants a create to be there once, and the same whenever it is asked for. Of two that
// ask in the same moment, who created may be heard after who was told again, so whether
// anybody was told of it as new is for balance to say.
func (m *mixed) once(g *mixedGroup, c *mixedCaller, operation any, again bool) string {
	name := fmt.Sprint(c.name, g.kind.name, g.number)
	if g.kind.want == "busy" {
		name = fmt.Sprint(c.name, g.kind.name, g.device.id)
	}
	id, _ := operation.(string)
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.told[name]
	now := mixedTold{operation: id, asNew: before.asNew || !again, maybeOld: g.kind.want == "busy"}
	m.told[name] = now
	switch {
	case id == "":
		return "which operation is not said"
	case before.operation != "" && before.operation != id:
		return "it was " + before.operation
	case before.asNew && !again && g.kind.creates == "createDeviceOperation":
		return "created again"
	case now.asNew && !before.asNew:
		m.creates.Add(1)
	}
	return ""
}

// askAsNobody sends a group's bytes without a token, or with one that is worth nothing.
func (m *mixed) askAsNobody(g *mixedGroup, authorization, replica string) {
	req, err := g.request(replica)
	if err != nil {
		m.t.Error(err)
		return
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	m.strangers.Add(1)
	if a, ok := m.send(nil, req); ok && (a.status != http.StatusUnauthorized || len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "UNAUTHENTICATED" || a.Data != nil) {
		m.t.Errorf("%s with %q: %d %s", g.kind.name, authorization, a.status, a.raw)
	}
}

// walk takes a page of devices, and the next; then somebody else tries the cursor.
func (m *mixed) walk(c, other *mixedCaller, replica string) {
	g := &mixedGroup{kind: mixedKind{name: "walk"}}
	page := func(c *mixedCaller, after any) (answer, any) {
		g.body, _ = json.Marshal(map[string]any{"query": `query($after: String) { devices(first: 2, after: $after) { nodes { notes hardwareDetail { serialNumber } } pageInfo { endCursor } } }`, "variables": map[string]any{"after": after}})
		req, err := g.request(replica)
		if err != nil {
			m.t.Error(err)
			return answer{}, nil
		}
		req.Header.Set("Authorization", "Bearer "+c.tokens[0])
		a, _ := m.send(c, req)
		devices, _ := a.Data["devices"].(map[string]any)
		info, _ := devices["pageInfo"].(map[string]any)
		return a, info["endCursor"]
	}
	first, cursor := page(c, nil)
	if wrong := m.check(g, c, first); wrong != "" {
		m.t.Errorf("the first page of %s: %s: %s", c.name, wrong, first.raw)
	}
	if !c.reads {
		return
	}
	if next, _ := page(c, cursor); m.check(g, c, next) != "" || next.raw == first.raw {
		m.t.Errorf("the next page of %s: %s", c.name, next.raw)
	}
	if theirs, _ := page(other, cursor); !other.reads {
		if wrong := m.checkForbidden(theirs); wrong != "" {
			m.t.Errorf("the next page for %s: %s: %s", other.name, wrong, theirs.raw)
		}
	}
}

const mixedWatch = `subscription($ids: [ID!]!) { deviceOperations(deviceIds: $ids) { kind deviceOperation { operationId createdBy { user { displayName } application { displayName } } device { notes hardwareDetail { serialNumber } } } } }`

// watch opens a subscription, hears what is so now, and leaves.
func (m *mixed) watch(c *mixedCaller, replica string, device mixedDevice, dice *rand.Rand) {
	m.sent.Add(1)
	m.streams.Add(1)
	ctx, cancel := context.WithTimeout(m.t.Context(), time.Minute)
	defer cancel()
	payload := map[string]any{"query": mixedWatch, "variables": map[string]any{"ids": []string{device.id}}}
	how := m.overSocket
	if dice.IntN(2) == 0 {
		how = m.overEvents
	}
	text, err := how(ctx, c, replica, payload)
	switch mark := foreign(c, text); {
	case err != nil:
		m.t.Errorf("%s watches: %v", c.name, err)
	case mark != "":
		m.t.Errorf("%s was told %q: %s", c.name, mark, text)
	case c.reads && !strings.Contains(text, c.mark), !c.reads && !strings.Contains(text, `"FORBIDDEN"`), !c.reads && m.verified && !strings.Contains(text, writeScope):
		m.t.Errorf("%s heard %s", c.name, text)
	}
}

// overSocket returns the first message of a subscription over a socket of its own.
func (m *mixed) overSocket(ctx context.Context, c *mixedCaller, replica string, payload map[string]any) (string, error) {
	conn, resp, err := websocket.Dial(ctx, "ws://"+replica+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		if resp != nil && resp.Body != nil {
			_ = resp.Body.Close()
		}
		return "", err
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(1 << 20)
	var text []byte
	for _, message := range []map[string]any{
		{"type": "connection_init", "payload": map[string]any{"authorization": "Bearer " + c.tokens[0]}},
		{"type": "subscribe", "id": "1", "payload": payload},
	} {
		said, err := json.Marshal(message)
		if err != nil {
			return "", err
		}
		if err := conn.Write(ctx, websocket.MessageText, said); err != nil {
			return "", err
		}
		if _, text, err = conn.Read(ctx); err != nil {
			return "", err
		}
	}
	return string(text), nil
}

// overEvents returns the first event of a subscription.
func (m *mixed) overEvents(ctx context.Context, c *mixedCaller, replica string, payload map[string]any) (string, error) {
	body, err := json.Marshal(payload)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+replica+"/graphql", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"text/event-stream"}, "Authorization": {"Bearer " + c.tokens[0]}}
	resp, err := m.client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && data != "" {
			return data, nil
		}
	}
	return "", fmt.Errorf("%d, and no event: %w", resp.StatusCode, lines.Err())
}
