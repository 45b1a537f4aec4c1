package graph

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"github.com/vektah/gqlparser/v2/ast"
)

func TestAcceptChoosesTheBestOfWhatWeWrite(t *testing.T) {
	for _, c := range []struct {
		accept string
		media  string
	}{
		{"application/json", plainJSON},
		{"application/graphql-response+json", graphQLResponse},
		{"*/*", plainJSON},
		{"application/*;q=0.8", plainJSON},
		{"application/json;q=0.1, application/graphql-response+json;q=0.2", graphQLResponse},
		{"application/json; charset=utf-8", plainJSON},
		{"application/json; charset=utf-16", ""},
		{"application/json;q=0", ""},
		{"application/json;q=high", ""},
		{"text/html", ""},
		{"", ""},
		{";;;", ""},
	} {
		if media, ok := negotiate([]string{c.accept}); media != c.media || ok != (c.media != "") {
			t.Errorf("Accept %q chooses %q, want %q", c.accept, media, c.media)
		}
	}
	if media, ok := negotiate(nil); media != plainJSON || !ok {
		t.Errorf("no Accept chooses %q", media)
	}
}

func TestEveryKindOfErrorHasACode(t *testing.T) {
	for _, kind := range teamwork.Kinds() {
		if codeOf[kind] == "" {
			t.Errorf("kind %q has no code", kind)
		}
	}
	if len(codeOf) != len(teamwork.Kinds()) {
		t.Errorf("%d codes for %d kinds", len(codeOf), len(teamwork.Kinds()))
	}
}

func TestDocumentsOfOneClientDoNotDriveOutTheRest(t *testing.T) {
	d := newDocuments()
	d.Add(t.Context(), "{ small }", &ast.QueryDocument{})
	long := "{ " + strings.Repeat("x", longestDocument) + " }"
	d.Add(t.Context(), long, &ast.QueryDocument{})
	if _, ok := d.Get(context.Background(), long); ok {
		t.Error("a huge document is kept")
	}
	if _, ok := d.Get(context.Background(), "{ small }"); !ok {
		t.Error("a small document is not kept")
	}
}

// TestEveryInputThatPromisesIsChecked walks the schema by itself: a field whose
// arguments hold a promise anywhere is one whose resolver waits for the check.
func TestEveryInputThatPromisesIsChecked(t *testing.T) {
	c := newConstraints(parsedSchema, Options{})
	checked := map[string]bool{}
	for _, def := range parsedSchema.Types {
		for _, field := range def.Fields {
			if c.checked[field] {
				checked[def.Name+"."+field.Name] = true
			}
		}
	}
	for _, name := range []string{"Query.nodes", "Query.device", "Query.devices", "Query.deviceOperation", "Query.deviceOperations",
		"Device.operations", "Device.latestOperation", "Mutation.createDeviceOperation", "Mutation.createDeviceOperations"} {
		if !checked[name] {
			t.Errorf("%s is not checked", name)
		}
	}
	if checked["Query.upstreamStatus"] || checked["Device.id"] {
		t.Error("a field that promises nothing is checked")
	}
}

func FuzzParams(f *testing.F) {
	for _, seed := range []string{`{"query":"{ a }"}`, `{"query":null}`, `[]`, `{"query":"{a}","variables":{"a":1e999}}`, "\xff", `{"query":"{a}"}x`,
		`{"query":"{ a\n\"b\" \\ \/ \t }","operationName":"A","variables":{"a":[1,-2.5e3,null,true,false,"é\u00e9",{"b":{}}],"c":""},"extensions":null}`,
		`{"documentId":"x","extensions":{"a":{"b":1}}}`, `{"query":"{a}","query":"{b}"}`, `{"query":"{a}","Query":"{b}"}`, `{"query":"{a}","variables":{"a":1,"a":2}}`,
		`{"query":"{a}","variables":[]}`, `{"query":1}`, `{"query":"{a}","more":{}}`, `{"query":"\ud800"}`, `{"query":"{a}","variables":{"\u0061":1,"a":2}}`, ` { } `,
		`{"query":"\u0000","variables":{"":1,"a":{"":[]}}}`, "{\"query\":\"{a}\"}\x00", `{"query":"{a}","variables":` + strings.Repeat(`{"a":`, 101) + "1" + strings.Repeat("}", 102),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		params, problem := paramsOf(http.MethodPost, body)
		if want, wrong := slowParams(body); utf8.Valid(body) && (!reflect.DeepEqual(params, want) || !reflect.DeepEqual(problem, wrong)) {
			t.Errorf("%q gives %#v and %v, and read slowly %#v and %v", body, params, problem, want, wrong)
		}
		if (params == nil) == (problem == nil) {
			t.Errorf("%q gives params %v and problem %v", body, params, problem)
		}
		if problem != nil && len(body) > 8 && strings.Contains(problem.message, string(body)) {
			t.Errorf("%q is repeated in %q", body, problem.message)
		}
	})
}
