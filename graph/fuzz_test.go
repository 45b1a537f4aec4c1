package graph

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// longestLook bounds the time for one input, on a machine that does other things too.
const longestLook = 10 * time.Second

// FuzzOperations: whatever document comes, and whatever variables with it, what is
// admitted is within the limits, counted again by a simple walk, and its cost is a number.
func FuzzOperations(f *testing.F) {
	for document, variables := range map[string]string{
		`{ devices(first: 3) { nodes { id ...d } } } fragment d on Device { operations(first: 2) { nodes { status } } }`: ``,
		`query($n: Int = 5, $f: DeviceFilter) { devices(first: $n, filter: $f) { edges { cursor } } }`:                   `{"n":100,"f":{"deviceType":"SIP"}}`,
		`mutation($i: CreateDeviceOperationInput!) { createDeviceOperation(input: $i) { replayed } }`:                    `{"i":{"deviceId":"d","operationType":"DEVICE_RESTART"}}`,
		`subscription { deviceOperations(deviceIds: ["a"]) { kind } }`:                                                   `{}`,
		`{ nodes(ids: ["a", "b"]) { ... on Device @include(if: true) { a: id } __typename } }`:                           `{"ids":[1,2]}`,
		`{ __schema { types { fields { type { ofType { name } } } } } }`:                                                 `null`,
		exploding(12, "x: __typename"): ``,
		deep(30):                       ``,
		`{ ...a } fragment a on Query { ...b ...a }`:     ``,
		"query a { __typename } query b { __typename } ": ``,
	} {
		f.Add(document, variables)
	}
	h := NewHandler(Options{Resolvers: &root{}})
	f.Fuzz(func(t *testing.T, document, variables string) {
		params := &graphql.RawParams{Query: document}
		if variables != "" && decodeJSON([]byte(variables), &params.Variables) != nil {
			return
		}
		began := time.Now()
		op, errs := h.exec.CreateOperationContext(graphql.StartOperationTrace(t.Context()), params)
		if took := time.Since(began); took > longestLook {
			t.Errorf("it took %v", took)
		}
		if len(errs) > 0 {
			return
		}
		if cost := h.costs.estimate(op); cost < 0 || cost > dearest {
			t.Errorf("it costs %d", cost)
		}
		w := walked{doc: op.Doc}
		w.set(op.Operation.SelectionSet, 1)
		if w.deepest > depthLimit.most || w.fields > fieldLimit.most || w.aliases > aliasLimit.most {
			t.Errorf("admitted with %+v", w)
		}
	})
}

// walked counts a valid operation as slowly as can be, up to a limit.
type walked struct {
	doc                      *ast.QueryDocument
	deepest, fields, aliases int
}

func (w *walked) set(set ast.SelectionSet, level int) {
	for _, selection := range set {
		if w.fields > fieldLimit.most {
			return
		}
		switch s := selection.(type) {
		case *ast.Field:
			w.fields++
			w.deepest = max(w.deepest, level)
			if s.Alias != s.Name {
				w.aliases++
			}
			w.set(s.SelectionSet, level+1)
		case *ast.InlineFragment:
			w.set(s.SelectionSet, level)
		case *ast.FragmentSpread:
			w.set(w.doc.Fragments.ForName(s.Name).SelectionSet, level)
		}
	}
}

// FuzzVariables: whatever variables come, they are refused, or every promise of the schema
// is checked without a panic, and what is refused is somebody's fault and named.
func FuzzVariables(f *testing.F) {
	documents := []string{
		`query($v: DeviceLookup!) { device(by: $v) { id } }`,
		`query($v: DeviceFilter) { devices(filter: $v) { nodes { id } } }`,
		`query($v: [ID!]!) { nodes(ids: $v) { id } }`,
		`query($v: Int) { devices(first: $v) { nodes { id } } }`,
		`query($v: String) { devices(after: $v) { nodes { id } } }`,
		`mutation($v: CreateDeviceOperationInput!) { createDeviceOperation(input: $v) { replayed } }`,
		`mutation($v: CreateDeviceOperationsInput!) { createDeviceOperations(input: $v) { replayed } }`,
	}
	for _, value := range []string{`{"id":"x"}`, `{"deviceId":null}`, `{}`, `null`, `1e999`, `-0`, `[[]]`, `{"deviceType":"SIP"}`, `["a",1,null]`, `"\u0000"`, `true`, `9223372036854775808`,
		`{"deviceId":"a","operationType":"DEVICE_RESTART","idempotencyKey":"k"}`, `{"deviceIds":["a"],"operationType":"UNKNOWN_FUTURE_VALUE"}`, `{"deviceId":{"a":[1.5]},"x":1}`} {
		f.Add(value)
	}
	h := NewHandler(Options{Resolvers: &root{}})
	c := newConstraints(parsedSchema, Options{})
	f.Fuzz(func(t *testing.T, value string) {
		if !json.Valid([]byte(value)) {
			return
		}
		for _, document := range documents {
			params := &graphql.RawParams{Query: document}
			if decodeJSON([]byte(`{"v":`+value+`}`), &params.Variables) != nil {
				continue
			}
			op, errs := h.exec.CreateOperationContext(graphql.StartOperationTrace(t.Context()), params)
			for _, err := range errs {
				if err.Message == "" {
					t.Errorf("%s: refused without a word", document)
				}
			}
			if len(errs) > 0 {
				continue
			}
			if cost := h.costs.estimate(op); cost < 0 || cost > dearest {
				t.Errorf("%s: costs %d", document, cost)
			}
			field := op.Operation.SelectionSet[0].(*ast.Field)
			if refused := c.violation(field.Definition, field.ArgumentMap(op.Variables)); refused != nil && refused.Message == "" {
				t.Errorf("%s: refused without a word", document)
			}
		}
	})
}
