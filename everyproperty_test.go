package main

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// contract parses the schema as clients get it.
func contract(t *testing.T) *ast.Schema {
	t.Helper()
	text, err := os.ReadFile("schema.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	return gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphqls", Input: string(text)})
}

// selectAll writes a selection of everything below a type.
func selectAll(schema *ast.Schema, def *ast.Definition) string {
	var b strings.Builder
	b.WriteString("{ ")
	for _, field := range def.Fields {
		if strings.HasPrefix(field.Name, "__") {
			continue
		}
		b.WriteString(field.Name + " ")
		if below := schema.Types[field.Type.Name()]; below.Kind == ast.Object {
			b.WriteString(selectAll(schema, below))
		}
	}
	b.WriteString("} ")
	return b.String()
}

// wireNames are the few members that are called differently in our contract.
var wireNames = map[string]string{"peripheralId": "id"}

// comparison walks an answer beside the body of upstream that it was made of.
type comparison struct {
	t      *testing.T
	schema *ast.Schema
	leaves int
}

func (c *comparison) object(path string, def *ast.Definition, got, sent map[string]any) {
	for _, field := range def.Fields {
		if strings.HasPrefix(field.Name, "__") || field.Name == "meta" {
			continue
		}
		wire := field.Name
		if renamed, ok := wireNames[wire]; ok {
			wire = renamed
		}
		c.value(path+"."+field.Name, field.Type, got[field.Name], sent[wire])
	}
}

func (c *comparison) value(path string, typ *ast.Type, got, sent any) {
	if got == nil || sent == nil {
		c.t.Errorf("%s: answered %v, upstream sent %v: the walk needs a value", path, got, sent)
		return
	}
	if typ.Elem != nil {
		gotItems, sentItems := got.([]any), sent.([]any)
		if len(gotItems) == 0 || len(gotItems) != len(sentItems) {
			c.t.Errorf("%s: %d items, upstream sent %d", path, len(gotItems), len(sentItems))
			return
		}
		for i := range gotItems {
			c.value(path, typ.Elem, gotItems[i], sentItems[i])
		}
		return
	}
	def := c.schema.Types[typ.Name()]
	if def.Kind == ast.Object {
		c.object(path, def, got.(map[string]any), sent.(map[string]any))
		return
	}
	c.leaves++
	if plain(def, got) != plain(def, sent) {
		c.t.Errorf("%s: answered %v, upstream sent %v", path, got, sent)
	}
}

// plain writes a leaf the same on both sides: words without case, times as an
// instant.
func plain(def *ast.Definition, v any) string {
	text, isText := v.(string)
	switch {
	case isText && def.Kind == ast.Enum:
		return strings.ToLower(strings.ReplaceAll(text, "_", ""))
	case isText && def.Name == "DateTime":
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return "no time: " + text
		}
		return at.UTC().String()
	}
	out, _ := json.Marshal(v)
	return string(out)
}

// richest is the sandbox's device that has every property set.
const richest = 1

func TestEveryPropertyComesFromUpstreamToTheAnswer(t *testing.T) {
	root := upstream(t, sandbox.Options{})
	f := serve(t, overSocket(root)...)
	schema := contract(t)
	id := deviceIDs(f, richest+1)[richest]
	for _, c := range []struct{ field, typ string }{
		{"activity", "DeviceActivity"}, {"configuration", "DeviceConfiguration"}, {"health", "DeviceHealth"},
	} {
		t.Run(c.typ, func(t *testing.T) {
			data := f.must(`query($id: String!) { device(by: {deviceId: $id}) { `+c.field+` `+selectAll(schema, schema.Types[c.typ])+` } }`, map[string]any{"id": id})
			resp, err := http.Get(root + "/teamwork/devices/" + id + "/" + c.field + "?$expand=*")
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var sent map[string]any
			if err := json.NewDecoder(resp.Body).Decode(&sent); err != nil {
				t.Fatal(err)
			}
			walk := &comparison{t: t, schema: schema}
			walk.object(c.field, schema.Types[c.typ], dig(t, data, "device", c.field).(map[string]any), sent)
			t.Logf("%d leaves", walk.leaves)
			if walk.leaves < 20 {
				t.Errorf("only %d leaves were compared", walk.leaves)
			}
		})
	}
}

func TestSecretsHaveNoPlaceInTheContract(t *testing.T) {
	for name, def := range contract(t).Types {
		for _, field := range def.Fields {
			if lower := strings.ToLower(field.Name); strings.Contains(lower, "password") || slices.Contains([]string{"lockpin", "pin"}, lower) {
				t.Errorf("%s.%s", name, field.Name)
			}
		}
	}
}
