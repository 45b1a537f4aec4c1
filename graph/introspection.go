package graph

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// introspectable lets clients read the schema, unless it is closed.
type introspectable struct{ open bool }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationContextMutator
} = introspectable{}

// ExtensionName names the extension.
func (introspectable) ExtensionName() string { return "Introspection" }

// Validate finds nothing to check.
func (introspectable) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext allows what gqlgen forbids unless told. Where it is forbidden, gqlgen
// would make it a failure of ours.
func (i introspectable) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	op.DisableIntrospection = !i.open
	if i.open || !readsSchema(op.Doc, op.Operation.SelectionSet) {
		return nil
	}
	err := &gqlerror.Error{Message: "this server keeps its schema to itself"}
	errcode.Set(err, errcode.ValidationFailed)
	return err
}

// readsSchema reports whether a selection at the root asks for the schema.
func readsSchema(doc *ast.QueryDocument, root ast.SelectionSet) bool {
	return slices.ContainsFunc(root, func(selection ast.Selection) bool {
		switch s := selection.(type) {
		case *ast.Field:
			return s.Name == "__schema" || s.Name == "__type"
		case *ast.InlineFragment:
			return readsSchema(doc, s.SelectionSet)
		case *ast.FragmentSpread: // of a valid document: it is there, and in no circle
			return readsSchema(doc, doc.Fragments.ForName(s.Name).SelectionSet)
		}
		return false
	})
}
