package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The house's sizes, in lines: what fits a reader's head, and a screen.
const (
	longestFile     = 300
	longestTestFile = 500
	longestFunc     = 60
	longestFuncP90  = 30
)

// source is a parsed Go file of ours.
type source struct {
	path  string
	lines int
	file  *ast.File
	fset  *token.FileSet
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || strings.HasPrefix(entry.Name(), ".") && path != "."):
			return fs.SkipDir
		case !strings.HasSuffix(path, ".go") || entry.Name() == "generated.go" || entry.Name() == "plan_gen.go":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		s := source{path: path, lines: strings.Count(string(text), "\n"), fset: token.NewFileSet()}
		s.file, err = parser.ParseFile(s.fset, path, text, parser.ParseComments)
		all = append(all, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestFilesAndFunctionsFitTheHouse(t *testing.T) {
	var lengths []int
	for _, s := range sources(t) {
		isTest := strings.HasSuffix(s.path, "_test.go")
		limit := longestFile
		if isTest {
			limit = longestTestFile
		}
		if s.lines > limit {
			t.Errorf("%s has %d lines, more than %d", s.path, s.lines, limit)
		}
		for _, decl := range s.file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || isTest {
				continue
			}
			n := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line + 1
			lengths = append(lengths, n)
			if n > longestFunc {
				t.Errorf("%s: %s has %d lines, more than %d", s.path, f.Name.Name, n, longestFunc)
			}
		}
	}
	slices.Sort(lengths)
	if p90 := lengths[len(lengths)*9/10]; p90 > longestFuncP90 {
		t.Errorf("one function in ten has more than %d lines, want %d at most", p90, longestFuncP90)
	}
}

func TestExportedNamesSayWhatAReaderWouldGetWrong(t *testing.T) {
	for _, s := range sources(t) {
		if strings.HasSuffix(s.path, "_test.go") {
			continue
		}
		for _, decl := range s.file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && ofExported(d) && !strings.HasPrefix(d.Doc.Text(), d.Name.Name+" ") {
					t.Errorf("%s: %s has no comment that starts with its name", s.path, d.Name.Name)
				}
			case *ast.GenDecl:
				undocumented(t, s.path, d)
			}
		}
	}
}

// ofExported reports whether a function is one that others can name: a method of an
// unexported type is there for an interface, which says what it means.
func ofExported(f *ast.FuncDecl) bool {
	if f.Recv == nil {
		return true
	}
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if generic, ok := typ.(*ast.IndexExpr); ok {
		typ = generic.X
	}
	name, ok := typ.(*ast.Ident)
	return ok && name.IsExported()
}

// undocumented reports exported types, constants and variables without a comment of
// their own or of their group.
func undocumented(t *testing.T, path string, d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() && spec.Doc.Text()+d.Doc.Text() == "" {
				t.Errorf("%s: type %s has no comment", path, spec.Name.Name)
			}
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				if name.IsExported() && spec.Doc.Text()+spec.Comment.Text()+d.Doc.Text() == "" {
					t.Errorf("%s: %s has no comment", path, name.Name)
				}
			}
		}
	}
}
