package sandbox

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var rewrite = flag.Bool("update", false, "write testdata anew")

// TestWireIsAsItWas holds answers to the byte, order of members included, so that a change of the wire, or of what the
// seed invents, is seen in a diff and not by a reader of a README.
func TestWireIsAsItWas(t *testing.T) {
	for _, c := range []struct {
		name string
		ask  func(*tenant) result
	}{
		{"devices", func(n *tenant) result { return n.get("/teamwork/devices?$top=3") }},
		{"device", func(n *tenant) result { return n.get(n.path(0)) }},
		{"device-select", func(n *tenant) result { return n.get(n.path(0) + "?$select=id,notes,currentUser") }},
		{"activity", func(n *tenant) result { return n.get(n.path(0) + "/activity?$expand=*") }},
		{"activity-plain", func(n *tenant) result { return n.get(n.path(0) + "/activity") }},
		{"configuration-room", func(n *tenant) result { return n.get(n.path(0) + "/configuration?$expand=*") }},
		{"configuration-phone", func(n *tenant) result { return n.get(n.path(2) + "/configuration?$expand=*") }},
		{"health-offline", func(n *tenant) result { return n.get(n.path(4) + "/health") }},
		{"health-gateway", func(n *tenant) result { return n.get(n.path(8) + "/health") }},
		{"operations", func(n *tenant) result { return n.get(n.path(0) + "/operations?$top=3") }},
		{"operation-created", func(n *tenant) result {
			return n.do("POST", n.path(0)+"/operations", `{"status":"Queued","operationType":"deviceRestart"}`)
		}},
		{"operation-moving", func(n *tenant) result {
			r := n.do("POST", n.path(0)+"/restart", "")
			n.pass(3 * time.Second)
			return n.get(r.header.Get("Location"))
		}},
		{"error-404", func(n *tenant) result { return n.get("/teamwork/devices/none") }},
		{"error-429", func(n *tenant) result {
			n.faults(`{"throttle":1}`)
			return n.get("/teamwork/devices")
		}},
		{"batch", func(n *tenant) result {
			return n.do("POST", "/$batch", batchOf(get("1", "/teamwork/devices/none"), get("2", n.path(0)+"?$select=id"), get("3", "/users")))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.ask(newTenant(t, Options{Quiet: true}))
			fixed := "11111111-1111-4111-8111-111111111111"
			text := []byte(strings.ReplaceAll(r.text, r.header.Get("request-id"), fixed))
			var got bytes.Buffer
			if err := json.Indent(&got, text, "", "  "); err != nil {
				t.Fatal(err, r.text)
			}
			got.WriteByte('\n')
			file := filepath.Join("testdata", c.name+".json")
			if *rewrite {
				if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
