package graph

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// selection is what is asked of an object: a selection set as gqlgen collects it for the
// object's type, resolved to the numbers that the generated code knows fields by.
type selection struct {
	steps []step
}

// step is a field of a selection.
type step struct {
	number int
	key    string // the response key, quoted, and a colon
	field  graphql.CollectedField
	object string // the type that the field is of
	// path leads from the answer's root to the field, with a nil for each index.
	path []*step

	of      *selection   // below, for an object
	choices []*selection // below, for each type that an abstract type may be of
	resolve *plannedResolver
}

// typeName is the number of __typename in every type.
const typeName = 0

// plannedType is an object type of the schema, as generated.
type plannedType struct {
	implementors []string
	fields       map[string]plannedField
}

// plannedField is a field of an object type, whose numbers begin at one.
type plannedField struct {
	number  int
	resolve *plannedResolver
}

// plannedResolver calls the resolver of a field.
type plannedResolver struct {
	nonNull bool
	args    func(ctx context.Context, ec *executionContext, raw map[string]any) (map[string]any, error)
	call    func(ctx context.Context, ec *executionContext, fc *graphql.FieldContext, parents []any) (resolved, error)
	// wrap is for what an interceptor answered in the resolver's place, and for the events
	// of a subscription, which has neither args nor call.
	wrap func(value any) resolved
}

// planner resolves the selections of one operation.
type planner struct {
	op     *graphql.OperationContext
	schema *ast.Schema
	covers covers
}

// covers reports whether a caller for whom the resolvers of above were called may see below.
type covers func(above []*ast.FieldDefinition, below *ast.FieldDefinition) bool

// errUnplanned says that a document asks for what only gqlgen can answer, such as the
// schema itself.
type errUnplanned string

func (e errUnplanned) Error() string { return "no plan for " + string(e) }

// object resolves a selection set for an object type.
func (p *planner) object(name string, set ast.SelectionSet, path []*step) (*selection, error) {
	planned, known := plannedTypes[name]
	if !known {
		return nil, errUnplanned(name)
	}
	fields := graphql.CollectFields(p.op, set, planned.implementors)
	s := &selection{steps: make([]step, 0, len(fields))} // of which each has the address of its own
	keys := map[string]bool{}
	for _, field := range fields {
		if keys[field.Alias] { // __typename of a union and of its member: gqlgen, too, writes one
			continue
		}
		keys[field.Alias] = true
		s.steps = append(s.steps, step{})
		f := &s.steps[len(s.steps)-1]
		f.field, f.object, f.key = field, name, inQuotes(field.Alias)+":"
		f.path = append(path[:len(path):len(path)], f)
		if field.Name == "__typename" {
			continue
		}
		target, known := planned.fields[field.Name]
		if !known {
			return nil, errUnplanned(name + "." + field.Name)
		}
		f.number, f.resolve = target.number, target.resolve
		if f.resolve == nil && !p.covers(resolversAbove(path), field.Definition) {
			return nil, errUnplanned(name + "." + field.Name)
		}
		if err := p.below(f); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// resolversAbove are the fields whose resolvers were called before anything is written there.
func resolversAbove(path []*step) (above []*ast.FieldDefinition) {
	for _, f := range path {
		if f != nil && f.resolve != nil {
			above = append(above, f.field.Definition)
		}
	}
	return above
}

// below resolves what is asked of a field's value.
func (p *planner) below(f *step) (err error) {
	if len(f.field.Selections) == 0 {
		return nil
	}
	path, typ := f.path, f.field.Definition.Type
	for ; typ.Elem != nil; typ = typ.Elem {
		path = append(path[:len(path):len(path)], nil)
	}
	if p.schema.Types[typ.NamedType].Kind == ast.Object {
		f.of, err = p.object(typ.NamedType, f.field.Selections, path)
		return err
	}
	choices := plannedChoices[typ.NamedType]
	f.choices = make([]*selection, len(choices))
	for i, choice := range choices {
		if f.choices[i], err = p.object(choice, f.field.Selections, path); err != nil {
			return err
		}
	}
	return nil
}

// inQuotes is a response key, which GraphQL bounds to letters, digits and underscores.
func inQuotes(name string) string {
	text, err := json.Marshal(name)
	if err != nil {
		panic(fmt.Sprintf("a response key that can't be written: %q", name))
	}
	return string(text)
}
