package main

import (
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// testsOf are the tests of ours by name, and those of the pages by their title.
func testsOf(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	for _, s := range sources(t) {
		for _, decl := range s.file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasSuffix(s.path, "_test.go") {
				known[f.Name.Name] = true
			}
		}
	}
	files, err := filepath.Glob("e2e/*.test.mjs")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, title := range regexp.MustCompile(`test\((".*?")`).FindAllStringSubmatch(string(text), -1) {
			known[title[1]] = true
		}
	}
	return known
}

// TestEveryThreatHasItsTest: docs/security.md names nothing that is not there.
func TestEveryThreatHasItsTest(t *testing.T) {
	text, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "| --- | --- | --- |\n")
	if !found {
		t.Fatal("there is no table")
	}
	known, rows := testsOf(t), 0
	named, place := regexp.MustCompile(`\b(Test|Fuzz)\w+|".*?"`), regexp.MustCompile("`(.*?)`")
	for row := range strings.Lines(table) {
		columns := strings.Split(row, "|")
		if len(columns) != 5 {
			t.Errorf("no row of three: %s", row)
			continue
		}
		rows++
		tests, places := named.FindAllString(columns[3], -1), place.FindAllStringSubmatch(columns[2], -1)
		if len(tests) == 0 || len(places) == 0 {
			t.Errorf("nothing stops it, or nothing shows it: %s", row)
		}
		for _, name := range tests {
			if !known[name] {
				t.Errorf("there is no test %s", name)
			}
		}
		for _, file := range places {
			if _, err := os.Stat(file[1]); err != nil {
				t.Errorf("there is no %s", file[1])
			}
		}
	}
	if rows < 40 {
		t.Errorf("%d rows were read", rows)
	}
}
