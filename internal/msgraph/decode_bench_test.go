package msgraph

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// sandboxBodies are what the sandbox answers: pages, single nouns and a batch of 20 pages.
func sandboxBodies(t testing.TB) map[string][]byte {
	t.Helper()
	s := sandbox.New(sandbox.Options{Quiet: true, Operations: 40})
	ask := func(method, path, body string) []byte {
		req := httptest.NewRequest(method, "http://sandbox.localhost/beta"+path, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, req)
		text, err := io.ReadAll(w.Result().Body)
		if err != nil || w.Code != http.StatusOK {
			t.Fatalf("%s %s: %d, %v", method, path, w.Code, err)
		}
		return text
	}
	bodies := map[string][]byte{"devices": ask("GET", "/teamwork/devices?$top=50", "")}
	page, _, err := decodePage[teamwork.Device](bodies["devices"])
	if err != nil || len(page.Value) != 50 {
		t.Fatal(len(page.Value), err)
	}
	of := "/teamwork/devices/" + page.Value[0].DeviceID
	for name, path := range map[string]string{"device": "", "activity": "/activity", "configuration": "/configuration", "health": "/health", "operations": "/operations?$top=20"} {
		bodies[name] = ask("GET", of+path, "")
	}
	var reads []string
	for i, dev := range page.Value[:maxMembers] {
		reads = append(reads, fmt.Sprintf(`{"id":"%d","method":"GET","url":"/teamwork/devices/%s/operations?$top=5","headers":{"Accept":"application/json"}}`, i+1, dev.DeviceID))
	}
	bodies["batch"] = ask("POST", "/$batch", `{"requests":[`+strings.Join(reads, ",")+`]}`)
	return bodies
}

// BenchmarkDecode compares the quick way with the careful one.
func BenchmarkDecode(b *testing.B) {
	bodies := sandboxBodies(b)
	for _, c := range []struct {
		name           string
		quick, careful func(body []byte) error
	}{
		{"operations", erring(decodePage[teamwork.DeviceOperation]), erring(carefulPage[teamwork.DeviceOperation])},
		{"devices", erring(decodePage[teamwork.Device]), erring(carefulPage[teamwork.Device])},
		{"health", erring(decodeOne[teamwork.DeviceHealth]), erring(carefulOne[teamwork.DeviceHealth])},
		{"configuration", erring(decodeOne[teamwork.DeviceConfiguration]), erring(carefulOne[teamwork.DeviceConfiguration])},
		{"batch", asItComes[teamwork.DeviceOperation], carefulBatchOf[teamwork.DeviceOperation]},
	} {
		for way, decode := range map[string]func([]byte) error{"quick": c.quick, "careful": c.careful} {
			b.Run(c.name+"/"+way, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(bodies[c.name])))
				for b.Loop() {
					if err := decode(bodies[c.name]); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// erring returns a decoder of which only the error matters.
func erring[T any](decode func([]byte) (T, []teamwork.Warning, error)) func([]byte) error {
	return func(body []byte) error {
		_, _, err := decode(body)
		return err
	}
}

// asItComes decodes a batch of pages.
func asItComes[T any](body []byte) error {
	asked := slices.Repeat([]inner{{ref: ref{shape: many[T]{}}}}, maxMembers)
	replies, err := decodeBatch(reply{header: http.Header{"Request-Id": {"r"}}, body: body}, asked)
	if err == nil && slices.ContainsFunc(replies, func(r reply) bool { return r.value == nil }) {
		err = errBadBatch
	}
	return err
}

// carefulBatchOf decodes a batch of pages without any quick way.
func carefulBatchOf[T any](body []byte) error {
	members, ok := carefulBatch(body)
	if !ok {
		return errBadBatch
	}
	replies, err := repliesOf(reply{header: http.Header{"Request-Id": {"r"}}}, members, maxMembers)
	if err != nil {
		return err
	}
	for _, r := range replies {
		if _, _, err := carefulPage[T](r.body); err != nil {
			return err
		}
	}
	return nil
}
