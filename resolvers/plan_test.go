package resolvers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/graph"
)

// unplanned has the tests of this package run without plans, as a second run of them does.
var unplanned = os.Getenv("DIRECT_ENCODING") == "off"

// outcome is an answer of which the order does not matter where it is chance.
type outcome struct {
	Status   int
	Data     string
	Errors   []string
	Warnings []string
}

// outcomeOf answers one request.
func outcomeOf(t *testing.T, handler http.Handler, body []byte) outcome {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, req)
	var said struct {
		Data       json.RawMessage
		Errors     []json.RawMessage
		Extensions struct{ Warnings []json.RawMessage }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return outcome{w.Code, string(said.Data), sorted(said.Errors), sorted(said.Extensions.Warnings)}
}

// sorted returns what was said in an order of its own; of what was cut off, which is
// chance, only how much is left.
func sorted(said []json.RawMessage) []string {
	if len(said) >= 50 {
		return []string{fmt.Sprint(len(said))}
	}
	texts := make([]string, len(said))
	for i, text := range said {
		texts[i] = string(text)
	}
	slices.Sort(texts)
	return texts
}

// unheard returns the errors that a plan need not tell, by the specification: a null where
// none may be has taken their place in the answer away. gqlgen asks below it all the same.
func unheard(t *testing.T, want, got outcome) (errs []string) {
	t.Helper()
	var data any
	if err := json.Unmarshal([]byte(want.Data), &data); err != nil && want.Data != "" {
		t.Fatal(err)
	}
	for _, text := range want.Errors {
		var said problem
		if err := json.Unmarshal([]byte(text), &said); err != nil || slices.Contains(got.Errors, text) {
			continue
		}
		if len(got.Errors) > 0 && !stands(data, said.Path) {
			errs = append(errs, text)
		}
	}
	return errs
}

// stands reports whether the answer has the place that a path leads to.
func stands(data any, path []any) bool {
	for _, part := range path {
		switch part := part.(type) {
		case string:
			object, _ := data.(map[string]any)
			if data = object[part]; object == nil {
				return false
			}
		case float64:
			list, _ := data.([]any)
			if list == nil {
				return false
			}
			data = list[int(part)]
		}
	}
	return true
}

// TestPlansAnswerAsGqlgenDoes asks thousands of invented documents of an invented tenant,
// with and without plans: the bytes of the data are the same, and so are the errors and
// warnings.
func TestPlansAnswerAsGqlgenDoes(t *testing.T) {
	documents := 4000
	if testing.Short() {
		documents = 400
	}
	valid, failed, warned := 0, 0, 0
	for i := range documents {
		invent := rand.New(rand.NewPCG(uint64(i), 1))
		body := newInventor(invent).request(t)
		handler := func(unplanned bool) http.Handler {
			return graph.NewHandler(graph.Options{
				Resolvers: resolverOf(inventedService(uint64(i))), Refuse: Refuse, Unplanned: unplanned,
				RequestID: func(context.Context) string { return "request-1" },
			})
		}
		planned := handler(false)
		want := outcomeOf(t, handler(true), body)
		for _, again := range []string{"first", "second"} {
			got := outcomeOf(t, planned, body)
			got.Errors = append(got.Errors, unheard(t, want, got)...)
			slices.Sort(got.Errors)
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("document %d, asked the %s time: %s\n(-gqlgen +plan)\n%s", i, again, body, d)
			}
		}
		if want.Data != "" {
			valid++
		}
		failed += min(len(want.Errors), 1)
		warned += min(len(want.Warnings), 1)
	}
	t.Logf("%d of %d documents are valid, %d answers have errors, %d warnings", valid, documents, failed, warned)
	if valid < documents*9/10 || failed < documents/10 || warned < documents/10 {
		t.Error("that shows little")
	}
}
