package graph

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// codeCost is the code of an operation that costs too much.
const codeCost = "COST_LIMIT_EXCEEDED"

// costs estimates operations before anything of them is executed, and refuses those beyond
// a limit. What things cost stands in the schema, in @cost and @listSize.
type costs struct {
	schema *ast.Schema
	limit  int
}

// within returns what an operation costs, or refuses it.
func (c costs) within(op *graphql.OperationContext) (cost int, err *gqlerror.Error) {
	if cost = c.estimate(op); cost <= c.limit {
		return cost, nil
	}
	err = &gqlerror.Error{
		Message:    fmt.Sprintf("the operation costs %d as estimated; the limit is %d: ask for fewer things at a time", cost, c.limit),
		Extensions: map[string]any{"cost": map[string]any{"estimated": cost, "limit": c.limit}},
	}
	errcode.Set(err, codeCost)
	return cost, err
}

// estimate is what an operation costs at most, lists of unknown length counted once.
func (c costs) estimate(op *graphql.OperationContext) int {
	e := estimator{schema: c.schema, op: op, fragments: map[costKey]int{}}
	return e.set(op.Operation.SelectionSet, sized{})
}

// dearest is more than any limit: what lists and fragments multiply is not counted on.
const dearest = 1 << 40

// sized says that a list has so many items, and by what the schema names the fields
// that hold them.
type sized struct {
	items  int
	fields *ast.Value
}

// costKey is a fragment where it is spread: below a list its cost may be multiplied.
type costKey struct {
	name string
	sized
}

// estimator counts one operation. Each fragment is counted once for each list.
type estimator struct {
	schema    *ast.Schema
	op        *graphql.OperationContext
	fragments map[costKey]int
}

// set is the cost of a selection set, which may be that of a list's object.
func (e *estimator) set(set ast.SelectionSet, list sized) (cost int) {
	for _, selection := range set {
		one := 0
		switch s := selection.(type) {
		case *ast.Field:
			one = e.field(s, list)
		case *ast.InlineFragment:
			one = e.set(s.SelectionSet, list)
		case *ast.FragmentSpread:
			one = e.fragment(s.Name, list)
		}
		cost = min(cost+one, dearest)
	}
	return cost
}

func (e *estimator) fragment(name string, list sized) int {
	key := costKey{name, list}
	if cost, known := e.fragments[key]; known {
		return cost
	}
	cost := 0
	if f := e.op.Doc.Fragments.ForName(name); f != nil {
		cost = e.set(f.SelectionSet, list)
	}
	e.fragments[key] = cost
	return cost
}

// field is what a field costs with all that is below it.
func (e *estimator) field(f *ast.Field, list sized) int {
	if f.Definition == nil {
		return 0
	}
	times, below := 1, sized{}
	if size := f.Definition.Directives.ForName("listSize"); size != nil {
		items := e.items(f, size.Arguments.ForName("slicingArguments"))
		if fields := size.Arguments.ForName("sizedFields"); fields != nil {
			below = sized{items, fields.Value}
		} else {
			times = items
		}
	}
	if list.fields != nil && names(list.fields, f.Name) {
		times = list.items
	}
	each := e.set(f.SelectionSet, below)
	if each > 0 && times > dearest/each { // the product may be more than a number holds
		return dearest
	}
	return min(e.weight(f.Definition)+times*each, dearest)
}

// weight is the static cost of a field: its own, its type's, or what is usual.
func (e *estimator) weight(f *ast.FieldDefinition) int {
	of := e.schema.Types[f.Type.Name()]
	for _, directives := range []ast.DirectiveList{f.Directives, of.Directives} {
		if cost := directives.ForName("cost"); cost != nil {
			weight, err := strconv.Atoi(cost.Arguments.ForName("weight").Value.Raw)
			if err != nil {
				return dearest
			}
			return weight
		}
	}
	if of.IsCompositeType() {
		return 1
	}
	return 0
}

// items is the largest of a list's slicing arguments.
func (e *estimator) items(f *ast.Field, slicing *ast.Argument) (most int) {
	if slicing == nil {
		return 1
	}
	args := f.ArgumentMap(e.op.Variables)
	for _, name := range slicing.Value.Children {
		most = max(most, lengthOf(args, name.Value.Raw))
	}
	return most
}

// lengthOf is a number that was given, or the length of a list; names of what is in an
// input object are joined by dots.
func lengthOf(args map[string]any, name string) int {
	var value any = args
	for part := range strings.SplitSeq(name, ".") {
		object, _ := value.(map[string]any)
		value = object[part]
	}
	if items, isList := value.([]any); isList {
		return len(items)
	}
	if n, isNumber := asInt(value); isNumber {
		return int(min(max(n, 0), dearest))
	}
	return 1
}

func names(list *ast.Value, name string) bool {
	for _, one := range list.Children {
		if one.Value.Raw == name {
			return true
		}
	}
	return false
}
