package graph

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTrustedDocumentsAreRead(t *testing.T) {
	const one, two = "query One { __typename }", "{ upstreamStatus { circuit } }\n"
	dir := t.TempDir()
	file := write(t, dir, "persisted-documents.json", `{"abc": "`+one+`"}`)
	write(t, dir, "two.graphql", two)
	write(t, dir, "README.md", "not a document")
	alone, err := LoadTrusted(file)
	if err != nil {
		t.Fatal(err)
	}
	all, err := LoadTrusted(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		trusted  *Trusted
		id, want string
	}{
		{alone, "abc", one}, {alone, "sha256:abc", one}, {all, "abc", one}, {all, hashOf(two), two}, {all, "sha256:" + hashOf(two), two},
		{alone, hashOf(two), ""}, {alone, "", ""}, {alone, "sha256:", ""},
	} {
		if text, known := c.trusted.document(c.id); text != c.want || known != (c.want != "") {
			t.Errorf("%q is %q", c.id, text)
		}
	}
	if !all.known[two] || all.known["{ __typename }"] {
		t.Error("the wrong texts are known")
	}
}

func TestTrustedDocumentsThatAreNoneEndTheStart(t *testing.T) {
	for _, c := range []struct{ name, file, text, says string }{
		{"none there", "", "", "no such file"},
		{"not JSON", "a.json", "{", "a.json: not an object"},
		{"no documents", "a.json", "{}", "a.json: not an object"},
		{"another shape", "a.json", `{"a": {"query": "{ a }"}}`, "a.json: not an object"},
		{"not in the schema", "a.json", `{"a": "{ nothing }"}`, `document "a": Cannot query field`},
		{"no document", "a.graphql", "nonsense", "Unexpected Name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "missing")
			if c.file != "" {
				path = write(t, t.TempDir(), c.file, c.text)
			}
			if _, err := LoadTrusted(path); err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), filepath.Dir(path)) {
				t.Errorf("ended with %v", err)
			}
		})
	}
	if _, err := LoadTrusted(t.TempDir()); err == nil {
		t.Error("an empty folder is taken")
	}
	twice := t.TempDir()
	write(t, twice, "a.json", `{"a": "{ __typename }"}`)
	write(t, twice, "b.json", `{"a": "query B { __typename }"}`)
	if _, err := LoadTrusted(twice); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("two documents of one id: %v", err)
	}
}
