package graph

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestAnswersTellTheirAge(t *testing.T) {
	began := time.Now()
	type part struct {
		age   time.Duration // when the request began
		stale bool
	}
	const us = "teamwork-graphql; "
	for _, c := range []struct {
		name  string
		parts []part
		want  http.Header
	}{
		{"nothing remembered", nil, http.Header{}},
		{"fetched for it", []part{{-time.Second, false}}, http.Header{"Cache-Status": {us + "fwd=miss"}}},
		{"remembered", []part{{5 * time.Second, false}, {time.Second, false}}, http.Header{"Age": {"7"}, "Cache-Status": {us + "hit"}}},
		{"a part fetched", []part{{5 * time.Second, false}, {-time.Second, false}}, http.Header{"Age": {"7"}, "Cache-Status": {us + "fwd=miss"}}},
		{"a part stale", []part{{-time.Second, false}, {time.Hour, true}}, http.Header{"Age": {"3602"}, "Cache-Status": {us + "fwd=stale"}}},
		{"just remembered", []part{{time.Nanosecond, false}}, http.Header{"Age": {"2"}, "Cache-Status": {us + "hit"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			trail, header := &teamwork.Trail{}, http.Header{}
			for _, p := range c.parts {
				trail.Served(began.Add(-p.age), p.stale)
			}
			tellAge(header, trail, began, began.Add(2*time.Second))
			if diff := cmp.Diff(c.want, header); diff != "" {
				t.Error(diff)
			}
		})
	}
}
