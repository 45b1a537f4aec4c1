package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
)

// argumentAt names the argument whose literal an error of validation points at, ""
// if it points elsewhere. The validator knows only the place; a client with a form
// wants the name. It is worth a second parse: only invalid documents pay it.
func argumentAt(ctx context.Context, at []gqlerror.Location) string {
	if len(at) == 0 || !graphql.HasOperationContext(ctx) {
		return ""
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: graphql.GetOperationContext(ctx).RawQuery}, tokenLimit)
	if err != nil {
		return ""
	}
	for _, place := range at {
		for _, op := range doc.Operations {
			if name := argumentIn(op.SelectionSet, place); name != "" {
				return name
			}
		}
		for _, fragment := range doc.Fragments {
			if name := argumentIn(fragment.SelectionSet, place); name != "" {
				return name
			}
		}
	}
	return ""
}

// argumentIn looks through a selection. Fragments are not followed: each is looked
// at where it is defined.
func argumentIn(selections ast.SelectionSet, at gqlerror.Location) string {
	for _, selection := range selections {
		var below ast.SelectionSet
		switch s := selection.(type) {
		case *ast.Field:
			for _, arg := range s.Arguments {
				if holds(arg.Value, at) {
					return arg.Name
				}
			}
			below = s.SelectionSet
		case *ast.InlineFragment:
			below = s.SelectionSet
		}
		if name := argumentIn(below, at); name != "" {
			return name
		}
	}
	return ""
}

// holds reports whether a literal, or a part of it, starts at the given place.
func holds(value *ast.Value, at gqlerror.Location) bool {
	if value == nil {
		return false
	}
	if p := value.Position; p != nil && p.Line == at.Line && p.Column == at.Column {
		return true
	}
	for _, child := range value.Children {
		if holds(child.Value, at) {
			return true
		}
	}
	return false
}
