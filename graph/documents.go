package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/maypok86/otter/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

const (
	// documentsWeight bounds the remembered documents by their text, in bytes; a
	// parsed document is some thirty times its text.
	documentsWeight = 2 << 20
	// longestDocument keeps one client's huge documents from driving out the rest.
	longestDocument = 16 << 10
)

// documents remembers documents that were parsed and found valid. Invalid ones are
// never added.
type documents struct {
	cache *otter.Cache[string, *ast.QueryDocument]
}

var _ graphql.Cache[*ast.QueryDocument] = documents{}

func newDocuments() documents {
	return documents{otter.Must(&otter.Options[string, *ast.QueryDocument]{
		MaximumWeight: documentsWeight,
		Weigher:       func(text string, _ *ast.QueryDocument) uint32 { return uint32(len(text)) },
	})}
}

// Get returns the document with exactly this text.
func (d documents) Get(_ context.Context, text string) (*ast.QueryDocument, bool) {
	return d.cache.GetIfPresent(text)
}

// Add remembers a document.
func (d documents) Add(_ context.Context, text string, doc *ast.QueryDocument) {
	if len(text) <= longestDocument {
		d.cache.Set(text, doc)
	}
}
