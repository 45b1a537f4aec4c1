package web

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

var quiet = slog.New(slog.DiscardHandler)

// answer is a GraphQL endpoint that says the same thing to everyone.
func answer(body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	})
}

func serve(h http.Handler, r *http.Request) *http.Response {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec.Result()
}

func get(t *testing.T, h http.Handler, path string) (*http.Response, string) {
	t.Helper()
	resp := serve(h, httptest.NewRequest(http.MethodGet, path, nil))
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// errorCode reads the code of the first error, failing on anything that is not our refusal.
func errorCode(t *testing.T, body string) string {
	t.Helper()
	var refusal struct{ Errors []jsonError }
	if err := json.Unmarshal([]byte(body), &refusal); err != nil || len(refusal.Errors) != 1 {
		t.Fatalf("not a refusal: %q", body)
	}
	return refusal.Errors[0].Extensions.Code
}

func TestRoutes(t *testing.T) {
	site := NewHandler(Options{
		Logger:  quiet,
		GraphQL: answer(`{"data":{}}`),
		Extra:   map[string]http.Handler{"/_sandbox/": answer("sandbox")},
	})
	tests := []struct {
		method, path string
		status       int
		contains     string
	}{
		{"GET", "/", 200, "<title>Teams devices"},
		{"GET", "/devices/d1", 200, "<title>Teams devices"},
		{"GET", "/devices/d1/more", 404, "NOT_FOUND"},
		{"GET", "/devices/", 404, "NOT_FOUND"},
		{"GET", "/graphiql", 200, "GraphiQL"},
		{"GET", "/graphiql/", 200, "GraphiQL"},
		{"GET", "/assets/", 404, "NOT_FOUND"},
		{"GET", "/assets/none.js", 404, "NOT_FOUND"},
		{"GET", "/index.html", 404, "NOT_FOUND"},
		{"GET", "/graphiql.html", 404, "NOT_FOUND"},
		{"GET", "/graphql", 200, `{"data":{}}`},
		{"POST", "/graphql", 200, `{"data":{}}`},
		{"GET", "/healthz", 200, `{"status":"ok"}`},
		{"GET", "/readyz", 200, `{"status":"ready"}`},
		{"POST", "/healthz", 404, "NOT_FOUND"},
		{"GET", "/_sandbox/faults", 200, "sandbox"},
		{"GET", "/favicon.ico", 404, "NOT_FOUND"},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			resp := serve(site, httptest.NewRequest(tt.method, tt.path, nil))
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != tt.status || !strings.Contains(string(body), tt.contains) {
				t.Errorf("got %d %.80s, want %d with %s", resp.StatusCode, body, tt.status, tt.contains)
			}
		})
	}
}

func TestZeroOptionsServeHealthAndConsole(t *testing.T) {
	site := NewHandler(Options{Logger: quiet})
	for path, want := range map[string]int{"/healthz": 200, "/": 200, "/graphiql": 200, "/graphql": 404} {
		if resp, _ := get(t, site, path); resp.StatusCode != want {
			t.Errorf("%s: got %d, want %d", path, resp.StatusCode, want)
		}
	}
}

func BenchmarkGraphQL(b *testing.B) {
	site := NewHandler(Options{Logger: quiet, GraphQL: answer(`{"data":{}}`)})
	r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
	b.ReportAllocs()
	for b.Loop() {
		site.ServeHTTP(httptest.NewRecorder(), r)
	}
}
