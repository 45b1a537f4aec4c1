package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readme returns the n-th block of code in a language.
func readme(t *testing.T, language string, n int) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if n >= len(blocks) {
		t.Fatalf("README.md has %d blocks of %s", len(blocks), language)
	}
	return blocks[n][1]
}

func TestReadmesFirstQueryAnswersAsPrinted(t *testing.T) {
	body := regexp.MustCompile(`(?s)-d '(.*?)'`).FindStringSubmatch(readme(t, "sh", 1))
	if body == nil {
		t.Fatal("the first query is no curl with a body")
	}
	got := serve(t).post(strings.NewReader(body[1]), nil)
	var want any
	if err := json.Unmarshal([]byte(readme(t, "json", 0)), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, map[string]any{"data": got.Data}); diff != "" {
		t.Errorf("README.md prints something else (-README +now)\n%s", diff)
	}
}

func TestReadmesMutationMovesAnOperation(t *testing.T) {
	bodies := regexp.MustCompile(`(?s)-d '(.*?)'`).FindAllStringSubmatch(readme(t, "sh", 2), -1)
	f := serve(t)
	created := f.post(strings.NewReader(bodies[0][1]), nil)
	if got := dig(t, created.Data, "createDeviceOperation", "deviceOperation", "status"); got != "QUEUED" {
		t.Errorf("the mutation answers %s", created.raw)
	}
	seen := f.post(strings.NewReader(bodies[1][1]), nil)
	if got := dig(t, seen.Data, "deviceOperations", "nodes", 0, "operationType"); got != "DEVICE_RESTART" {
		t.Errorf("the query answers %s", seen.raw)
	}
}

func TestReadmeListsEveryVariable(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var help strings.Builder
	writeHelp(&help)
	for _, name := range regexp.MustCompile(`(?m)^  ([A-Z_]+) `).FindAllStringSubmatch(help.String(), -1) {
		if !strings.Contains(string(text), "`"+name[1]+"`") {
			t.Errorf("README.md does not name %s", name[1])
		}
	}
}
