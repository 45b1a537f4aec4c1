package graph

import (
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// operationOf is a valid operation with its variables.
func operationOf(t testing.TB, document string, variables map[string]any) *graphql.OperationContext {
	t.Helper()
	doc, errs := gqlparser.LoadQueryWithRules(parsedSchema, document, withoutSuggestions())
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	op := &graphql.OperationContext{Doc: doc, Operation: doc.Operations[0]}
	var err error
	if op.Variables, err = validator.VariableValues(parsedSchema, op.Operation, variables); err != nil {
		t.Fatal(err)
	}
	return op
}

func TestCostIsWhatTheSchemaSays(t *testing.T) {
	for _, c := range []struct {
		name, document string
		variables      map[string]any
		want           int
	}{
		{"a scalar", `{ __typename }`, nil, 0},
		{"an object", `{ upstreamStatus { circuit } }`, nil, 1},
		{"a call", `{ device(by: {deviceId: "d"}) { id } }`, nil, 5},
		{"a page by its default", `{ devices { nodes { hardwareDetail { model } } } }`, nil, 5 + 1 + 20*1},
		{"a page by a literal", `{ devices(first: 50) { nodes { hardwareDetail { model } } } }`, nil, 5 + 1 + 50},
		{"a page by a variable", `query($n: Int!) { devices(first: $n) { nodes { hardwareDetail { model } } } }`, map[string]any{"n": 7}, 5 + 1 + 7},
		{"a variable's default", `query($n: Int! = 9) { devices(first: $n) { nodes { hardwareDetail { model } } } }`, nil, 5 + 1 + 9},
		{"what is beside the items", `{ devices(first: 50) { pageInfo { hasNextPage } meta { stale } } }`, nil, 5 + 1 + 1},
		{"edges", `{ devices(first: 10) { edges { node { health { meta { stale } } } } } }`, nil, 5 + 1 + 10*(1+5+1)},
		{"lists in a list", `{ devices(first: 50) { nodes { operations(first: 5) { nodes { meta { stale } } } } } }`, nil, 5 + 1 + 50*(5+1+5*1)},
		{"a list of ids", `query($ids: [ID!]!) { nodes(ids: $ids) { ... on Device { health { meta { stale } } } } }`, map[string]any{"ids": []any{"a", "b", "c"}}, 5 + 3*(5+1)},
		{"a fragment", `{ devices(first: 3) { ...page } } fragment page on DeviceConnection { nodes { ...d } } fragment d on Device { meta { stale } }`, nil, 5 + 1 + 3},
		{"a fragment twice", `{ a: device(by: {deviceId: "d"}) { ...d } b: device(by: {deviceId: "d"}) { ...d } } fragment d on Device { health { meta { stale } } }`, nil, 2 * (5 + 5 + 1)},
		{"a create", `mutation { createDeviceOperation(input: {deviceId: "d", operationType: DEVICE_RESTART}) { deviceOperation { id } userErrors { __typename } } }`, nil, 10 + 2},
		{"a create of many", `mutation($ids: [ID!]!) { createDeviceOperations(input: {deviceIds: $ids, operationType: DEVICE_RESTART}) { results { deviceOperation { id } } } }`,
			map[string]any{"ids": []any{"a", "b"}}, 10 + 2*(1+1)},
		{"a page that will be refused", `{ devices(first: -5) { nodes { meta { stale } } } }`, nil, 5 + 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := (costs{schema: parsedSchema}).estimate(operationOf(t, c.document, c.variables)); got != c.want {
				t.Errorf("estimated %d, want %d", got, c.want)
			}
		})
	}
}

func TestWhatCostsTooMuchIsRefusedWithFigures(t *testing.T) {
	c := costs{schema: parsedSchema, limit: 100}
	op := operationOf(t, `{ devices(first: 100) { nodes { meta { stale } } } }`, nil)
	_, err := c.within(op)
	if err == nil || !strings.Contains(err.Message, "106") || !strings.Contains(err.Message, "100") || err.Extensions["code"] != codeCost {
		t.Fatalf("refused with %+v", err)
	}
	c.limit = 106
	if _, err := c.within(op); err != nil {
		t.Error(err)
	}
}

