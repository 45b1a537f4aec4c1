package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestRecorderRemembersTheAnswer(t *testing.T) {
	tests := []struct {
		name   string
		write  func(http.ResponseWriter)
		status int
		bytes  int64
	}{
		{"nothing", func(http.ResponseWriter) {}, 0, 0},
		{"body alone", func(w http.ResponseWriter) { _, _ = w.Write([]byte("abc")) }, 200, 3},
		{"status alone", func(w http.ResponseWriter) { w.WriteHeader(204) }, 204, 0},
		{"a hint first", func(w http.ResponseWriter) { w.WriteHeader(103); w.WriteHeader(404) }, 404, 0},
		{"two statuses", func(w http.ResponseWriter) { w.WriteHeader(400); w.WriteHeader(500) }, 400, 0},
		{"upgrade", func(w http.ResponseWriter) { w.WriteHeader(101) }, 101, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rec := &recorder{ResponseWriter: httptest.NewRecorder()}
			tt.write(rec)
			if rec.status != tt.status || rec.bytes != tt.bytes {
				t.Errorf("got %d, %d bytes; want %d, %d", rec.status, rec.bytes, tt.status, tt.bytes)
			}
		})
	}
}

func TestRecorderFlushesBothWays(t *testing.T) {
	for name, flush := range map[string]func(http.ResponseWriter){
		"Flusher":            func(w http.ResponseWriter) { w.(http.Flusher).Flush() },
		"ResponseController": func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() },
	} {
		inner := httptest.NewRecorder()
		flush(&recorder{ResponseWriter: inner})
		if !inner.Flushed {
			t.Errorf("%s: not flushed", name)
		}
	}
}
