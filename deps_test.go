package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/teamwork-graphql/teamwork-graphql"

// floor is a row of the house's plan: which package may import what. Rooms of one
// floor never import one another; the standard library is free to all but those
// rooms that have it alone.
type floor struct {
	pkg    string   // below the module, "" for the root
	ours   []string // packages of ours
	others []string // modules of others, or packages of them
	why    string
}

var floors = []floor{
	{"", []string{"graph", "resolvers", "internal/auth", "internal/cache", "internal/cluster", "internal/ledger", "internal/live", "internal/msgraph", "internal/sandbox", "internal/teamwork", "internal/web"},
		[]string{"github.com/caarlos0/env/v11", "github.com/prometheus/client_golang/prometheus"}, "only the top knows everyone"},
	{"cmd/sandbox", []string{"internal/sandbox"}, nil, "the sandbox as a server of its own"},
	{"bench", []string{"internal/freeport"}, []string{"github.com/coder/websocket"}, "it measures from outside, as a client would"},
	{"bench/limit", nil, []string{"github.com/coder/websocket", "github.com/redis/go-redis/v9"}, "the limit is bare net/http, a bare socket, and a bare GET"},
	{"bench/stub", nil, nil, "an upstream that costs next to nothing, of the standard library"},
	{"resolvers", []string{"graph", "internal/teamwork"}, []string{"github.com/99designs/gqlgen/graphql"}, "they turn GraphQL's words into Go's"},
	{"graph", []string{"internal/teamwork", "internal/quick"}, []string{"github.com/99designs/gqlgen/graphql", "github.com/vektah/gqlparser/v2", "github.com/maypok86/otter/v2", "github.com/coder/websocket"}, "the GraphQL machine"},
	{"graph/plangen", nil, []string{"github.com/99designs/gqlgen", "github.com/vektah/gqlparser/v2"}, "it generates the machine, from gqlgen's bindings"},
	{"internal/msgraph", []string{"internal/teamwork", "internal/quick"}, []string{"github.com/Azure/azure-sdk-for-go/sdk/azcore", "github.com/google/uuid", "github.com/sony/gobreaker/v2"}, "the only room that builds upstream URLs"},
	{"internal/cache", []string{"internal/teamwork", "internal/cluster", "internal/quick"}, []string{"golang.org/x/sync/singleflight", "github.com/maypok86/otter/v2", "github.com/klauspost/compress/s2"}, "it remembers, wherever cluster keeps"},
	{"internal/ledger", []string{"internal/teamwork", "internal/cluster", "internal/quick"}, nil, "it writes down what is asked before it is done"},
	{"internal/live", []string{"internal/teamwork", "internal/cluster"}, nil, "it polls a Service and tells who listens"},
	{"internal/auth", []string{"internal/teamwork"}, []string{"github.com/Azure/azure-sdk-for-go/sdk/azcore", "github.com/Azure/azure-sdk-for-go/sdk/azidentity", "github.com/lestrrat-go/jwx/v3", "github.com/maypok86/otter/v2"}, "the only room that knows credentials"},
	{"internal/auth/oidctest", nil, nil, "an issuer for tests, of the standard library: a wrong signature must not be wrong on both sides"},
	{"internal/teamwork", nil, nil, "the nouns can be read in ten minutes by someone new"},
	{"internal/quick", []string{"internal/teamwork"}, nil, "JSON read without reflection: the nouns', for whoever reads or keeps it, and requests'"},
	{"internal/cluster", nil, []string{"github.com/redis/go-redis/v9", "github.com/sony/gobreaker/v2", "github.com/maypok86/otter/v2"}, "the only room that knows Redis"},
	{"internal/cluster/redistest", []string{"internal/freeport"}, []string{"go.uber.org/goleak"}, "a redis-server for tests"},
	{"internal/freeport", nil, nil, "addresses for what tests and benchmarks start"},
	{"internal/sandbox", nil, nil, "it has wire structs of its own: a wrong tag must not be wrong on both sides"},
	{"internal/web/distpack", nil, []string{"github.com/klauspost/compress"}, "it packs the pages"},
	{"internal/web", nil, []string{"github.com/rs/cors", "github.com/klauspost/compress", "github.com/google/uuid"}, "it has never heard of GraphQL"},
}

// listed is what go list says of a package.
type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestRoomsImportOnlyWhatTheirFloorAllows(t *testing.T) {
	unseen := map[string]floor{}
	for _, f := range floors {
		unseen[f.pkg] = f
	}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		f, ok := unseen[name]
		if !ok {
			t.Errorf("%q has no row in the plan: say what it may import, and why", name)
			continue
		}
		delete(unseen, name)
		for _, path := range p.Imports {
			if !f.allows(path) {
				t.Errorf("%q imports %s, which its floor does not allow (%s)", name, path, f.why)
			}
		}
	}
	for name := range unseen {
		t.Errorf("the plan has a row for %q, and there is no such package", name)
	}
}

// allows reports whether the floor lets its package import path.
func (f floor) allows(path string) bool {
	if ours, ok := strings.CutPrefix(path, module+"/"); ok {
		return slices.Contains(f.ours, ours)
	}
	if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
		return true
	}
	return slices.ContainsFunc(f.others, func(allowed string) bool {
		return path == allowed || strings.HasPrefix(path, allowed+"/")
	})
}