// TestEveryNameInTheCostsIsThere keeps @cost and @listSize from speaking of nothing.
func TestEveryNameInTheCostsIsThere(t *testing.T) {
	for _, typ := range parsedSchema.Types {
		for _, field := range typ.Fields {
			size := field.Directives.ForName("listSize")
			if size == nil {
				continue
			}
			for _, name := range size.Arguments.ForName("slicingArguments").Value.Children {
				arg, below, nested := strings.Cut(name.Value.Raw, ".")
				given := field.Arguments.ForName(arg)
				if given == nil || nested && parsedSchema.Types[given.Type.Name()].Fields.ForName(below) == nil {
					t.Errorf("%s.%s has no argument %s", typ.Name, field.Name, name.Value.Raw)
				}
			}
			if fields := size.Arguments.ForName("sizedFields"); fields != nil {
				for _, name := range fields.Value.Children {
					if parsedSchema.Types[field.Type.Name()].Fields.ForName(name.Value.Raw) == nil {
						t.Errorf("%s.%s has no %s", typ.Name, field.Name, name.Value.Raw)
					}
				}
			}
		}
	}
}

// TestEstimateNeverTurnsOver asks for more than a number holds.
func TestEstimateNeverTurnsOver(t *testing.T) {
	op := operationOf(t, `query($n: Int!) { devices(first: $n) { nodes { operations(first: $n) { nodes { device { operations(first: $n) { nodes { meta { stale } } } } } } } } }`,
		map[string]any{"n": 1<<31 - 1})
	if cost := (costs{schema: parsedSchema}).estimate(op); cost != dearest {
		t.Errorf("estimated %d", cost)
	}
}

// TestFragmentsAreCountedOnce asks for what would take a lifetime otherwise.
func TestFragmentsAreCountedOnce(t *testing.T) {
	op := operationOf(t, "{ __typename }", nil)
	doc, err := gqlparser.LoadQueryWithRules(parsedSchema, `{ upstreamStatus { circuit } }`, withoutSuggestions())
	if err != nil {
		t.Fatal(err)
	}
	next := doc.Operations[0].SelectionSet
	for i := range 60 {
		name := strings.Repeat("f", i+1)
		op.Doc.Fragments = append(op.Doc.Fragments, &ast.FragmentDefinition{Name: name, SelectionSet: next})
		next = ast.SelectionSet{&ast.FragmentSpread{Name: name}, &ast.FragmentSpread{Name: name}}
	}
	op.Operation.SelectionSet = next
	done := make(chan int, 1)
	go func() { done <- (costs{schema: parsedSchema}).estimate(op) }()
	select {
	case cost := <-done:
		if cost != dearest {
			t.Errorf("estimated %d", cost)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it takes a lifetime")
	}
}

// BenchmarkLimits is what the limits and the estimate add to a document that is new, and
// the estimate alone to one that is known.
func BenchmarkLimits(b *testing.B) {
	document := `query($n: Int!) { devices(first: $n) { nodes { id deviceId operations(first: 5) { nodes { id status operationType error { code message }
		createdBy { user { id displayName } } createdDateTime meta { fetchedAt stale } } pageInfo { hasNextPage endCursor } } } } }`
	op := operationOf(b, document, map[string]any{"n": 50})
	b.Run("limits", func(b *testing.B) {
		for b.Loop() {
			if withinLimits(op.Doc) != nil {
				b.Fatal("refused")
			}
		}
	})
	b.Run("cost", func(b *testing.B) {
		c := costs{schema: parsedSchema, limit: 1e6}
		for b.Loop() {
			if _, err := c.within(op); err != nil {
				b.Fatal("refused")
			}
		}
	})
}
