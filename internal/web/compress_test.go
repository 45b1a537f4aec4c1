package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCompression(t *testing.T) {
	long := `{"data":"` + strings.Repeat("teamwork ", 500) + `"}`
	tests := []struct {
		name, accept, contentType, body, encoding string
	}{
		{"gzip", "gzip", "application/json", long, "gzip"},
		{"the media type of GraphQL", "gzip", "application/graphql-response+json; charset=utf-8", long, "gzip"},
		{"zstd where both are known", "gzip, zstd", "application/json", long, "zstd"},
		{"not asked for", "", "application/json", long, ""},
		{"too short", "gzip", "application/json", "{}", ""},
		{"an event stream", "gzip", "text/event-stream", long, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.contentType)
				_, _ = io.WriteString(w, tt.body)
			})
			r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
			r.Header.Set("Accept-Encoding", tt.accept)
			resp := serve(NewHandler(Options{Logger: quiet, GraphQL: h}), r)
			if got := resp.Header.Get("Content-Encoding"); got != tt.encoding {
				t.Fatalf("encoding %q, want %q", got, tt.encoding)
			}
			if !strings.Contains(strings.Join(resp.Header.Values("Vary"), ","), "Accept-Encoding") {
				t.Error("a shared cache is not told that answers differ")
			}
			if tt.encoding == "gzip" {
				z, err := gzip.NewReader(resp.Body)
				if err != nil {
					t.Fatal(err)
				}
				if body, _ := io.ReadAll(z); string(body) != tt.body {
					t.Errorf("unpacked %d bytes, want %d", len(body), len(tt.body))
				}
			}
		})
	}
}
