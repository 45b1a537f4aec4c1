package graph

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestManyErrorsAreToldSoon sends documents in which everything is wrong: what each error
// is about must not be looked for by reading the document anew.
func TestManyErrorsAreToldSoon(t *testing.T) {
	var fields, variables strings.Builder
	for i := range 4900 {
		fmt.Fprintf(&fields, "a%d ", i)
	}
	for i := range 1200 {
		fmt.Fprintf(&variables, "$a%d: Int ", i)
	}
	for name, document := range map[string]string{
		"fields": "{ upstreamStatus { " + fields.String() + "} }", "variables": "query(" + variables.String() + ") { __typename }",
		"arguments": "{ " + strings.Repeat("devices(first: true) { nodes { id } } ", 150) + "}",
	} {
		t.Run(name, func(t *testing.T) {
			soon(t, 2*time.Second, func() {
				told := answerTo(NewHandler(Options{Resolvers: &root{}}), document)
				if n := strings.Count(told, `"message"`); n < 1 || n > maxErrors {
					t.Errorf("%d errors in %.200s", n, told)
				}
			})
		})
	}
}
