package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// attack is a request that has to be refused soon and to leave nothing behind.
type attack struct {
	name   string
	body   string // of a POST
	header http.Header
	status int
	says   string // what the refusal has, such as its code
}

// What an attack may cost: the time of one that nothing else disturbs, and memory
// that is not let go of.
const (
	refusedWithin = 100 * time.Millisecond * raceFactor
	keptMemory    = 64 << 20
)

func times(n int, text string) string { return strings.Repeat(text, n) }

// each writes a text n times, with its number in it.
func each(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func asking(document string) string { return `{"query":` + quoted(document) + `}` }

func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// introspection has the schema described in the schema, again and again.
func introspection(n int) string {
	const leaf = "kind name description enumValues { name description } inputFields { name type { name } } "
	const inner = leaf + "fields { name description args { name type { name } } type { " + leaf + "ofType { " + leaf + "} } } "
	return "{ " + each(n, "s%d: __schema { ...s } ") + "} fragment s on __Schema { types { " + leaf + "fields { name args { name } type { " + inner + "ofType { " + inner + "} } } } }"
}

// exploding are fragments each of which spreads the next one twice.
func exploding(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " fragment f%d on Query { ...f%d ... { ...f%d } }", i, i+1, i+1)
	}
	return "{ ...f0 }" + b.String() + fmt.Sprintf(" fragment f%d on Query { __typename }", n)
}

const (
	limited   = "DOCUMENT_LIMIT_EXCEEDED"
	malformed = "GRAPHQL_PARSE_FAILED"
	wrong     = "GRAPHQL_VALIDATION_FAILED"
	noRequest = "BAD_REQUEST"
	tooLarge  = "PAYLOAD_TOO_LARGE"
	badInput  = "BAD_USER_INPUT"
)

// documents are attacks by what a body says. They are sent over a WebSocket, too.
var documentAttacks = []attack{
	{name: "10,000 levels", body: asking(times(10_000, "{ a ")), status: 200, says: malformed},
	{name: "900 levels, as deep as is parsed", body: asking(times(900, "{ a ") + times(900, "}")), status: 200, says: limited},
	{name: "900 levels of a literal", body: asking("{ device(by: " + times(900, "{a: ") + "1" + times(900, "}") + ") { id } }"), status: 200, says: wrong},
	{name: "10,000 aliases", body: asking("{" + each(10_000, " a%d: __typename") + " }"), status: 200, says: limited},
	{name: "1,200 aliases, as many as are parsed", body: asking("{" + each(1200, " a%d: __typename") + " }"), status: 200, says: limited},
	{name: "700 directives", body: asking("{ __typename " + times(700, "@skip(if: false) ") + "}"), status: 200, says: limited},
	{name: "2,400 directives that nobody knows", body: asking("{ __typename " + times(2400, "@a ") + "}"), status: 200, says: limited},
	{name: "4,900 fields", body: asking("{ " + times(4900, "__typename ") + "}"), status: 200, says: limited},
	{name: "4,800 fields that are not there", body: asking("{ upstreamStatus { " + each(4800, "a%d ") + "} }"), status: 200, says: wrong},
	{name: "a fragment in a circle", body: asking("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"), status: 200, says: wrong},
	{name: "400 fragments that spread themselves", body: asking("{ ...f0 }" + each(400, " fragment f%[1]d on Query { ...f%[1]d __typename }")), status: 200, says: wrong},
	{name: "fragments that explode", body: asking(exploding(300)), status: 200, says: limited},
	{name: "1,000 operations", body: asking(each(1000, "query q%d { __typename } ")), status: 200, says: "error"},
	{name: "the schema in the schema", body: asking(introspection(1)), status: 200, says: limited},
	{name: "the schema in the schema, four times", body: asking(introspection(4)), status: 200, says: limited},
	{name: "types of types", body: asking("{ __schema { types " + times(9, "{ ofType ") + "{ fields { type { fields { type { fields { name } } } } } }" + times(9, "}") + " } }"), status: 200, says: "limit"},
	{name: "4,000 ids", body: asking(`{ nodes(ids: [` + times(4000, `"a" `) + `]) { id } }`), status: 200, says: "error"},
	{name: "an id of 200 kB", body: asking(`{ device(by: {deviceId: "` + times(200_000, "x") + `"}) { id } }`), status: 200, says: badInput},
	{name: "creates by the dozen", body: asking("mutation {" + each(30, ` a%d: createDeviceOperation(input: {deviceId: "a", operationType: DEVICE_RESTART}) { replayed }`) + " }"), status: 200, says: limited},
	{name: "100,000 variables", body: `{"query":"{ __typename }","variables":{"a":0` + each(100_000, `,"a%d":1`) + `}}`, status: 413, says: tooLarge},
	{name: "1,200 variables that are declared", body: asking("query(" + each(1200, "$a%d: Int ") + ") { __typename }"), status: 200, says: wrong},
	{name: "variables of 100,000 levels", body: `{"query":"{ __typename }","variables":{"a":` + times(100_000, "[") + times(100_000, "]") + `}}`, status: 400, says: noRequest},
	{name: "variables of 5,000 levels", body: `{"query":"{ __typename }","variables":{"a":` + times(5000, `{"a":`) + "1" + times(5000, "}") + `}}`, status: 200, says: limited},
	{name: "no UTF-8", body: "{\"query\":\"{ __typename } #\xff\"}", status: 400, says: noRequest},
	{name: "UTF-8 of a surrogate", body: "{\"query\":\"{ __typename } #\xed\xa0\x80\"}", status: 400, says: noRequest},
	{name: "NUL", body: "{\"query\":\"{ __typename }\x00\"}", status: 400, says: noRequest},
	{name: "NUL, escaped", body: `{"query":"{ __typename } \u0000"}`, status: 200, says: malformed},
	{name: "two queries", body: `{"query":"{ __typename }","query":"mutation { __typename }"}`, status: 400, says: noRequest},
	{name: "two queries, of two cases", body: `{"query":"{ __typename }","QUERY":"mutation { __typename }"}`, status: 400, says: noRequest},
	{name: "a variable twice", body: `{"query":"{ __typename }","variables":{"a":1,"a":2}}`, status: 400, says: noRequest},
	{name: "20 MB", body: asking("{ __typename } #" + times(20<<20, "x")), status: 413, says: tooLarge},
	{name: "20 MB of braces", body: times(20<<20, "{"), status: 413, says: tooLarge},
	{name: "1,000 requests in an array", body: "[" + strings.TrimSuffix(times(1000, asking("{ __typename }")+","), ",") + "]", status: 400, says: noRequest},
}

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

