package graph

import (
	"iter"

	"github.com/vektah/gqlparser/v2/ast"
)

// selections are all of a set and below it. What a fragment brings that is spread there is
// not among them.
func selections(set ast.SelectionSet) iter.Seq[ast.Selection] {
	return func(yield func(ast.Selection) bool) { eachSelection(set, yield) }
}

func eachSelection(set ast.SelectionSet, yield func(ast.Selection) bool) bool {
	for _, selection := range set {
		if !yield(selection) {
			return false
		}
		var below ast.SelectionSet
		switch s := selection.(type) {
		case *ast.Field:
			below = s.SelectionSet
		case *ast.InlineFragment:
			below = s.SelectionSet
		}
		if !eachSelection(below, yield) {
			return false
		}
	}
	return true
}
