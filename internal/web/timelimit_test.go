package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestRequestHasADeadline(t *testing.T) {
	var left time.Duration
	h := limitTime(time.Minute)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		deadline, ok := r.Context().Deadline()
		if !ok {
			t.Error("there is none")
		}
		left = time.Until(deadline)
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/graphql", nil))
	if left <= 0 || left > time.Minute {
		t.Errorf("%s left of a minute", left)
	}
}
