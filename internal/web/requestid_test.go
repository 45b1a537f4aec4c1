package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func TestRequestIDIsKeptOrMade(t *testing.T) {
	tests := []struct {
		name, incoming string
		kept           bool
	}{
		{"none", "", false},
		{"plain", "abc-DEF_1.2", true},
		{"longest", strings.Repeat("a", 64), true},
		{"too long", strings.Repeat("a", 65), false},
		{"space", "a b", false},
		{"line break", "a\nb", false},
		{"not ASCII", "é", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var seen string
			h := receive(nil)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				seen = RequestID(r.Context())
			}))
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("X-Request-Id", tt.incoming)
			sent := serve(h, r).Header.Get("X-Request-Id")
			if sent != seen {
				t.Errorf("the client was told %q, the handler %q", sent, seen)
			}
			if tt.kept && seen != tt.incoming {
				t.Errorf("got %q, want the caller's own", seen)
			}
			if !tt.kept && uuid.Validate(seen) != nil {
				t.Errorf("got %q, want a new one", seen)
			}
		})
	}
}

func TestRequestIDOutsideOfARequest(t *testing.T) {
	if id := RequestID(t.Context()); id != "" {
		t.Errorf("got %q", id)
	}
}

func TestRequestIDKeepsTheContextBelow(t *testing.T) {
	var server any
	h := receive(nil)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		server = r.Context().Value(http.ServerContextKey)
	}))
	s := httptest.NewServer(h)
	defer s.Close()
	resp, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if server == nil {
		t.Error("values of the outer context are lost")
	}
}
