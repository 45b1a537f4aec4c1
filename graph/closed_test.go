package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestNoPageCanAskByGETInItsVisitorsName(t *testing.T) {
	h := NewHandler(Options{})
	for _, c := range []struct {
		name   string
		header http.Header
		status int
	}{
		{"a link, an image, a script", http.Header{"Sec-Fetch-Site": {"cross-site"}}, http.StatusForbidden},
		{"another host of the site", http.Header{"Sec-Fetch-Site": {"same-site"}}, http.StatusForbidden},
		{"an old browser, or curl", nil, http.StatusForbidden},
		{"our own page", http.Header{"Sec-Fetch-Site": {"same-origin"}}, http.StatusOK},
		{"the address bar", http.Header{"Sec-Fetch-Site": {"none"}}, http.StatusOK},
		{"what asked first", http.Header{"Sec-Fetch-Site": {"cross-site"}, "Graphql-Preflight": {""}}, http.StatusOK},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?query={__typename}", nil)
		r.Header = c.header.Clone()
		if r.Header == nil {
			r.Header = http.Header{}
		}
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != c.status {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
}

func TestWaysInCanBeClosed(t *testing.T) {
	h := NewHandler(Options{NoGET: true, NoIntrospection: true})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?query={__typename}", nil)
	r.Header.Set(preflightHeader, "1")
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET is answered %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
	for _, query := range []string{
		"{ __schema { types { name } } }", `{ __type(name: "Device") { fields { name } } }`,
		"{ ...F } fragment F on Query { ... { a: __schema { types { name } } } }",
	} {
		if data, code := answered(t, h, map[string]any{"query": query}); code != "GRAPHQL_VALIDATION_FAILED" || strings.Contains(data, "name") {
			t.Errorf("%s is answered %s", query, data)
		}
	}
	if data, _ := answered(t, h, map[string]any{"query": "{ __typename }"}); data != `{"__typename":"Query"}` {
		t.Errorf("what is no introspection is answered %s", data)
	}
}

// till is a Budget of one caller.
type till struct{ left int }

func (b *till) Spend(_ context.Context, cost int) (Balance, error) {
	if cost > b.left {
		return Balance{Amount: 100, Wait: 2500 * time.Millisecond}, nil
	}
	b.left -= cost
	return Balance{Amount: 100, Left: b.left}, nil
}

func TestBudgetIsSpentAndTold(t *testing.T) {
	h := NewHandler(Options{Budget: &till{left: 3}})
	for i, c := range []struct {
		body, rateLimit string
		status          int
	}{
		{`{"query":"{ __typename }"}`, `"cost";r=2;t=58`, http.StatusOK},
		{`{"query":"{ nothing }"}`, `"cost";r=1;t=59`, http.StatusOK},
		{`{"query":"{"}`, `"cost";r=0;t=60`, http.StatusOK},
		{`{"query":"{ __typename }"}`, `"cost";r=0;t=3`, http.StatusTooManyRequests},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status || w.Header().Get("RateLimit") != c.rateLimit || w.Header().Get("RateLimit-Policy") != `"cost";q=100;w=60` {
			t.Errorf("request %d: %d %v %s", i, w.Code, w.Header(), w.Body)
		}
		if c.status != http.StatusTooManyRequests {
			continue
		}
		var said struct {
			Data   any
			Errors []struct{ Extensions map[string]any }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil {
			t.Fatal(err)
		}
		e := said.Errors[0].Extensions
		if w.Header().Get("Retry-After") != "3" || e["code"] != codeBudget || fmt.Sprint(e["retryAfterSeconds"]) != "3" || said.Data != nil {
			t.Errorf("%v %s", w.Header(), w.Body)
		}
	}
}
