package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestLoopbackAnswersToItsOwnNamesOnly(t *testing.T) {
	site := NewHandler(Options{LoopbackOnly: true})
	for host, want := range map[string]int{
		"localhost": 200, "LOCALHOST:8080": 200, "127.0.0.1:8080": 200, "127.3.2.1": 200, "[::1]:8080": 200, "[::1]": 200,
		"evil.example": 421, "evil.example:8080": 421, "localhost.evil.example": 421, "10.0.0.1": 421, "": 421,
	} {
		req := httptest.NewRequest(http.MethodGet, "/healthz", nil)
		req.Host = host
		rec := httptest.NewRecorder()
		site.ServeHTTP(rec, req)
		if rec.Code != want {
			t.Errorf("host %q gets %d, want %d", host, rec.Code, want)
		}
	}
}
