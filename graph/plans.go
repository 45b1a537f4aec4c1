package graph

import (
	"context"
	"slices"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/maypok86/otter/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// planned answers queries and mutations by plan, where there can be one; what else there
// is, gqlgen executes.
type planned struct {
	*executableSchema
	plans  *otter.Cache[*ast.OperationDefinition, *plans]
	covers covers
	told   told
}

// mostPlans bounds the operations whose plans are remembered; documents bounds those that
// may come again.
const mostPlans = 2000

func withPlans(schema *executableSchema, c covers) *planned {
	return &planned{
		executableSchema: schema, covers: c,
		plans: otter.Must(&otter.Options[*ast.OperationDefinition, *plans]{MaximumSize: mostPlans}),
	}
}

// Exec returns what executes the operation.
func (p *planned) Exec(ctx context.Context) graphql.ResponseHandler {
	op := graphql.GetOperationContext(ctx)
	s := p.planOf(op)
	if s == nil || op.Operation.Operation == ast.Subscription {
		return p.executableSchema.Exec(ctx)
	}
	r := p.run(op)
	over := false
	return func(ctx context.Context) *graphql.Response {
		if over {
			return nil
		}
		over = true
		return &graphql.Response{Data: r.execute(ctx, s)}
	}
}

func (p *planned) run(op *graphql.OperationContext) *run {
	return &run{ec: newExecutionContext(op, p.executableSchema, nil), op: op}
}

// tell writes the event that was pulled. Where no resolver had a say in it and nothing was
// wrong, it is the same for whoever asks for it alike: who was let subscribe may see it.
func (p *planned) tell(ctx context.Context, presenter presenter, s *source) *graphql.Response {
	ctx = graphql.WithResponseContext(ctx, presenter.present, presenter.recovered)
	r := p.run(graphql.GetOperationContext(ctx))
	data, plain := r.tell(ctx, s.plan, s.event)
	resp := &graphql.Response{Data: data, Errors: graphql.GetErrors(ctx)}
	if plain && len(resp.Errors) == 0 {
		p.told.keep(telling{s.plan, s.event}, data)
	}
	return resp
}

// planOf returns the operation's plan, nil if it can't have one.
func (p *planned) planOf(op *graphql.OperationContext) *selection {
	all, known := p.plans.GetIfPresent(op.Operation)
	if !known {
		all = &plans{conditions: conditionsOf(op)}
		p.plans.Set(op.Operation, all)
	}
	return all.of(op, p)
}

// plans are those of one operation: one for each way in which its conditions may turn out.
type plans struct {
	conditions []string
	mu         sync.Mutex
	known      map[uint]*selection // nil for one that can't be
}

// mostConditions keeps a document from having more plans than anybody asks for.
const mostConditions = 6

func (all *plans) of(op *graphql.OperationContext, p *planned) *selection {
	if len(all.conditions) > mostConditions {
		return nil
	}
	var way uint
	for i, name := range all.conditions {
		if met, _ := op.Variables[name].(bool); met {
			way |= 1 << i
		}
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	s, known := all.known[way]
	if known {
		return s
	}
	planner := planner{op: op, schema: p.Schema(), covers: p.covers}
	s, err := planner.object(rootType(p.Schema(), op.Operation.Operation).Name, op.Operation.SelectionSet, nil)
	if err != nil {
		s = nil
	}
	if all.known == nil {
		all.known = map[uint]*selection{}
	}
	all.known[way] = s
	return s
}

func rootType(schema *ast.Schema, kind ast.Operation) *ast.Definition {
	switch kind {
	case ast.Mutation:
		return schema.Mutation
	case ast.Subscription:
		return schema.Subscription
	}
	return schema.Query
}

// conditionsOf returns the variables that decide what is skipped and included.
func conditionsOf(op *graphql.OperationContext) []string {
	var names []string
	seen := func(directives ast.DirectiveList) {
		for _, d := range directives {
			if arg := d.Arguments.ForName("if"); arg != nil && arg.Value.Kind == ast.Variable && !slices.Contains(names, arg.Value.Raw) {
				names = append(names, arg.Value.Raw)
			}
		}
	}
	within := func(set ast.SelectionSet) {
		for selection := range selections(set) {
			switch s := selection.(type) {
			case *ast.Field:
				seen(s.Directives)
			case *ast.InlineFragment:
				seen(s.Directives)
			case *ast.FragmentSpread:
				seen(s.Directives)
			}
		}
	}
	within(op.Operation.SelectionSet)
	for _, f := range op.Doc.Fragments {
		within(f.SelectionSet)
	}
	return names
}
