package teamwork

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	gql "github.com/vektah/gqlparser/v2/ast"
)

// constantsOf reads the sources: type name → constant name → word.
func constantsOf(t *testing.T) map[string]map[string]string {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]string{}
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.CONST && !strings.HasSuffix(path, "_test.go") {
				for _, spec := range d.Specs {
					addConstant(all, spec.(*ast.ValueSpec))
				}
			}
		}
	}
	return all
}

// addConstant adds a constant that is a string of a named type.
func addConstant(all map[string]map[string]string, spec *ast.ValueSpec) {
	typ, ok := spec.Type.(*ast.Ident)
	if !ok || len(spec.Values) != 1 {
		return
	}
	literal, ok := spec.Values[0].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return
	}
	word, err := strconv.Unquote(literal.Value)
	if err != nil {
		panic(err)
	}
	if all[typ.Name] == nil {
		all[typ.Name] = map[string]string{}
	}
	all[typ.Name][spec.Names[0].Name] = word
}

// schemaEnums reads the contract: enum name → value → true.
func schemaEnums(t *testing.T) map[string]map[string]bool {
	t.Helper()
	text := source(t, "schema.graphqls")
	schema, err := gqlparser.LoadSchema(&gql.Source{Name: "schema.graphqls", Input: text})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]bool{}
	for name, def := range schema.Types {
		if def.Kind != gql.Enum || strings.HasPrefix(name, "__") {
			continue
		}
		all[name] = map[string]bool{}
		for _, v := range def.EnumValues {
			all[name][v.Name] = true
		}
	}
	return all
}

var (
	modelLine = regexp.MustCompile(`^  (\w+):$`)
	enumLine  = regexp.MustCompile(`^      (\w+):$`)
	valueLine = regexp.MustCompile(`^        value: (\S+)\.(\w+)$`)
)

// boundEnums reads gqlgen.yml: enum name → value → constant name.
func boundEnums(t *testing.T) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	var model, value string
	for line := range strings.Lines(source(t, "gqlgen.yml")) {
		line = strings.TrimRight(line, "\n")
		if m := modelLine.FindStringSubmatch(line); m != nil {
			model = m[1]
		}
		if m := enumLine.FindStringSubmatch(line); m != nil {
			value = m[1]
		}
		if m := valueLine.FindStringSubmatch(line); m != nil {
			if !strings.HasSuffix(m[1], "/internal/teamwork") {
				t.Errorf("%s.%s is bound to %s", model, value, m[1])
			}
			if all[model] == nil {
				all[model] = map[string]string{}
			}
			all[model][value] = m[2]
		}
	}
	return all
}

// source reads a file of the module's root.
func source(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestThreeListsOfEnumWordsAgree(t *testing.T) {
	constants, schema, bound := constantsOf(t), schemaEnums(t), boundEnums(t)
	if len(schema) < 10 {
		t.Fatalf("only %d enums", len(schema))
	}
	for name, values := range schema {
		t.Run(name, func(t *testing.T) {
			inConfig, inGo := map[string]bool{}, map[string]string{}
			for value, constant := range bound[name] {
				inConfig[value] = true
				word, ok := constants[name][constant]
				if !ok {
					t.Errorf("%s is bound to %s, which is no %s", value, constant, name)
				}
				inGo[constant] = word
				if plain := strings.ReplaceAll(value, "_", ""); !strings.EqualFold(plain, strings.ReplaceAll(word, "_", "")) {
					t.Errorf("%s is bound to the word %q", value, word)
				}
			}
			if d := cmp.Diff(values, inConfig); d != "" {
				t.Errorf("schema and gqlgen.yml differ (-schema +gqlgen.yml)\n%s", d)
			}
			if d := cmp.Diff(constants[name], inGo); d != "" {
				t.Errorf("constants and gqlgen.yml differ (-constants +gqlgen.yml)\n%s", d)
			}
		})
	}
	for name := range constants {
		if schema[name] == nil {
			t.Errorf("the schema has no enum %s", name)
		}
	}
	for name := range bound {
		if schema[name] == nil {
			t.Errorf("gqlgen.yml binds %s, which is no enum of the schema", name)
		}
	}
}

func TestEnumsOfAnswersHaveAVocabulary(t *testing.T) {
	ours := map[string]bool{"SoftwareType": true, "UserErrorCode": true, "CircuitState": true, "DeviceOperationEventKind": true} // upstream never sends these
	for name := range schemaEnums(t) {
		if foldings[name] == nil && !ours[name] {
			t.Errorf("%s has no vocabulary", name)
		}
	}
}
