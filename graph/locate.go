package graph

import (
	"context"
	"fmt"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
)

// argumentOf names the input that an error of validation is about: the argument and
// what lies below it, nil if it is about none. The validator knows the place of a
// literal, or the name of a variable; a client with a form wants the argument. It is
// worth a second parse: only invalid requests pay it.
func argumentOf(ctx context.Context, said *gqlerror.Error) []string {
	if !graphql.HasOperationContext(ctx) {
		return nil
	}
	doc := readAgain(ctx)
	if doc == nil {
		return nil
	}
	if len(said.Path) > 1 && said.Path[0] == ast.PathName("variable") {
		name := fmt.Sprint(said.Path[1])
		path := argumentIn(doc, func(v *ast.Value) bool { return v.Kind == ast.Variable && v.Raw == name })
		if path == nil {
			return nil
		}
		for _, step := range said.Path[2:] {
			path = append(path, fmt.Sprint(step))
		}
		return path
	}
	for _, at := range said.Locations {
		path := argumentIn(doc, func(v *ast.Value) bool {
			return v.Position != nil && v.Position.Line == at.Line && v.Position.Column == at.Column
		})
		if path != nil {
			return path
		}
	}
	return nil
}

// rejection presents why an operation is not executed: the first of many errors, for each
// of which an argument may have to be looked for, in a document that is read again once.
func (h *Handler) rejection(ctx context.Context, op *graphql.OperationContext, errs gqlerror.List) *graphql.Response {
	read := sync.OnceValue(func() *ast.QueryDocument {
		doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: op.RawQuery}, tokenLimit)
		if err != nil {
			return nil
		}
		return doc
	})
	ctx = context.WithValue(graphql.WithOperationContext(ctx, op), readAgainKey{}, read)
	return h.exec.DispatchError(ctx, errs[:min(len(errs), maxErrors)])
}

type readAgainKey struct{}

// readAgain returns the document of an operation that is being refused, nil for any other.
func readAgain(ctx context.Context) *ast.QueryDocument {
	if read, ok := ctx.Value(readAgainKey{}).(func() *ast.QueryDocument); ok {
		return read()
	}
	return nil
}

// argumentIn returns the path to the first value in the document's arguments that is
// meant.
func argumentIn(doc *ast.QueryDocument, meant func(*ast.Value) bool) []string {
	for _, op := range doc.Operations {
		if path := argumentBelow(op.SelectionSet, meant); path != nil {
			return path
		}
	}
	for _, fragment := range doc.Fragments {
		if path := argumentBelow(fragment.SelectionSet, meant); path != nil {
			return path
		}
	}
	return nil
}

// argumentBelow looks through a selection. Fragments are not followed: each is looked
// at where it is defined.
func argumentBelow(selections ast.SelectionSet, meant func(*ast.Value) bool) []string {
	for _, selection := range selections {
		var below ast.SelectionSet
		switch s := selection.(type) {
		case *ast.Field:
			for _, arg := range s.Arguments {
				if path := pathTo(arg.Value, []string{arg.Name}, meant); path != nil {
					return path
				}
			}
			below = s.SelectionSet
		case *ast.InlineFragment:
			below = s.SelectionSet
		}
		if path := argumentBelow(below, meant); path != nil {
			return path
		}
	}
	return nil
}

// pathTo returns the path to the value that is meant, nil if it is neither this one
// nor below it. Items of a list are named by the list.
func pathTo(value *ast.Value, path []string, meant func(*ast.Value) bool) []string {
	if value == nil {
		return nil
	}
	if meant(value) {
		return path
	}
	for _, child := range value.Children {
		below := path
		if child.Name != "" {
			below = append(append([]string(nil), path...), child.Name)
		}
		if found := pathTo(child.Value, below, meant); found != nil {
			return found
		}
	}
	return nil
}
