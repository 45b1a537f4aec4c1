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
	h := NewHandler(Options{Resolvers: &root{}})
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
		began := time.Now()
		told := answerTo(h, document)
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%s: it took %v", name, took)
		}
		if n := strings.Count(told, `"message"`); n < 1 || n > maxErrors {
			t.Errorf("%s: %d errors in %.200s", name, n, told)
		}
	}
}
