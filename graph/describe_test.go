package graph

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// wholeSchema is the query by which tools read a schema, with all that they may ask for.
func wholeSchema() string {
	return `query IntrospectionQuery { __schema { description queryType { name kind } mutationType { name kind } subscriptionType { name kind }
		types { ...FullType } directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
	fragment FullType on __Type { kind name description specifiedByURL isOneOf
		fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
		inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef } enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
	fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
	fragment TypeRef on __Type { kind name ` + strings.Repeat("ofType { kind name ", 9) + strings.Repeat("}", 9) + ` }`
}

func TestSchemaIsDescribedWithinReason(t *testing.T) {
	const twoLevels = "fields { name args { name type { name } } type { name fields { name args { name type { name } } type { name kind } } } }"
	const oneLevel = "types { kind name description enumValues { name description } fields { name description args { name type { name } } " +
		"type { name kind description ofType { name kind description ofType { name kind description ofType { name } } } } } }"
	var schemas, lists, types strings.Builder
	for i := range 20 {
		fmt.Fprintf(&schemas, "s%d: __schema { %s } ", i, oneLevel)
		fmt.Fprintf(&lists, "t%d: %s ", i, oneLevel)
		fmt.Fprintf(&types, `d%d: __type(name: "Device") { name kind description fields { name type { name ofType { name } } } } `, i)
	}
	for _, c := range []struct {
		name, document string
		refused        bool
	}{
		{"the whole schema", wholeSchema(), false},
		{"one type", `{ __type(name: "Device") { name fields { name description args { name defaultValue type { name } } type { name kind ofType { name kind ofType { name } } } } } }`, false},
		{"names", "{ __schema { types { name fields { type { name fields { name } } } } } }", false},
		{"twenty types", "{ " + types.String() + "}", false},
		{"types of fields of types", "{ __schema { types { " + twoLevels + " } } }", true},
		{"by fragments", "{ __schema { ...s } } fragment s on __Schema { types { ...t } } fragment t on __Type { " + twoLevels + " }", true},
		{"by one type's", `{ __type(name: "Device") { possibleTypes { ` + twoLevels + ` } ` + twoLevels + ` } }`, true},
		{"many schemas", "{ " + schemas.String() + "}", true},
		{"many lists of types", "{ __schema { " + lists.String() + "} }", true},
		{"names that are ours", "{ devices { types { " + twoLevels + " } } }", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLimited(newDocuments(), parsedSchema, ignored)
			err := l.MutateOperationParameters(t.Context(), &graphql.RawParams{Query: c.document})
			if (err != nil) != c.refused || err != nil && !strings.Contains(err.Message, "parts of the schema, as estimated; the limit is 100000") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestEstimatesOfTheSchemaAreNotExceeded describes all, and counts what was written.
func TestEstimatesOfTheSchemaAreNotExceeded(t *testing.T) {
	h := NewHandler(Options{Resolvers: &root{}})
	for _, document := range []string{
		wholeSchema(), `{ __schema { types { name fields { name type { name } } } } }`, `{ __type(name: "Device") { fields { name type { fields { name } } } } }`,
		`{ __type(name: "Node") { possibleTypes { name fields { name } } } }`,
	} {
		doc, err := parser.ParseQuery(&ast.Source{Input: document})
		if err != nil {
			t.Fatal(err)
		}
		estimated := newCounter(doc).set(doc.Operations[0].SelectionSet).described.all
		written := float64(strings.Count(answerTo(h, document), `":`))
		t.Logf("%.0f are estimated, %.0f are written", estimated, written)
		if written == 0 || written > estimated {
			t.Errorf("%s: %.0f are written, %.0f were estimated", document, written, estimated)
		}
	}
}

func answerTo(h *Handler, document string) string {
	body := `{"query":` + strconv.Quote(strings.Join(strings.Fields(document), " ")) + `}`
	req := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec.Body.String()
}
