package msgraph

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// checkReads compares both ways to write a batch of reads.
func checkReads(t *testing.T, members []inner) (sure bool) {
	t.Helper()
	got, sure := encodeReads(members)
	if !sure {
		return false
	}
	want, err := carefulEncode(members)
	if d := cmp.Diff(string(want), string(got)); err != nil || d != "" {
		t.Errorf("%v (-want +got)\n%s", err, d)
	}
	return true
}

func TestReadsAreEncodedAsEncodingJSONDoes(t *testing.T) {
	var many []inner
	for n := range maxMembers + 1 {
		if !checkReads(t, many) {
			t.Errorf("it is not sure of %d reads", n)
		}
		many = append(many, inner{ref: ref{path: fmt.Sprintf("/teamwork/devices/d%%20'%d'/operations", n), query: []string{"", "$top=5&$skiptoken=<a>+~"}[n%2]}})
	}
	for _, odd := range []inner{
		{ref: ref{path: `/a"b`}}, {ref: ref{path: `/a\b`}}, {ref: ref{path: "/é"}}, {ref: ref{path: "/a\x00"}}, {ref: ref{path: "/a\x7f"}},
		{ref: ref{path: "/a", query: "b=\xff"}}, {ref: ref{path: "/a", query: "\u2028"}}, {ref: ref{path: "/a"}, body: json.RawMessage(`{}`)},
	} {
		if checkReads(t, []inner{many[0], odd}) {
			t.Errorf("it is sure of %q", odd.ref)
		}
	}
}

func FuzzEncodeReads(f *testing.F) {
	f.Add("/teamwork/devices/d1", "$expand=*&a=<b>", 3)
	f.Add("/\"\\\x00é", "\u2028\xff", 1)
	f.Fuzz(func(t *testing.T, path, query string, n int) {
		members := make([]inner, min(max(n, 0), maxMembers))
		for i := range members {
			members[i].ref = ref{path: path, query: query}
		}
		checkReads(t, members)
	})
}

// BenchmarkEncodeBatch compares the quick way with the careful one.
func BenchmarkEncodeBatch(b *testing.B) {
	members := make([]inner, maxMembers)
	for i := range members {
		members[i].ref = ref{path: fmt.Sprintf("/teamwork/devices/7aaf2f10-dc4f-b43d-bbd9-9af1a767ec%02d/operations", i), query: "$top=5"}
	}
	for way, encode := range map[string]func([]inner) ([]byte, error){"quick": encodeBatch, "careful": carefulEncode} {
		b.Run(way, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := encode(members); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
