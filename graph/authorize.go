package graph

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"github.com/vektah/gqlparser/v2/ast"
)

// scopes is what @requiresScopes asks for: every scope of at least one list.
type scopes [][]string

// authorizer enforces @requiresScopes, of a field and of the type that it returns. It is
// an interceptor: the resolver of a field that the caller may not see is not called. A
// plan has no interceptor for plain data, so it is not made for plain data that asks for
// more than the resolver above it.
type authorizer struct {
	schema  *ast.Schema
	granted func(context.Context) Granted
	refuse  func(mutation string, err *teamwork.Error) any
	refused refused
	needs   map[*ast.FieldDefinition][]scopes
}

func newAuthorizer(schema *ast.Schema, opts Options) *authorizer {
	a := &authorizer{schema: schema, granted: opts.Granted, refuse: opts.Refuse, refused: opts.Refused, needs: map[*ast.FieldDefinition][]scopes{}}
	for _, t := range schema.Types {
		for _, field := range t.Fields {
			if needs := needsOf(schema, field); len(needs) > 0 {
				a.needs[field] = needs
			}
		}
	}
	return a
}

// needsOf is all that a field asks of its caller: for itself, and for whatever its value
// may be.
func needsOf(schema *ast.Schema, field *ast.FieldDefinition) (needs []scopes) {
	add := func(directives ast.DirectiveList) {
		if d := directives.ForName("requiresScopes"); d != nil {
			needs = append(needs, scopesOf(d))
		}
	}
	add(field.Directives)
	if of := schema.Types[field.Type.Name()]; of != nil && of.IsCompositeType() {
		for _, possible := range schema.GetPossibleTypes(of) {
			add(possible.Directives)
		}
	}
	return needs
}

func scopesOf(d *ast.Directive) (s scopes) {
	for _, list := range d.Arguments.ForName("scopes").Value.Children {
		var all []string
		for _, one := range list.Value.Children {
			all = append(all, one.Value.Raw)
		}
		s = append(s, all)
	}
	return s
}

// met reports whether the caller has what is asked for.
func (s scopes) met(by Granted) bool {
	for _, list := range s {
		all := true
		for _, one := range list {
			all = all && by.Grants(one)
		}
		if all {
			return true
		}
	}
	return false
}

// String says it in words.
func (s scopes) String() string {
	lists := make([]string, len(s))
	for i, list := range s {
		lists[i] = strings.Join(list, " and ")
	}
	return strings.Join(lists, ", or ")
}

// check is the interceptor.
func (a *authorizer) check(ctx context.Context, next graphql.Resolver) (any, error) {
	field := graphql.GetFieldContext(ctx).Field
	needs := a.needs[field.Definition]
	if len(needs) == 0 || a.granted == nil {
		return next(ctx)
	}
	has := a.granted(ctx)
	for _, s := range needs {
		if s.met(has) {
			continue
		}
		if !graphql.GetFieldContext(ctx).IsResolver {
			// What is null, as in the answer to a create that was refused, needs nobody's leave.
			if value, err := next(ctx); err == nil && hasNothing(value) {
				return value, nil
			}
		}
		err := &teamwork.Error{Kind: teamwork.Forbidden, Message: "this needs the scope " + s.String(), Unsent: true, Scopes: s}
		if field.ObjectDefinition == a.schema.Mutation && a.refuse != nil {
			a.refused.field(ctx, field, graphql.GetOperationContext(ctx).Variables, refusedForbidden)
			if answer := a.refuse(field.Name, err); answer != nil {
				return answer, nil
			}
		}
		return nil, err
	}
	return next(ctx)
}

// hasNothing reports whether plain data is null.
func hasNothing(value any) bool {
	v := reflect.ValueOf(value)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// meetsAll reports whether the context's caller has all that is asked for.
func (a *authorizer) meetsAll(ctx context.Context, needs []scopes) bool {
	if a.granted == nil || len(needs) == 0 {
		return true
	}
	has := a.granted(ctx)
	return !slices.ContainsFunc(needs, func(s scopes) bool { return !s.met(has) })
}

// needsAll is all that the fields of an operation ask of its caller, also those that are
// skipped.
func (a *authorizer) needsAll(op *graphql.OperationContext) []scopes {
	all := map[string]scopes{} // by what they say: many fields ask for the same
	spread := map[string]bool{}
	var within func(ast.SelectionSet)
	within = func(set ast.SelectionSet) {
		for selection := range selections(set) {
			switch s := selection.(type) {
			case *ast.Field:
				for _, need := range a.needs[s.Definition] {
					all[need.String()] = need
				}
			case *ast.FragmentSpread:
				if !spread[s.Name] {
					spread[s.Name] = true
					within(op.Doc.Fragments.ForName(s.Name).SelectionSet)
				}
			}
		}
	}
	within(op.Operation.SelectionSet)
	return slices.Collect(maps.Values(all))
}

// covers reports whether a caller for whom the resolvers of above were called may see below.
func (a *authorizer) covers(above []*ast.FieldDefinition, below *ast.FieldDefinition) bool {
	needs := a.needs[below]
	if len(needs) == 0 {
		return true
	}
	var has []scopes
	for _, field := range above {
		has = append(has, a.needs[field]...)
	}
	return !slices.ContainsFunc(needs, func(need scopes) bool { return !implied(has, need) })
}

// listed are scopes that a caller has who may do what needs them.
type listed []string

func (l listed) Grants(scope string) bool { return slices.Contains(l, scope) }

// implied reports whether whoever meets all of has meets need: for each list of one of
// them, need has a list of no more.
func implied(has []scopes, need scopes) bool {
	for _, s := range has {
		all := len(s) > 0
		for _, list := range s {
			all = all && need.met(listed(list))
		}
		if all {
			return true
		}
	}
	return false
}
