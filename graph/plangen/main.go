// Command plangen generates gqlgen's machine and, from the same bindings, the code that
// writes plain data straight to JSON: there is no second truth about the schema.
package main

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/99designs/gqlgen/plugin"
	"github.com/vektah/gqlparser/v2/ast"
)

//go:embed plan.gotpl
var planTemplate string

func main() {
	cfg, err := config.LoadConfigFromDefaultLocations()
	if err == nil {
		err = api.Generate(cfg, api.AddPlugin(plans{}))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "plangen:", err)
		os.Exit(1)
	}
}

// plans is the plugin that gqlgen hands its bindings to.
type plans struct{}

var _ interface {
	plugin.Plugin
	plugin.CodeGenerator
} = plans{}

// Name names the plugin.
func (plans) Name() string { return "plans" }

// GenerateCode writes plan_gen.go beside gqlgen's own file.
func (plans) GenerateCode(data *codegen.Data) error {
	view := view{}
	for _, object := range data.Objects {
		if object.BuiltIn {
			continue
		}
		if err := supported(object); err != nil {
			return err
		}
		view.Objects = append(view.Objects, object)
	}
	for _, abstract := range data.Interfaces {
		if !abstract.BuiltIn {
			view.Abstract = append(view.Abstract, abstract)
		}
	}
	seen := map[string]bool{}
	for _, ref := range data.ReferencedTypes {
		if ref.HasEnumValues() && !ref.IsSlice() && !ref.Definition.BuiltIn && !seen[ref.Definition.Name] {
			seen[ref.Definition.Name] = true
			view.Enums = append(view.Enums, ref)
		}
	}
	view.sort()
	return templates.Render(templates.Options{
		PackageName:     data.Config.Exec.Package,
		Filename:        filepath.Join(filepath.Dir(data.Config.Exec.Filename), "plan_gen.go"),
		GeneratedHeader: true,
		Template:        planTemplate,
		Data:            view,
		Funcs: map[string]any{
			"names":    possible,
			"place":    slices.Index[[]string],
			"repeated": func(name string) bool { return slices.Contains(repeated, name) },
			"value":    func(ref *config.TypeReference, expr string) value { return value{ref, expr} },
		},
		Packages: data.Config.Packages,
	})
}

// repeated are types of which a list's items often have the same value.
var repeated = []string{"IdentitySet", "ResourceMeta"}

// supported reports what the template can't write. A field that resolves must be able to
// be null, or the null would have to propagate out of what is already written; the root's
// null is the whole answer's.
func supported(object *codegen.Object) error {
	for _, f := range object.Fields {
		switch {
		case f.IsReserved():
		case f.IsResolver && !object.Root && (!f.IsBatch() || f.TypeReference.GQL.NonNull):
			return fmt.Errorf("%s.%s: a resolver that is not at the root must be a batch's, and nullable", object.Name, f.Name)
		case !f.IsResolver && (f.IsMap() || f.MethodHasContext || f.IsMethod() && !f.NoErr || f.VOkFunc || f.HasHaser || len(f.Args) > 0):
			return fmt.Errorf("%s.%s: plain data is a field, or a method without arguments and error", object.Name, f.Name)
		}
	}
	return nil
}

// value is a Go expression and the type that it is written as.
type value struct {
	Ref  *config.TypeReference
	Expr string
}

// Scalar returns the writer's method for a leaf, which gqlgen binds to a function.
func (v value) Scalar() (string, error) {
	if v.Ref.Marshaler == nil {
		return "", fmt.Errorf("%s is written by a method of its own", v.Ref.Definition.Name)
	}
	name, known := strings.CutPrefix(v.Ref.Marshaler.Name(), "Marshal")
	switch {
	case !known || v.Ref.CastType != nil:
		return "", fmt.Errorf("%s is written by %s, which is unknown here", v.Ref.Definition.Name, v.Ref.Marshaler.Name())
	case name == "ID":
		name = "String"
	}
	return "write" + name, nil
}

// Kind is ast's kind of the type.
func (v value) Kind() ast.DefinitionKind { return v.Ref.Definition.Kind }
