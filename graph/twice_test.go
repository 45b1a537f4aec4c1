package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestNameThatStandsTwiceIsRefused(t *testing.T) {
	many := func(last string) string {
		var b strings.Builder
		for i := range 40 {
			fmt.Fprintf(&b, `"a%d":%d,`, i, i)
		}
		return `{"query":"{ a }","variables":{` + b.String() + last + `}}`
	}
	for _, c := range []struct {
		name, body string
		refused    bool
	}{
		{"two queries", `{"query":"{ a }","query":"{ b }"}`, true},
		{"the same query twice", `{"query":"{ a }","query":"{ a }"}`, true},
		{"another case", `{"query":"{ a }","Query":"{ b }"}`, true},
		{"a letter that folds", `{"extensions":{},"extenſions":{},"query":"{ a }"}`, true},
		{"escaped", `{"query":"{ a }","qu\u0065ry":"{ b }"}`, true},
		{"null and a query", `{"query":null,"query":"{ b }"}`, true},
		{"two sets of variables", `{"query":"{ a }","variables":{},"variables":{"a":1}}`, true},
		{"a variable", `{"query":"{ a }","variables":{"a":1,"a":2}}`, true},
		{"deep in a variable", `{"query":"{ a }","variables":{"a":[{"b":{"c":1 , "c" : 2}}]}}`, true},
		{"a hash", `{"extensions":{"persistedQuery":{"sha256Hash":"x","sha256Hash":"y"}}}`, true},
		{"what nobody reads", `{"query":"{ a }","x":1,"x":2}`, true},
		{"one of many variables", many(`"a7":1`), true},
		{"many variables", many(`"A7":1`), false},
		{"variables of two cases", `{"query":"{ a }","variables":{"a":1,"A":2}}`, false},
		{"the same name in two objects", `{"query":"{ a }","variables":{"a":{"b":1},"c":{"b":1},"b":1,"query":1}}`, false},
		{"names as values", `{"query":"query","operationName":"query","variables":{"a":["a","a"],"b":"a\":"}}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			params, problem := decodeParams([]byte(c.body))
			if (problem != nil) != c.refused {
				t.Errorf("got %+v and %+v", params, problem)
			}
			if problem != nil && problem.status != http.StatusBadRequest {
				t.Errorf("status %d", problem.status)
			}
		})
	}
}

func TestVariablesOfAGETHaveNoNameTwice(t *testing.T) {
	for raw, refused := range map[string]bool{
		"query=%7Ba%7D&variables=%7B%22a%22%3A1%2C%22a%22%3A2%7D": true, "query=%7Ba%7D&variables=%7B%22a%22%3A1%2C%22A%22%3A2%7D": false,
		"query=%7Ba%7D&query=%7Bb%7D": true, "query=%7Ba%7D&variables=%7B%7D&variables=%7B%7D": true, "query=%7Ba%7D&x=1&x=2": false,
	} {
		if _, problem := paramsOfQuery(raw); (problem != nil) != refused {
			t.Errorf("%s: %+v", raw, problem)
		}
	}
}

// TestNamesAreComparedSoon reads the largest body of names that there can be.
func TestNamesAreComparedSoon(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(`{"query":"{ a }"`)
	for i := 0; b.Len() < 256<<10; i++ {
		fmt.Fprintf(&b, `,"%x":0`, i)
	}
	b.WriteByte('}')
	soon(t, 2*time.Second, func() {
		if _, problem := decodeParams(b.Bytes()); problem != nil {
			t.Errorf("refused: %+v", problem)
		}
	})
}

// FuzzTwice compares with encoding/json's tokens.
func FuzzTwice(f *testing.F) {
	for _, text := range []string{`{"a":1,"a":2}`, `[{"a":{"b":1}},{"a":"b\\\":"}]`, `{"a":1,"\u0061":2}`, `{"a" : {"a":[]} , "b":{}}`, `"a"`, `{"k":1,"K":2,"K":3}`, `{"\ud800":1,"\ufffd":2}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if !json.Valid(text) || !utf8.Valid(text) { // nothing else gets so far
			return
		}
		d := json.NewDecoder(bytes.NewReader(text))
		if want, got := slowlyTwice(d), twice(text, false); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
		if twice(text, false) && !twice(text, true) {
			t.Errorf("%q: not in any case", text)
		}
	})
}

// slowlyTwice reads one value.
func slowlyTwice(d *json.Decoder) (found bool) {
	token, _ := d.Token()
	names := map[string]bool{}
	switch token {
	case json.Delim('{'):
		for d.More() {
			name, _ := d.Token()
			found = found || names[name.(string)]
			names[name.(string)] = true
			found = slowlyTwice(d) || found
		}
		_, _ = d.Token()
	case json.Delim('['):
		for d.More() {
			found = slowlyTwice(d) || found
		}
		_, _ = d.Token()
	}
	return found
}

func BenchmarkTwice(b *testing.B) {
	body := []byte(`{"query":"query($id: ID!) { device(by: {id: $id}) { id deviceType operations(first: 5) { nodes { status } } } }","operationName":null,"variables":{"id":"RGV2aWNlOmE"}}`)
	b.ReportAllocs()
	for b.Loop() {
		if twice(body, true) {
			b.Fatal("twice")
		}
	}
}
