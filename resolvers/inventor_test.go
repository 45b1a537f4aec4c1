package resolvers

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

var contract = sync.OnceValues(func() (*ast.Schema, error) {
	text, err := os.ReadFile("../schema.graphqls")
	if err != nil {
		return nil, err
	}
	return gqlparser.LoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
})

// inventor invents documents. A response key always stands for the same field with the
// same arguments, so that what it invents is valid, and merges.
type inventor struct {
	*rand.Rand
	schema    *ast.Schema
	fragments strings.Builder
	named     int
	room      int // for fields
}

func newInventor(source *rand.Rand) *inventor { return &inventor{Rand: source, room: 120} }

// request returns the body of a request.
func (v *inventor) request(t *testing.T) []byte {
	t.Helper()
	var err error
	if v.schema, err = contract(); err != nil {
		t.Fatal(err)
	}
	head, root := "query", v.schema.Query
	if v.IntN(8) == 0 {
		head, root = "mutation", v.schema.Mutation
	}
	// Every variable must be used.
	document := fmt.Sprintf("%s asked($a: Boolean! = true, $b: Boolean! = false) { used: __typename @skip(if: $a) @include(if: $b) %s", head, v.set(root, 5)[1:])
	variables := map[string]any{"a": v.IntN(2) == 0, "b": v.IntN(2) == 0}
	body, err := json.Marshal(map[string]any{"query": document + v.fragments.String(), "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// set is a selection set of a type.
func (v *inventor) set(typ *ast.Definition, depth int) string {
	var b strings.Builder
	b.WriteString("{")
	for range 1 + v.IntN(6) {
		b.WriteString(" " + v.selection(typ, depth))
	}
	b.WriteString(" }")
	return b.String()
}

func (v *inventor) selection(typ *ast.Definition, depth int) string {
	if depth <= 0 || v.room <= 0 {
		return "__typename"
	}
	v.room--
	switch n := v.IntN(10); {
	case n == 0:
		return "__typename"
	case n == 1 || n < 6 && typ.IsAbstractType():
		return "..." + v.condition(typ) + v.directive() + " " + v.set(v.concrete(typ), depth-1)
	case n == 2:
		v.named++
		name := fmt.Sprintf("f%d", v.named)
		within := v.concrete(typ)
		set := v.set(within, depth-1)
		fmt.Fprintf(&v.fragments, " fragment %s on %s %s", name, within.Name, set)
		return "..." + name + v.directive()
	}
	return v.field(typ, depth)
}

// concrete is a type that a condition may speak of.
func (v *inventor) concrete(typ *ast.Definition) *ast.Definition {
	possible := v.schema.GetPossibleTypes(typ)
	if !typ.IsAbstractType() {
		return typ
	}
	return possible[v.named%len(possible)]
}

func (v *inventor) condition(typ *ast.Definition) string {
	if v.named++; !typ.IsAbstractType() && v.IntN(2) == 0 {
		return ""
	}
	return " on " + v.concrete(typ).Name
}

func (v *inventor) directive() string {
	if v.IntN(5) > 0 {
		return ""
	}
	return " @" + []string{"skip", "include"}[v.IntN(2)] + "(if: " + []string{"true", "false", "$a", "$b"}[v.IntN(4)] + ")"
}

func (v *inventor) field(typ *ast.Definition, depth int) string {
	var known ast.FieldList
	for _, f := range typ.Fields {
		if !strings.HasPrefix(f.Name, "__") {
			known = append(known, f)
		}
	}
	if len(known) == 0 {
		return "__typename"
	}
	f := known[v.IntN(len(known))]
	of := v.schema.Types[f.Type.Name()]
	alias := ""
	if v.IntN(8) == 0 {
		alias = fmt.Sprintf("x%d_%s: ", v.IntN(2), f.Name)
	}
	text := alias + f.Name + argumentsOf[typ.Name+"."+f.Name] + v.directive()
	if of.IsCompositeType() {
		text += " " + v.set(of, depth-1)
	}
	return text
}

// argumentsOf are the arguments of the fields that have some, by their coordinate.
var argumentsOf = map[string]string{
	"Query.node":                      fmt.Sprintf(`(id: %q)`, mixedIDs[1]),
	"Query.nodes":                     fmt.Sprintf(`(ids: [%q, %q, "nonsense", %q])`, mixedIDs[0], mixedIDs[1], teamwork.DeviceGlobalID("gone")),
	"Query.device":                    `(by: {deviceId: "d1"})`,
	"Query.devices":                   `(first: 3)`,
	"Query.deviceOperation":           `(by: {key: {deviceId: "d1", operationId: "o2"}})`,
	"Query.deviceOperations":          `(deviceId: "d2", filter: {isFinal: false})`,
	"Device.operations":               `(first: 4)`,
	"Device.latestOperation":          `(operationTypes: [DEVICE_RESTART, SOFTWARE_UPDATE])`,
	"Mutation.createDeviceOperation":  `(input: {deviceId: "d1", operationType: DEVICE_RESTART})`,
	"Mutation.createDeviceOperations": `(input: {deviceIds: ["d1", "d2", "d1"], operationType: DEVICE_RESTART})`,
}
