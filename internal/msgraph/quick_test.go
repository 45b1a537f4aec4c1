package msgraph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/internal/quick"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// bothWays are all that is read quickly, by what it is read as. Each reads a body in both
// ways, and reports whether the quick way was sure.
var bothWays = map[string]func(body []byte) (sure bool, err error){
	"devices":       pagesBothWays[teamwork.Device],
	"operations":    pagesBothWays[teamwork.DeviceOperation],
	"device":        onesBothWays[teamwork.Device],
	"operation":     onesBothWays[teamwork.DeviceOperation],
	"activity":      onesBothWays[teamwork.DeviceActivity],
	"configuration": onesBothWays[teamwork.DeviceConfiguration],
	"health":        onesBothWays[teamwork.DeviceHealth],
	"batch":         batchesBothWays,
}

func pagesBothWays[T any](body []byte) (bool, error) {
	got, sure := quickPage[T](body)
	if !sure {
		return false, nil
	}
	want, warnings, err := carefulPage[T](body)
	if err := differ(got, want, warnings, err); err != nil {
		return true, err
	}
	return true, inBatchesToo(body, many[T]{}, &want)
}

func onesBothWays[T any](body []byte) (bool, error) {
	got, sure := quick.Single[T](body)
	if !sure {
		return false, nil
	}
	want, warnings, err := carefulOne[T](body)
	if err := differ(got, want, warnings, err); err != nil {
		return true, err
	}
	return true, inBatchesToo(body, one[T]{}, want)
}

// inBatchesToo compares what a body is with how it is read when a batch comes by that has it
// twice, if it is.
func inBatchesToo(body []byte, as shape, want any) error {
	const member = `{"id":"%d","status":200,"headers":{},"body":%s},`
	batch := fmt.Appendf(nil, `{"responses":[`+member+member+`{"id":"3","status":404,"body":{"error":[null]}}]}`, 1, body, 2, body)
	asked := slices.Repeat([]inner{{ref: ref{shape: as}}}, 3)
	members, sure := quickBatch(batch, asked)
	if !sure || len(members) != 3 { // the body may end early, and begin another member
		return nil
	}
	if members[2].value != nil || !bytes.Equal(members[1].Body, bytes.TrimSpace(body)) {
		return fmt.Errorf("read %+v and %q of %q", members[2].value, members[1].Body, body)
	}
	return errors.Join(differ(members[0].value, want, nil, nil), differ(members[1].value, want, nil, nil))
}

func batchesBothWays(body []byte) (bool, error) {
	const n = maxMembers
	outer := reply{header: http.Header{"Request-Id": {"outer"}}}
	members, sure := quickBatch(body, nil)
	if !sure {
		return false, nil
	}
	careful, ok := carefulBatch(body)
	if !ok {
		return true, errors.New("it is no batch")
	}
	got, gotErr := repliesOf(outer, members, n)
	want, err := repliesOf(outer, careful, n)
	if gotErr != err { //nolint:errorlint // the very same
		return true, differ(gotErr, err, nil, nil)
	}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			return true, differ(got[i], want[i], nil, nil)
		}
	}
	return true, nil
}

// TestBatchIsReadAsItComes: what upstream sends is read on the way, but errors, and what came before it
// was known to be none.
func TestBatchIsReadAsItComes(t *testing.T) {
	bodies := sandboxBodies(t)
	shapes := []shape{one[teamwork.Device]{}, many[teamwork.DeviceOperation]{}, one[teamwork.DeviceHealth]{}, one[teamwork.Device]{}, one[teamwork.Device]{}, nil}
	batch := fmt.Appendf(nil, `{"responses":[{"id":"2","status":200,"headers":{"a":"b"},"body":%s},{"id":"1","status":200,"body":%s},{"id":"3","status":"200","body":%s},
		{"id":"4","status":404,"body":%[2]s},{"id":"5","body":%[2]s,"status":200},{"id":"6","status":200,"body":%[2]s}]}`, bodies["operations"], bodies["device"], bodies["health"])
	asked := make([]inner, len(shapes))
	for i, as := range shapes {
		asked[i].ref.shape = as
	}
	replies, err := decodeBatch(reply{header: http.Header{}, body: batch}, asked)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []any{new(teamwork.Device), new(collection[teamwork.DeviceOperation]), new(teamwork.DeviceHealth), nil, nil, nil} {
		if got := replies[i].value; reflect.TypeOf(got) != reflect.TypeOf(want) {
			t.Errorf("%d was read as %T, want %T", i+1, got, want)
		}
		if !looksLikeObject(replies[i].body) {
			t.Errorf("%d: body %q", i+1, replies[i].body)
		}
	}
	asked[0].ref.shape = many[teamwork.Device]{} // it is none: all bodies are left for later then
	replies, err = decodeBatch(reply{header: http.Header{}, body: batch}, asked)
	if err != nil || len(replies) != len(asked) || replies[1].value != nil || !bytes.Equal(bytes.TrimSpace(bodies["operations"]), replies[1].body) {
		t.Errorf("%v: %+v", err, replies)
	}
}

