package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// refused hears of a mutation that is not executed, and why; nil for nobody.
type refused func(ctx context.Context, mutation string, args map[string]any, outcome string)

// Why a mutation is not executed.
const (
	refusedInvalid   = "invalid"
	refusedForbidden = "forbidden"
	refusedCost      = "cost limit"
	refusedBudget    = "cost budget"
)

// field tells of one mutation.
func (r refused) field(ctx context.Context, field graphql.CollectedField, variables map[string]any, outcome string) {
	if r != nil {
		r(ctx, field.Name, field.ArgumentMap(variables), outcome)
	}
}

// all tells of every mutation of an operation.
func (r refused) all(ctx context.Context, op *graphql.OperationContext, outcome string) {
	if r == nil || op == nil || op.Operation == nil || op.Operation.Operation != ast.Mutation {
		return
	}
	for _, field := range graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Mutation"}) {
		r.field(ctx, field, op.Variables, outcome)
	}
}