// headerAttacks are attacks by what goes beside a body.
func headerAttacks() []attack {
	const fine = `{"query":"{ __typename }"}`
	bomb := zipped(asking("{ __typename } #" + times(20<<20, "x")))
	of := func(name, value string) http.Header { return http.Header{name: {value}} }
	return []attack{
		{name: "a bomb of gzip", body: bomb, header: of("Content-Encoding", "gzip"), status: 415, says: noRequest},
		{name: "a bomb in a bomb", body: zipped(bomb), header: of("Content-Encoding", "gzip, gzip"), status: 415, says: noRequest},
		{name: "deflate", body: bomb, header: of("Content-Encoding", "deflate"), status: 415, says: noRequest},
		{name: "brotli", body: bomb, header: of("Content-Encoding", "br"), status: 415, says: noRequest},
		{name: "an encoding that is none", body: fine, header: of("Content-Encoding", "gzip"), status: 415, says: noRequest},
		{name: "a bomb that does not say so", body: bomb, status: 400, says: noRequest},
		{name: "a form of another site", body: "query=%7B__typename%7D", header: of("Content-Type", "application/x-www-form-urlencoded"), status: 415, says: noRequest},
		{name: "a form with parts", body: "--x\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n" + fine + "\r\n--x--", header: of("Content-Type", "multipart/form-data; boundary=x"), status: 415, says: noRequest},
		{name: "JSON as plain text", body: fine, header: of("Content-Type", "text/plain"), status: 415, says: noRequest},
		{name: "two types of content", body: fine, header: of("Content-Type", "text/plain, application/json"), status: 415, says: noRequest},
		{name: "no type of content", body: fine, header: of("Content-Type", ""), status: 415, says: noRequest},
		{name: "100 kB of a header", body: fine, header: of("X-Long", times(100_000, "x")), status: 431},
		{name: "10,000 headers", body: fine, header: of("X-Many", ""), status: 431},
		{name: "16,000 kinds of answers", body: fine, header: of("Accept", times(16_000, "a/,")), status: 406, says: noRequest},
		{name: "a timeout that is none", body: fine, header: of("Graphql-Timeout", times(1000, "9")+"x"), status: 400, says: noRequest},
		{name: "another name", body: fine, header: of("Host", "evil.example"), status: 421, says: "MISDIRECTED"},
	}
}

func TestAttacksAreRefusedAndLeaveNothing(t *testing.T) {
	f := serve(t)
	w := watchOver(t, f)
	for _, a := range append(documentAttacks, headerAttacks()...) {
		t.Run(a.name, func(t *testing.T) {
			w.try(t, func() {
				status, text := f.raw(t, a)
				if status != a.status || !strings.Contains(text, a.says) || strings.Contains(text, "TEAMS_ROOM") {
					t.Errorf("%d %.300s, want %d and %s", status, text, a.status, a.says)
				}
			})
		})
	}
}

func TestAttacksOverASocketAreRefusedAndLeaveNothing(t *testing.T) {
	f := serve(t)
	w := watchOver(t, f)
	for _, a := range documentAttacks {
		t.Run(a.name, func(t *testing.T) {
			conn, _, err := f.dial("")
			if err != nil {
				t.Fatal(err)
			}
			f.say(conn, `{"type":"connection_init"}`)
			_ = conn.CloseNow()
			w.try(t, func() { f.attackSocket(t, a) })
		})
	}
}

// attackSocket sends an attack over a socket of its own, and wants an error of the
// operation, or the socket closed by one of the protocol's codes.
func (f *front) attackSocket(t *testing.T, a attack) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, f.url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	f.say(conn, `{"type":"connection_init"}`)
	_ = conn.Write(ctx, websocket.MessageText, []byte(`{"id":"1","type":"subscribe","payload":`+a.body+`}`)) // which may be cut short
	_, text, err := conn.Read(ctx)
	switch code := websocket.CloseStatus(err); {
	case err == nil && !strings.HasPrefix(string(text), `{"id":"1","type":"error"`) && !strings.Contains(string(text), badInput):
		t.Errorf("answered %.300s", text)
	case err != nil && a.status == 200:
		t.Errorf("ended with %v", err)
	case err != nil && code != 4400 && code != websocket.StatusMessageTooBig && len(a.body) < 1<<20: // else we may still be writing
		t.Errorf("closed with %v", err)
	}
}