func differ(got, want any, warnings []teamwork.Warning, err error) error {
	switch {
	case err != nil:
		return err
	case warnings != nil:
		return errors.New(warnings[0].Message)
	case !reflect.DeepEqual(got, want):
		return fmt.Errorf("read as %s: %+v\ninstead of %s: %+v", asJSON(got), got, asJSON(want), want)
	}
	return nil
}

// TestQuickIsAsCareful reads thousands of bodies, most of them a little wrong, in both ways.
func TestQuickIsAsCareful(t *testing.T) {
	bodies := sandboxBodies(t)
	delete(bodies, "batch") // it is long
	bodies["small batch"] = []byte(smallBatch)
	for _, name := range []string{"device", "devices", "activity", "configuration", "health", "operation", "operations"} {
		bodies["our "+name] = []byte(bodyOf(t, name+".json"))
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			as := bothWays[name[strings.LastIndex(name, " ")+1:]]
			if sure, err := as(body); !sure || err != nil {
				t.Fatalf("sure %t: %v", sure, err)
			}
			rounds := 400
			if len(body) > 20_000 {
				rounds = 60
			}
			sure := 0
			for seed := range uint64(rounds) {
				luck := rand.New(rand.NewPCG(seed, 1))
				tree := parseTree(t, body)
				for range 1 + luck.IntN(3) {
					tree = tree.spoil(luck)
				}
				odd := tree.write(nil, luck)
				if luck.IntN(4) == 0 {
					odd = spoilBytes(odd, luck)
				}
				isSure, err := as(odd)
				if err != nil {
					t.Fatalf("seed %d: %v of\n%s", seed, err, odd)
				}
				if isSure {
					sure++
				}
			}
			if sure < rounds/20 {
				t.Errorf("it is sure of %d of %d only", sure, rounds)
			}
		})
	}
}

// TestPageCostsFewAllocations: encoding/json needs some twenty for each operation.
func TestPageCostsFewAllocations(t *testing.T) {
	body := sandboxBodies(t)["operations"]
	n := testing.AllocsPerRun(20, func() {
		if page, _, err := decodePage[teamwork.DeviceOperation](body); err != nil || len(page.Value) != teamwork.DefaultPage {
			t.Fatal(err)
		}
	})
	if n > 8*teamwork.DefaultPage {
		t.Errorf("%v allocations for %d operations", n, teamwork.DefaultPage)
	}
}

// smallBatch has what the sandbox's has not.
const smallBatch = `{"responses":[
	{"id":"2","status":200,"headers":{"Content-Type":"application/json","Cache-Control":"no-cache"},"body":{"id":"d","x":[null,"é"]}},
	{"id":"1","status":200,"headers":{"Content-Type":"application/json","Cache-Control":"no-cache"},"body":{"id":"d"}},
	{"id":"4","status":"429","headers":{"Retry-After":"7","content-type":"text/html"},"body":"aGVsbG8"},
	{"id":"3","status":404,"headers":{"request-id":"inner"},"body":{"error":{"code":"NotFound","message":"No.","innerError":{"date":"2026-01-31"}}}},
	{"id":"5","status":204,"body":null},{"id":"6","status":200,"headers":{}}]}`

// FuzzQuick reads anything as anything, in both ways.
func FuzzQuick(f *testing.F) {
	for _, body := range append(oddBodies, smallBatch) {
		f.Add([]byte(body))
	}
	names, err := filepath.Glob("testdata/bodies/*.json")
	if err != nil || len(names) == 0 {
		f.Fatal(names, err)
	}
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for as, read := range bothWays {
			if sure, err := read(body); sure && err != nil {
				t.Errorf("as %s: %v", as, err)
			}
		}
	})
}

