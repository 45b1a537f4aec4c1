package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const (
	newMedia = "application/graphql-response+json; charset=utf-8"
	oldMedia = "application/json; charset=utf-8"
)

func TestStatusAndMediaTypeFollowGraphQLOverHTTP(t *testing.T) {
	f := serve(t)
	const good, invalid, failing = `{"query":"{ __typename }"}`, `{"query":"{ nope }"}`, `{"query":"{ node(id: \"x\") { id } }"}`
	for _, c := range []struct {
		name, accept, contentType, body string
		status                          int
		media                           string
		data                            bool
	}{
		{"anything", "", "application/json", good, 200, oldMedia, true},
		{"any media", "*/*", "application/json", good, 200, oldMedia, true},
		{"newer media", "application/graphql-response+json", "application/json", good, 200, newMedia, true},
		{"both, newer preferred", "application/graphql-response+json, application/json;q=0.9", "application/json", good, 200, newMedia, true},
		{"both, older preferred", "application/graphql-response+json;q=0.5, application/json", "application/json", good, 200, oldMedia, true},
		{"neither", "text/html", "application/json", good, 406, newMedia, false},
		{"invalid, older", "application/json", "application/json", invalid, 200, oldMedia, false},
		{"invalid, newer", "application/graphql-response+json", "application/json", invalid, 400, newMedia, false},
		{"failing field, newer", "application/graphql-response+json", "application/json", failing, 200, newMedia, true},
		{"not JSON", "application/json", "application/json", `{"query":`, 400, oldMedia, false},
		{"two values", "application/json", "application/json", good + good, 400, oldMedia, false},
		{"array", "application/json", "application/json", "[" + good + "]", 400, oldMedia, false},
		{"no query", "application/json", "application/json", `{}`, 400, oldMedia, false},
		{"query is a number", "application/json", "application/json", `{"query":1}`, 400, oldMedia, false},
		{"variables are a list", "application/json", "application/json", `{"query":"{ __typename }","variables":[]}`, 400, oldMedia, false},
		{"not UTF-8", "application/json", "application/json", "{\"query\":\"{ __typename } #\xff\"}", 400, oldMedia, false},
		{"other charset", "application/json", "application/json; charset=utf-16", good, 415, oldMedia, false},
		{"form", "application/json", "application/x-www-form-urlencoded", "query=%7B__typename%7D", 415, oldMedia, false},
		{"plain text", "application/json", "text/plain", good, 415, oldMedia, false},
		{"unknown operation", "application/json", "application/json", `{"query":"query A { __typename }","operationName":"B"}`, 200, oldMedia, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.url+"/graphql", strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", c.contentType)
			if c.accept != "" {
				req.Header.Set("Accept", c.accept)
			}
			checkAnswer(t, req, c.status, c.media, c.data)
		})
	}
}

// checkAnswer sends a request and compares the answer's shape.
func checkAnswer(t *testing.T, req *http.Request, status int, media string, data bool) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != status || got != media {
		t.Errorf("%d %s, want %d %s", resp.StatusCode, got, status, media)
	}
	again, err := http.NewRequestWithContext(t.Context(), req.Method, req.URL.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	again.Header = req.Header
	if req.GetBody != nil {
		again.Body, _ = req.GetBody()
	}
	a := (&front{t: t}).do(again)
	if _, has := strings.CutPrefix(a.raw, `{"data":`); (has || strings.Contains(a.raw, `,"data":`)) != data {
		t.Errorf("data is there: %v, want %v: %s", !data, data, a.raw)
	}
	if !data && len(a.Errors) == 0 {
		t.Errorf("no error: %s", a.raw)
	}
}

func TestGetIsForQueries(t *testing.T) {
	f := serve(t)
	for _, c := range []struct {
		name, query string
		status      int
		data        bool
	}{
		{"query", url.Values{"query": {"query($n: Int!) { devices(first: $n) { nodes { id } } }"}, "variables": {`{"n":1}`}}.Encode(), 200, true},
		{"mutation", url.Values{"query": {`mutation { createDeviceOperation(input: {deviceId: "a", operationType: DEVICE_RESTART}) { deviceOperation { id } } }`}}.Encode(), 405, false},
		{"variables are no JSON", url.Values{"query": {"{ __typename }"}, "variables": {"x"}}.Encode(), 400, false},
		{"no query", "", 400, false},
		{"broken escape", "query=%zz", 400, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+"/graphql?"+c.query, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("GraphQL-Preflight", "1")
			checkAnswer(t, req, c.status, oldMedia, c.data)
		})
	}
	if s := statsOf(t, f.url); s.Creates != 0 {
		t.Error("a GET created something")
	}
}

func TestLargeAndTangledRequestsAreRefusedEarly(t *testing.T) {
	f := serve(t)
	a := f.post(strings.NewReader(`{"query":"{ __typename }","x":"`+strings.Repeat("x", 300<<10)+`"}`), nil)
	if a.status != http.StatusRequestEntityTooLarge || strings.Contains(a.raw, "xxx") {
		t.Errorf("a body of 300 KiB got %d %.100s", a.status, a.raw)
	}
	for name, query := range map[string]string{
		"fields":  "{ " + strings.Repeat("__typename ", 10_000) + "}",
		"nesting": strings.Repeat("{ a ", 10_000),
		"defer":   `{ ... @defer { devices { nodes { id } } } }`,
	} {
		if a := f.ask(query); len(a.Errors) != 1 || len(a.raw) > 2000 {
			t.Errorf("%s: %d errors in %d bytes", name, len(a.Errors), len(a.raw))
		}
	}
}

func TestErrorsDoNotGiveTheSchemaAway(t *testing.T) {
	f := serve(t)
	for _, query := range []string{`{ devicess { id } }`, `{ devices(frist: 1) { nodes { id } } }`, `{ devices(filter: {deviceType: TEAMS_ROM}) { nodes { id } } }`,
		`{ devices(filter: {deviceTyp: SIP}) { nodes { id } } }`, `query($f: DeviceFiltr) { devices(filter: $f) { nodes { id } } }`, `{ node(id: "x") { ... on Devic { id } } }`} {
		a := f.ask(query)
		if len(a.Errors) == 0 || strings.Contains(a.raw, "Did you mean") || a.Errors[0].Extensions["code"] != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("%s: %s", query, a.raw)
		}
	}
}
