package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// shelf is a DocumentStore in a map.
type shelf map[string]string

func (s shelf) Document(_ context.Context, hash string) string    { return s[hash] }
func (s shelf) KeepDocument(_ context.Context, hash, text string) { s[hash] = text }

// answered returns the data and the code of the first error.
func answered(t *testing.T, h http.Handler, request map[string]any) (data, code string) {
	t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var said struct {
		Data   json.RawMessage
		Errors []struct{ Extensions struct{ Code string } }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil {
		t.Fatal(err)
	}
	if len(said.Errors) > 0 {
		code = said.Errors[0].Extensions.Code
	}
	return string(said.Data), code
}

func persistedQuery(hash string) map[string]any {
	return map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hash}}
}

func TestDocumentIsSentOnceAndThenNamed(t *testing.T) {
	const document, answer = "query A { __typename }", `{"__typename":"Query"}`
	kept := shelf{}
	first, second := NewHandler(Options{Documents: kept}), NewHandler(Options{Documents: kept})
	hash := hashOf(document)
	if _, code := answered(t, first, map[string]any{"extensions": persistedQuery(hash)}); code != codeNotFound {
		t.Errorf("a document that nobody sent: %s", code)
	}
	if data, code := answered(t, first, map[string]any{"query": document, "extensions": persistedQuery(hash)}); data != answer {
		t.Errorf("sent with its hash: %s %s", data, code)
	}
	for name, request := range map[string]map[string]any{
		"its hash": {"extensions": persistedQuery(hash)}, "its hash in capitals": {"extensions": persistedQuery(strings.ToUpper(hash))},
		"its id": {"documentId": hash}, "its id with a prefix": {"documentId": "sha256:" + hash},
	} {
		if data, code := answered(t, second, request); data != answer {
			t.Errorf("another replica, by %s: %s %s", name, data, code)
		}
	}
	if data, _ := answered(t, NewHandler(Options{}), map[string]any{"query": document, "extensions": persistedQuery(hash)}); data != answer {
		t.Error("a server that keeps none refuses a whole document")
	}
	if _, code := answered(t, NewHandler(Options{}), map[string]any{"documentId": hash}); code != codeUnsupported {
		t.Errorf("a server that keeps none: %s", code)
	}
}

func TestOnlyGoodDocumentsAreKept(t *testing.T) {
	for name, document := range map[string]string{
		"invalid": "{ nothing }", "no document": "{", "beyond a limit": "{ " + strings.Repeat("a { ", 30) + "b" + strings.Repeat(" }", 31),
		"long": "{ __typename }" + strings.Repeat(" ", longestDocument),
	} {
		kept := shelf{}
		answered(t, NewHandler(Options{Documents: kept}), map[string]any{"query": document, "extensions": persistedQuery(hashOf(document))})
		if len(kept) > 0 {
			t.Errorf("%s: it is kept", name)
		}
	}
}

func TestHashIsChecked(t *testing.T) {
	const good, evil = "{ __typename }", "query Evil { __typename }"
	kept := shelf{hashOf(good): evil} // somebody wrote to the store
	h := NewHandler(Options{Documents: kept})
	if data, code := answered(t, h, map[string]any{"documentId": hashOf(good)}); code != codeNotFound || data != "" {
		t.Errorf("a document of another hash in the store: %s %s", data, code)
	}
	if data, code := answered(t, h, map[string]any{"query": evil, "extensions": persistedQuery(hashOf(good))}); code != codeMismatch || data != "" {
		t.Errorf("a document sent with another's hash: %s %s", data, code)
	}
}

func TestOnlyTrustedDocumentsAreExecuted(t *testing.T) {
	const document = "query A { __typename }"
	trusted, err := LoadTrusted(write(t, t.TempDir(), "documents.json", `{"a1": "`+document+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	kept := shelf{}
	h := NewHandler(Options{Trusted: trusted, Documents: kept})
	other := "{ __typename }"
	for _, c := range []struct {
		name    string
		request map[string]any
		code    string
	}{
		{"by id", map[string]any{"documentId": "a1"}, ""},
		{"by id as a hash", map[string]any{"extensions": persistedQuery("a1")}, ""},
		{"by text", map[string]any{"query": document}, ""},
		{"by both", map[string]any{"query": document, "documentId": "a1"}, ""},
		{"another id", map[string]any{"documentId": "b2"}, codeNotFound},
		{"another text", map[string]any{"query": other}, codeUntrusted},
		{"another text with a good id", map[string]any{"query": other, "documentId": "a1"}, codeMismatch},
		{"another text with its own hash", map[string]any{"query": other, "extensions": persistedQuery(hashOf(other))}, codeNotFound},
		{"introspection", map[string]any{"query": "{ __schema { queryType { name } } }"}, codeUntrusted},
	} {
		data, code := answered(t, h, c.request)
		if code != c.code || (data == `{"__typename":"Query"}`) != (c.code == "") {
			t.Errorf("%s: %s %s", c.name, data, code)
		}
	}
	if len(kept) > 0 {
		t.Error("documents are kept beside the trusted ones")
	}
}
