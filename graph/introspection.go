package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
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

// MutateOperationContext allows what gqlgen forbids unless told.
func (i introspectable) MutateOperationContext(_ context.Context, op *graphql.OperationContext) *gqlerror.Error {
	op.DisableIntrospection = !i.open
	return nil
}