var oddBodies = []string{
	``, ` `, `{}`, `null`, `[]`, `{"value":[]}`, `{"value":null}`, `{"value":{}}`, `{"value":{"id":"a"},"value":{"notes":"b"}}`, `{"VALUE":{"id":"a"}}`,
	`{"id":"a"}x`, `{"id":"a"}` + "\x00", "\ufeff{}", `{"id":"a",}`, `{,}`, `{"id" "a"}`, `{"id":"a" "b"}`, `{"id":"a";}`, `{"id":}`, `{"id"`, `{"id":"a`, `{"id":"\`,
	`{"id":"a","id":"b"}`, `{"id":"a","id":null}`, `{"createdBy":{"user":{"id":"a"}},"createdBy":{"device":{"id":"b"}}}`, `{"ID":"a"}`, `{"\u0069d":"a"}`, `{"ıd":"a","deviceType":"ſip"}`, `{"Kind":"K"}`, "{\"id\":\"\xff\"}", "{\"\xff\":1}", "{\"id\":\"a\tb\"}",
	`{"id":"\ud83d\ude00 \ud83d \u00e9\n\/"}`, `{"id":"\x"}`, `{"x":"\u12g4"}`, `{"x":"\u123g"}`, `{"x":"\u123"}`, `{"x":"\ud800"}`, "{\"x\":\"\xff\xfe\"}", `{"id":5}`, `{"id":null}`, `{"id":{"a":1}}`,
	`{"x":01}`, `{"x":-}`, `{"x":1.}`, `{"x":.5}`, `{"x":1e}`, `{"x":1e+5}`, `{"x":-0.0E-7}`, `{"x":1e999999}`, `{"x":+1}`, `{"x":tru}`, `{"x":truefalse}`, `{"x":nul}`, `{"x":NaN}`,
	`{"displayConfiguration":{"displayCount":2}}`, `{"displayConfiguration":{"displayCount":-0}}`, `{"displayConfiguration":{"displayCount":2.0}}`,
	`{"displayConfiguration":{"displayCount":99999999999999999999}}`, `{"displayConfiguration":{"displayCount":1234567890}}`, `{"displayConfiguration":{"displayCount":"2"}}`,
	`{"hardwareDetail":null,"currentUser":null,"createdDateTime":null}`, `{"hardwareDetail":{"macAddresses":null}}`, `{"hardwareDetail":{"macAddresses":[]}}`,
	`{"hardwareDetail":{"macAddresses":["a",null]}}`, `{"hardwareDetail":[]}`, `{"createdDateTime":"2021-06-19T12-01-03.45Z"}`, `{"createdDateTime":5}`, `{"createdDateTime":"\u0032021"}`,
	`{"createdBy":{"user":{"userIdentityType":"AADUSER"}}}`, `{"createdBy":{"user":{"userIdentityType":7}}}`, `{"createdBy":{"user":{"userIdentityType":""}}}`, `{"createdBy":{"user":{"userIdentityType":"a\n"}}}`,
	`{"value":[{"id":"a"},null]}`, `{"value":[{"id":"a"},{"id":"b","x":[null]}],"@odata.nextLink":"?a=\u0026b"}`, `{"value":[{}],"@ODATA.NEXTLINK":"x"}`, `{"value":[1]}`, `{"value":[[]]}`,
	`{"value":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`, `{"x":` + strings.Repeat(`{"x":`, 150) + `1` + strings.Repeat(`}`, 150) + `}`,
	`{"responses":[{"id":"1","status":200},{"id":"1","status":200}]}`, `{"responses":[{"id":1,"status":"2e2"},{"id":2,"status":2e2},{"id":"\u0033","status":200}]}`, `{"responses":[null]}`,
	twoSpellings(), `{"responses":[{"id":"1","status":200,"headers":null,"body":null}]}`, `{"responses":[{"id":"1","status":200,"headers":{"a":5,"b":null,"c d":"e"}}]}`,
	`{"responses":[{"id":"1","id":"2","status":200}]}`, `{"responses":[{"ID":"1","status":200}]}`, `{"responses":[` + strings.Repeat(`{"id":"9","status":404},`, 45) + `{"id":"1","status":200}]}`,
	`{"responses":{}}`, `{"responses":[],"responses":[{"id":"1","status":200}]}`, `{"responses":[{"id":"1","status":200,"body":{"a":tru}}]}`,
}

// twoSpellings has so many that encoding/json's random choices are not ours by chance.
func twoSpellings() string {
	var members []string
	for i := range maxMembers {
		members = append(members, fmt.Sprintf(`{"id":%d,"status":200,"headers":{"a":"b","A":"c","x":"%d"}}`, i+1, i))
	}
	return `{"responses":[` + strings.Join(members, ",") + `]}`
}

// spoilBytes breaks JSON as transports and people do.
func spoilBytes(body []byte, luck *rand.Rand) []byte {
	at := luck.IntN(len(body))
	switch luck.IntN(4) {
	case 0:
		return body[:at]
	case 1:
		return append(body[:at:at], body[at+1:]...)
	case 2:
		b := bytes.Clone(body)
		b[at] = byte(luck.IntN(256))
		return b
	}
	const odd = "\"\\{}[],:\x00\x1f\x80\xff nt0-"
	return append(append(body[:at:at], odd[luck.IntN(len(odd))]), body[at:]...)
}

func asJSON(v any) []byte {
	text, _ := json.Marshal(v) // for a reader of a failure
	return text
}
