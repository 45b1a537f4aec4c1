package graph

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestTimeoutIsAPositiveNumberOfMilliseconds(t *testing.T) {
	const never = 24 * time.Hour
	for _, c := range []struct {
		given []string
		want  time.Duration // 0 if it is refused
	}{
		{nil, never},
		{[]string{"1"}, time.Millisecond},
		{[]string{"2500"}, 2500 * time.Millisecond},
		{[]string{"007"}, 7 * time.Millisecond},
		{[]string{"86400001"}, never},
		{[]string{strings.Repeat("9", 40)}, never},
		{[]string{""}, 0},
		{[]string{"0"}, 0},
		{[]string{"000"}, 0},
		{[]string{"-5"}, 0},
		{[]string{"+5"}, 0},
		{[]string{"1.5"}, 0},
		{[]string{"1e3"}, 0},
		{[]string{"5s"}, 0},
		{[]string{"5 "}, 0},
		{[]string{"٥"}, 0},
		{[]string{"5", "5"}, 0},
	} {
		header := http.Header{}
		for _, v := range c.given {
			header.Add("graphql-timeout", v)
		}
		got, prob := timeoutOf(header)
		if got != c.want || (prob == nil) != (c.want > 0) {
			t.Errorf("%q is %v (%+v), want %v", c.given, got, prob, c.want)
		}
		if prob != nil && (prob.status != http.StatusBadRequest || prob.code != codeBadRequest || !strings.Contains(prob.message, timeoutHeader)) {
			t.Errorf("%q is refused with %+v", c.given, prob)
		}
	}
}

// TestRequestWithoutTimeIsToldSo: gqlgen executes nothing whose context is over, and
// says nothing.
func TestRequestWithoutTimeIsToldSo(t *testing.T) {
	for _, c := range []struct {
		name   string
		ctx    func() (context.Context, context.CancelFunc)
		status int
		code   string
	}{
		{"late", func() (context.Context, context.CancelFunc) {
			return context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		}, http.StatusRequestTimeout, "REQUEST_TIMEOUT"},
		{"in time", func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(t.Context(), time.Minute)
		}, http.StatusOK, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := c.ctx()
			defer cancel()
			req := httptest.NewRequestWithContext(ctx, http.MethodGet, "/graphql?query={__typename}", nil)
			req.Header.Set(preflightHeader, "1")
			w := httptest.NewRecorder()
			NewHandler(Options{}).ServeHTTP(w, req)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.code) || w.Body.Len() == 0 {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
		})
	}
}

func TestPreparedContextHasTheOperationsDeadline(t *testing.T) {
	prepared := false
	h := NewHandler(Options{Prepare: func(ctx context.Context) context.Context {
		deadline, ok := ctx.Deadline()
		prepared = ok && time.Until(deadline) <= time.Minute
		return ctx
	}})
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?query={__typename}", nil)
	req.Header.Set(preflightHeader, "1")
	req.Header.Set("GraphQL-Timeout", "60000")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	if !prepared || w.Code != http.StatusOK {
		t.Errorf("prepared %t, answered %d", prepared, w.Code)
	}
}
