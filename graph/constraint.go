package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"github.com/vektah/gqlparser/v2/ast"
)

// constraints enforces what the schema promises of its inputs: @constraint,
// @oneOf, and that upstream's sentinel is no input. It works on arguments as the
// client gave them, literal or variable: gqlparser checks @oneOf in literals only.
type constraints struct {
	schema *ast.Schema
	refuse func(mutation string, err *teamwork.Error) any
	refused
	// checked holds the fields that have something to check; for all others the
	// interceptor costs a look into this map.
	checked map[*ast.FieldDefinition]bool
}

// newConstraints finds the fields of schema whose arguments promise something.
func newConstraints(schema *ast.Schema, opts Options) *constraints {
	c := &constraints{schema: schema, refuse: opts.Refuse, refused: opts.Refused, checked: map[*ast.FieldDefinition]bool{}}
	for _, t := range schema.Types {
		if t.Kind != ast.Object && t.Kind != ast.Interface {
			continue
		}
		for _, field := range t.Fields {
			for _, arg := range field.Arguments {
				if c.promises(arg.Directives, arg.Type, map[string]bool{}) {
					c.checked[field] = true
				}
			}
		}
	}
	return c
}

// promises reports whether a value of type t, under the given directives, has
// anything to check: a nullable variable may bring null even where a default made it
// valid. seen guards against input types that hold themselves.
func (c *constraints) promises(directives ast.DirectiveList, t *ast.Type, seen map[string]bool) bool {
	if directives.ForName("constraint") != nil || t.NonNull {
		return true
	}
	def := c.schema.Types[t.Name()]
	if def == nil || seen[def.Name] {
		return false
	}
	seen[def.Name] = true
	if def.Directives.ForName("oneOf") != nil || def.EnumValues.ForName(sentinel) != nil {
		return true
	}
	for _, field := range def.Fields {
		if def.Kind == ast.InputObject && c.promises(field.Directives, field.Type, seen) {
			return true
		}
	}
	return false
}

// check is the machine's field interceptor: the resolver of a field whose input
// breaks a promise is not called.
func (c *constraints) check(ctx context.Context, next graphql.Resolver) (any, error) {
	field := graphql.GetFieldContext(ctx).Field
	if !c.checked[field.Definition] {
		return next(ctx)
	}
	err := c.violation(field.Definition, field.ArgumentMap(graphql.GetOperationContext(ctx).Variables))
	if err == nil {
		return next(ctx)
	}
	if field.ObjectDefinition != nil && field.ObjectDefinition == c.schema.Mutation && c.refuse != nil {
		c.field(ctx, field, graphql.GetOperationContext(ctx).Variables, refusedInvalid)
		if answer := c.refuse(field.Name, err); answer != nil {
			return answer, nil
		}
	}
	return nil, err
}

// usualDepth is how deep the schema's inputs lie within each other; a deeper one would cost an
// allocation.
const usualDepth = 4

// violation returns the first promise that args break, nil if they keep all.
func (c *constraints) violation(field *ast.FieldDefinition, args map[string]any) *teamwork.Error {
	for _, arg := range field.Arguments {
		if value, given := args[arg.Name]; given {
			v := visit{schema: c.schema, path: append(make([]string, 0, usualDepth), arg.Name)}
			if err := v.given(arg.Directives, arg.Type, value); err != nil {
				return err
			}
		}
	}
	return nil
}
