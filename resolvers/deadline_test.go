package resolvers

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// TestAnswerAtTheDeadlineHasWhatIsThere: one device hangs, one is throttled, and the
// client wants its answer.
func TestAnswerAtTheDeadlineHasWhatIsThere(t *testing.T) {
	s := fleet()
	healthy := s.health
	s.health = func(ctx context.Context, id string) (*teamwork.DeviceHealth, error) {
		switch id {
		case "d1":
			<-ctx.Done()
			return nil, context.Cause(ctx)
		case "d2":
			return nil, wrapped(teamwork.Throttled)
		}
		return healthy(ctx, id)
	}
	const soon, late = 100 * time.Millisecond, time.Minute
	for _, c := range []struct {
		name, timeout string
		server        time.Duration
	}{
		{"the client's", "100", late},
		{"the server's", "60000", soon},
		{"the server's alone", "", soon},
	} {
		t.Run(c.name, func(t *testing.T) {
			began := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), c.server)
			defer cancel()
			header := http.Header{}
			if c.timeout != "" {
				header.Set("GraphQL-Timeout", c.timeout)
			}
			a, _ := askIn(ctx, t, s, header, `{ devices { nodes { health { createdBy { user { id } } } activity { meta { stale } } } } }`)
			if took := time.Since(began); took < soon || took > late/2 {
				t.Errorf("it took %v, want %v", took, soon)
			}
			partial(t, a)
		})
	}
}

// partial wants the health of d0, and why there is none of d1 and d2.
func partial(t *testing.T, a answer) {
	t.Helper()
	there := map[string]any{"meta": map[string]any{"stale": false}}
	want := []any{
		map[string]any{"health": map[string]any{"createdBy": map[string]any{"user": map[string]any{"id": "d0"}}}, "activity": there},
		map[string]any{"health": nil, "activity": there},
		map[string]any{"health": nil, "activity": there},
	}
	if d := cmp.Diff(any(want), dig(a.Data, "devices.nodes")); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	got := map[string]any{}
	for _, e := range a.Errors {
		if d := cmp.Diff([]any{"devices", "nodes", e.Path[2], "health"}, e.Path); d != "" {
			t.Errorf("path (-want +got)\n%s", d)
		}
		got[e.Extensions["code"].(string)] = []any{e.Path[2], e.Extensions["retryAfterSeconds"]}
	}
	if d := cmp.Diff(map[string]any{"UPSTREAM_UNAVAILABLE": []any{1.0, nil}, "RATE_LIMITED": []any{2.0, 2.0}}, got); d != "" {
		t.Errorf("errors (-want +got)\n%s", d)
	}
}
