package main

import (
	"cmp"
	"slices"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
)

// view is what the template sees, in an order of its own: gqlgen's maps have none.
type view struct {
	Objects  []*codegen.Object
	Abstract []*codegen.Interface
	Enums    []*config.TypeReference
}

func (v *view) sort() {
	slices.SortFunc(v.Objects, func(a, b *codegen.Object) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(v.Abstract, func(a, b *codegen.Interface) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(v.Enums, func(a, b *config.TypeReference) int { return cmp.Compare(a.Definition.Name, b.Definition.Name) })
}

// possible returns the names of an abstract type's objects, each once.
func possible(i *codegen.Interface) []string {
	var names []string
	for _, implementor := range i.Implementors {
		if !slices.Contains(names, implementor.Name) {
			names = append(names, implementor.Name)
		}
	}
	return names
}
