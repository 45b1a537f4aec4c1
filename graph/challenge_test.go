package graph

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestMissingClaimsAreAskedForWith401(t *testing.T) {
	const claims = "eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="
	for _, c := range []struct {
		name   string
		err    *teamwork.Error
		status int
	}{
		{"with claims", &teamwork.Error{Kind: teamwork.Unauthenticated, Message: "no", Claims: claims}, http.StatusUnauthorized},
		{"without", &teamwork.Error{Kind: teamwork.Unauthenticated, Message: "no"}, http.StatusOK},
	} {
		for _, mode := range []bool{false, true} {
			h := NewHandler(Options{Unplanned: mode, Resolvers: &root{status: func(context.Context) (*teamwork.UpstreamStatus, error) { return nil, c.err }}})
			req := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query":"{ __typename upstreamStatus { circuit } }"}`))
			req.Header.Set("Content-Type", "application/json")
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, req)
			asked := rec.Header().Get("WWW-Authenticate")
			if rec.Code != c.status || strings.Contains(asked, `error="insufficient_claims"`) != (c.status == 401) || strings.Contains(asked, `claims="`+claims+`"`) != (c.status == 401) {
				t.Errorf("%s: %d %q", c.name, rec.Code, asked)
			}
			if strings.Contains(rec.Body.String(), `"claims":"`+claims+`"`) != (c.status == 401) || !strings.Contains(rec.Body.String(), "UNAUTHENTICATED") {
				t.Errorf("%s: %s", c.name, rec.Body)
			}
		}
	}
}
