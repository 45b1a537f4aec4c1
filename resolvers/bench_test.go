package resolvers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/graph"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// BenchmarkAnswer answers a page of 20 operations with every field, and a list of 50
// devices with 5 operations each, from a Service that has them in memory.
func BenchmarkAnswer(b *testing.B) {
	user := "Adele Vance"
	ops := make([]*teamwork.DeviceOperation, 20)
	for i := range ops {
		ops[i] = operation(fmt.Sprint("o", i))
		ops[i].CreatedDateTime = teamwork.ParseDateTime("2026-01-31T09:30:00.123Z")
		ops[i].CreatedBy = &teamwork.IdentitySet{User: &teamwork.UserIdentity{ID: &user, DisplayName: &user}}
	}
	s := &service{
		devices: func(context.Context, teamwork.DevicesRequest) (*teamwork.Page[teamwork.Device], error) {
			page := &teamwork.Page[teamwork.Device]{Meta: meta}
			for i := range 50 {
				page.Items = append(page.Items, device(fmt.Sprint("d", i)))
			}
			return page, nil
		},
		operations: func(_ context.Context, req teamwork.OperationsRequest) (*teamwork.Page[teamwork.DeviceOperation], error) {
			return &teamwork.Page[teamwork.DeviceOperation]{Items: ops[:req.Top], Meta: meta}, nil
		},
	}
	for name, file := range map[string]string{"page": "../bench/operations.graphql", "fleet": "../bench/fleet.graphql"} {
		text, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		body, err := json.Marshal(map[string]any{"query": string(text), "variables": map[string]any{"id": "d1", "deviceId": "d1", "first": 50}})
		if err != nil {
			b.Fatal(err)
		}
		for way, unplanned := range map[string]bool{"plan": false, "gqlgen": true} {
			handler := graph.NewHandler(graph.Options{Resolvers: resolverOf(s), Refuse: Refuse, Unplanned: unplanned})
			b.Run(name+"/"+way, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					req := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
					req.Header.Set("Content-Type", "application/json")
					w := httptest.NewRecorder()
					if handler.ServeHTTP(w, req); w.Code != http.StatusOK || bytes.Contains(w.Body.Bytes(), []byte("errors")) {
						b.Fatal(w.Body)
					}
				}
			})
		}
	}
}
