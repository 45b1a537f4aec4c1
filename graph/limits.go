package graph

import (
	"context"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// limit is one bound on what a document may ask.
type limit struct {
	most int
	what string // as in "the document has N …"
}

// The bounds on a document. They count what fragments bring wherever they are spread.
var (
	depthLimit     = limit{20, "levels of fields"}
	aliasLimit     = limit{30, "aliases"}
	rootLimit      = limit{20, "fields at its root"}
	directiveLimit = limit{50, "directives"}
	fieldLimit     = limit{5000, "fields"}
	// The validator compares all fields of one name in a selection set with one another,
	// and what is below them. So many may be there once more.
	repeatLimit = limit{250, "fields that are asked for more than once"}
)

// codeLimit is the code of a document that is beyond a limit.
const codeLimit = "DOCUMENT_LIMIT_EXCEEDED"

// limited keeps documents that ask for too much from the validator, whose time is
// quadratic, and from the executor.
type limited struct {
	documents documents
	schema    *ast.Schema
	rules     *rules.Rules
	// accepted hears of each request whose document is within the limits and valid.
	accepted func(context.Context, *graphql.RawParams)
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
} = limited{}

func newLimited(d documents, schema *ast.Schema, accepted func(context.Context, *graphql.RawParams)) limited {
	return limited{documents: d, schema: schema, rules: withoutSuggestions(), accepted: accepted}
}

// withoutSuggestions are the executor's rules: what it would suggest gives the schema away.
func withoutSuggestions() *rules.Rules {
	r := rules.NewDefaultRules()
	r.RemoveRule("FieldsOnCorrectType")
	r.AddRule(rules.FieldsOnCorrectTypeRuleWithoutSuggestions.Name, rules.FieldsOnCorrectTypeRuleWithoutSuggestions.RuleFunc)
	r.RemoveRule("ScalarLeafs")
	r.AddRule(rules.ScalarLeafsRuleWithoutSuggestions.Name, rules.ScalarLeafsRuleWithoutSuggestions.RuleFunc)
	return r
}

// ExtensionName names the extension.
func (limited) ExtensionName() string { return "Limits" }

// Validate finds nothing to check.
func (limited) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters refuses a document beyond a limit. One that is within them
// and valid is remembered, so that the executor finds it; the errors of any other are the
// executor's to tell.
func (l limited) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	if deeper(params.Variables, mostVariableLevels) {
		return overLimit(fmt.Sprintf("the variables nest more than %d levels", mostVariableLevels))
	}
	if _, known := l.documents.Get(ctx, params.Query); known {
		l.accepted(ctx, params)
		return nil
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: params.Query}, tokenLimit)
	switch {
	case err != nil && strings.Contains(err.Error(), "token limit"): // the parser has no better word for it
		return beyond(limit{tokenLimit, "tokens"}, "more")
	case err != nil:
		return nil //nolint:nilerr // the executor tells it
	}
	if err := withinLimits(doc); err != nil {
		return err
	}
	if len(doc.Operations) > 0 && len(validator.ValidateWithRules(l.schema, doc, l.rules)) == 0 {
		l.documents.Add(ctx, strings.Clone(params.Query), doc) // it may be cut from a text that has more
		l.accepted(ctx, params)
	}
	return nil
}

// mostVariableLevels bounds how deep variables nest.
const mostVariableLevels = 20

// deeper reports whether JSON nests more than so many levels.
func deeper(value any, levels int) bool {
	switch v := value.(type) {
	case map[string]any:
		for _, one := range v {
			if levels == 0 || deeper(one, levels-1) {
				return true
			}
		}
	case []any:
		for _, one := range v {
			if levels == 0 || deeper(one, levels-1) {
				return true
			}
		}
	}
	return false
}

func beyond(l limit, has any) *gqlerror.Error {
	return overLimit(fmt.Sprintf("the document has %v %s; the limit is %d", has, l.what, l.most))
}

func overLimit(message string) *gqlerror.Error {
	err := &gqlerror.Error{Message: message}
	errcode.Set(err, codeLimit)
	return err
}

// withinLimits returns which limit a document is beyond, nil if none.
func withinLimits(doc *ast.QueryDocument) *gqlerror.Error {
	c := newCounter(doc)
	var all tally
	for _, op := range doc.Operations {
		one := c.set(op.SelectionSet)
		if one.keys > rootLimit.most {
			return beyond(rootLimit, one.keys)
		}
		one.directives += len(op.Directives)
		all.add(one)
	}
	for _, f := range doc.Fragments { // also those that are spread nowhere
		all.directives += len(f.Directives)
		if c.fragments[f.Name] == nil {
			all.add(c.fragment(f))
		}
	}
	for _, one := range []struct {
		limit
		has int
	}{
		{depthLimit, all.depth}, {aliasLimit, all.aliases}, {directiveLimit, all.directives},
		{fieldLimit, all.fields}, {repeatLimit, all.repeats}, {describedLimit, int(all.described.all)},
	} {
		if one.has > one.most {
			return beyond(one.limit, one.has)
		}
	}
	return nil
}
