package main

import (
	"slices"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/internal/msgraph"
)

func TestProvenanceNamesRoutesThatTheClientKnows(t *testing.T) {
	named := map[string]bool{}
	for _, def := range contract(t).Types {
		for _, field := range def.Fields {
			d := field.Directives.ForName("graph")
			if d == nil {
				continue
			}
			for _, arg := range d.Arguments {
				method := map[string]string{"get": "GET", "post": "POST"}[arg.Name]
				route := method + " " + arg.Value.Raw
				named[route] = true
				if !slices.Contains(msgraph.Routes(), route) {
					t.Errorf("%s.%s says %s, which the client does not call", def.Name, field.Name, route)
				}
			}
		}
	}
	if len(named) < 8 {
		t.Errorf("only %d routes are named: %v", len(named), named)
	}
}
