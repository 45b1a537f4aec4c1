package web

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestBodyLimit(t *testing.T) {
	tests := []struct {
		name     string
		body     string
		hideSize bool
		status   int
	}{
		{"at the limit", "12345678", false, 200},
		{"declared above it", "123456789", false, 413},
		{"undeclared, at it", "12345678", true, 200},
		{"undeclared, above it", "123456789", true, 418},
		{"no body", "", false, 200},
	}
	reader := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			w.WriteHeader(http.StatusTeapot)
		}
	})
	site := NewHandler(Options{Logger: quiet, GraphQL: reader, MaxBody: 8})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(tt.body))
			if tt.hideSize {
				r.ContentLength = -1
			}
			resp := serve(site, r)
			if resp.StatusCode != tt.status {
				t.Errorf("got %d, want %d", resp.StatusCode, tt.status)
			}
			if body, _ := io.ReadAll(resp.Body); tt.status == 413 && errorCode(t, string(body)) != "PAYLOAD_TOO_LARGE" {
				t.Errorf("got %s", body)
			}
		})
	}
}

func TestDefaultBodyLimit(t *testing.T) {
	site := NewHandler(Options{Logger: quiet, GraphQL: answer("{}")})
	for size, want := range map[int]int{256 << 10: 200, 256<<10 + 1: 413} {
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(strings.Repeat(" ", size)))
		if got := serve(site, r).StatusCode; got != want {
			t.Errorf("%d bytes: got %d, want %d", size, got, want)
		}
	}
}
