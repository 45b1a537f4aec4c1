package msgraph

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestBatchOnTheWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, b := boxed(t, Options{})
		ctx := c.Gathering(t.Context())
		reads := []func(){
			func() { _, _ = c.Device(ctx, "d 1/é") },
			func() { _, _ = c.Health(ctx, "d1") },
			func() { _, _ = c.Operations(ctx, teamwork.OperationsRequest{DeviceID: "d1", Top: 5}) },
		}
		teamwork.Together(ctx, len(reads), func(i int) {
			time.Sleep(time.Duration(i) * moment / 2) // their order is part of the file
			reads[i]()
		})
		golden(t, "requests/batch-of-reads.json", []byte(b.bodies[0]))
		c.CreateOperations(t.Context(), []teamwork.CreateOperation{fullCreate(), action(teamwork.DeviceRestart)})
		golden(t, "requests/batch-of-creates.json", []byte(b.bodies[1]))
		c.createRoute = Actions
		c.CreateOperations(t.Context(), []teamwork.CreateOperation{update(new("1.2")), action(teamwork.DeviceRestart)})
		golden(t, "requests/batch-of-actions.json", []byte(b.bodies[2]))
	})
}

func TestDecodeBatch(t *testing.T) {
	outer := http.Header{"Request-Id": {"r-outer"}}
	for _, c := range []struct {
		name string
		body string
		want []string // "status body", or "error"
	}{
		{"in any order", `{"responses":[{"id":"2","status":200,"body":{"b":2}},{"id":"1","status":404,"body":{"a":1}}]}`, []string{`404 {"a":1}`, `200 {"b":2}`}},
		{"numbers as texts, and texts as numbers", `{"responses":[{"id":2,"status":"200","body":{}},{"id":1,"status":200}]}`, []string{`200 `, `200 {}`}},
		{"members in another case", `{"Responses":[{"ID":"1","STATUS":200,"Body":[1]},{"id":"2","status":201}]}`, []string{`200 [1]`, `201 `}},
		{"the body as it came", `{"responses":[{"id":"1","status":200,"body": { "a" : 1.0e0 , "b":"\u00e9" }},{"id":"2","status":200,"body":"<html>"}]}`,
			[]string{`200 { "a" : 1.0e0 , "b":"\u00e9" }`, `200 "<html>"`}},
		{"one missing", `{"responses":[{"id":"2","status":200}]}`, []string{"error", `200 `}},
		{"one twice", `{"responses":[{"id":"2","status":200},{"id":"1","status":200},{"id":"2","status":200},{"id":"2","status":500}]}`, []string{`200 `, "error"}},
		{"one unknown", `{"responses":[{"id":"3","status":200},{"id":"0"},{"id":"-1"},{"id":"x"},{"id":"1","status":200},{"id":"2","status":200}]}`, []string{`200 `, `200 `}},
		{"odd members", `{"responses":[null,7,"x",[],{},{"id":{"a":1}},{"id":null},{"id":"1","status":200,"headers":[]},{"id":"2","status":200,"headers":7}]}`, []string{`200 `, `200 `}},
		{"no status", `{"responses":[{"id":"1"},{"id":"2","status":null}]}`, []string{"error", "error"}},
		{"odd statuses", `{"responses":[{"id":"1","status":2e2},{"id":"2","status":99}]}`, []string{"error", "error"}},
		{"a body over 10 MB", `{"responses":[{"id":"1","status":200,"body":"` + strings.Repeat("x", maxBody) + `"},{"id":"2","status":200}]}`, []string{"error", `200 `}},
		{"more than can be", `{"responses":[{"id":"1","status":200},{"id":"2","status":200}` + strings.Repeat(`,{"id":"1"}`, 100) + `]}`, []string{"error", `200 `}},
		{"nothing", ``, nil},
		{"no object", `[]`, nil},
		{"no responses", `{"error":{}}`, nil},
		{"none", `{"responses":[]}`, nil},
		{"null", `{"responses":null}`, nil},
		{"not a list", `{"responses":{"id":"1","status":200}}`, nil},
		{"half of it", `{"responses":[{"id":"1","status":200},{"id":"2","sta`, nil},
		{"something after it", `{"responses":[{"id":"1","status":200}]}x`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := decodeBatch(reply{header: outer, body: []byte(c.body)}, make([]inner, 2))
			if (err != nil) != (c.want == nil) {
				t.Fatalf("got %+v: %v", got, err)
			}
			for i, want := range c.want {
				r := got[i]
				said := "error"
				if r.err == nil {
					said = strconv.Itoa(r.status) + " " + string(r.body)
				}
				if said != want || r.header.Get("request-id") != "r-outer" {
					t.Errorf("%d: got %s, want %s", i+1, said, want)
				}
			}
		})
	}
}

func TestInnerHeadersAreReadInAnyCase(t *testing.T) {
	const body = `{"responses":[{"id":"1","status":429,"headers":{"RETRY-AFTER":"7","request-ID":"r1","x-list":["a"],"LoCation":"/x"}},` +
		`{"id":"2","status":429,"headers":{"retry-after":7}}]}`
	got, err := decodeBatch(reply{header: http.Header{}, body: []byte(body)}, make([]inner, 2))
	if err != nil {
		t.Fatal(err)
	}
	want := http.Header{"Retry-After": {"7"}, "Request-Id": {"r1"}, "Location": {"/x"}}
	if diff := cmp.Diff(want, got[0].header); diff != "" || got[1].header.Get("Retry-After") != "7" {
		t.Errorf("%+v: %s", got[1].header, diff)
	}
}

// FuzzDecodeBatch: whatever comes, each member has an answer or an error, and bodies are
// bytes of the batch.
func FuzzDecodeBatch(f *testing.F) {
	f.Add([]byte(`{"responses":[{"id":"1","status":200,"headers":{"Retry-After":"1"},"body":{"a":1}}]}`), 3)
	f.Add([]byte(`{"responses":[{"id":2,"status":"429","headers":{"a":[1,{"b":null}]},"body":"x"},null,7]}`), 20)
	f.Add([]byte(`{"responses":[{"id":"1","status":200},{"id":"1","status":200}]}`), 1)
	f.Add([]byte("{\"responses\":[{\"id\":\"\\ud800\",\"headers\":{\"\\u0000\":\"\\n\"}}]}"), 1)
	f.Fuzz(func(t *testing.T, body []byte, n int) {
		n = max(1, min(n, maxMembers))
		text := slices.Clone(body)
		asked := make([]inner, n)
		for i := range asked {
			asked[i].ref.shape = []shape{nil, one[teamwork.Device]{}, many[teamwork.DeviceOperation]{}}[i%3]
		}
		got, err := decodeBatch(reply{header: http.Header{}, body: body}, asked)
		if !slices.Equal(text, body) {
			t.Error("the text was changed")
		}
		if err != nil {
			if got != nil {
				t.Errorf("answers and an error: %v", err)
			}
			return
		}
		if len(got) != n {
			t.Fatalf("%d answers for %d", len(got), n)
		}
		for _, r := range got {
			if r.err == nil && (r.status < 100 || r.status > 599) || !r.inBatch || r.header == nil || !bytes.Contains(text, r.body) {
				t.Errorf("%+v", r)
			}
			if r.value != nil && (r.status != http.StatusOK || !looksLikeObject(r.body)) {
				t.Errorf("%T was read in %+v", r.value, r)
			}
		}
	})
}

func TestBatchIsCountedByItsMembers(t *testing.T) {
	const device = "GET /teamwork/devices/{deviceId} "
	for _, c := range []struct {
		name         string
		step         *step
		answer       func(string, string, int) said
		outer, inner []string
	}{
		{"each by its own status", nil, func(_, url string, _ int) said {
			switch url {
			case "/teamwork/devices/d1":
				return said{status: 404}
			case "/teamwork/devices/d2":
				return said{nothing: true}
			}
			return said{body: thing(url)}
		}, []string{"POST /$batch 200"}, []string{device + "200", device + "404", device + "failed"}},
		{"a failure of the whole", &step{status: 403}, nil, []string{"POST /$batch 403"}, []string{device + "403", device + "403", device + "403"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var outer, inner []string
				client, b := boxed(t, Options{
					Observe:      func(route, status string) { outer = append(outer, route+" "+status) },
					ObserveInner: func(route, status string) { inner = append(inner, route+" "+status) },
				})
				b.outer = func(int, []string) *step { return c.step }
				if c.answer != nil {
					b.answer = c.answer
				}
				readAll(client.Gathering(t.Context()), client, names(3))
				slices.Sort(inner)
				if diff := cmp.Diff(c.outer, outer) + cmp.Diff(c.inner, inner); diff != "" {
					t.Error(diff)
				}
				outer, inner = nil, nil
				b.answer = func(string, string, int) said { return said{status: 404} }
				_, _ = client.Device(t.Context(), "d1")
				if diff := cmp.Diff([]string{device + "404"}, outer) + cmp.Diff(inner, outer); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestBatchWithoutATokenIsNotCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{Authorization: nobody{}, CallersToken: true, ObserveInner: func(route, status string) {
			t.Errorf("counted %s %s", route, status)
		}})
		for _, r := range readAll(client.Gathering(t.Context()), client, names(3)) {
			wantKind(t, r.err, teamwork.Unauthenticated)
		}
		if len(b.outings) > 0 {
			t.Errorf("sent %v", b.outings)
		}
	})
}

func TestRetirementIsReadInsideABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{})
		b.answer = on("d1", always(said{body: `{"id":"d1"}`, header: "Sunset: Mon, 08 Dec 2025 00:00:00 GMT"}))
		wantWhole(t, names(3), readAll(client.Gathering(t.Context()), client, names(3)))
		if at := client.Status(t.Context()).SunsetAt; !at.Known() {
			t.Error("the sunset is not noted")
		}
	})
}

func TestNextLinksInsideABatchLeadOn(t *testing.T) {
	c, _ := sandboxed(t, Options{}, "")
	all, _ := everyDevice(t, c, nil)
	ctx := c.Gathering(t.Context())
	plain := everyOperation(t, c, all[0].DeviceID)
	teamwork.Together(ctx, 2, func(i int) {
		var got []string
		for token := ""; ; {
			page, err := c.Operations(ctx, teamwork.OperationsRequest{DeviceID: all[0].DeviceID, Top: 2 + i, Page: token})
			if err != nil {
				t.Error(err)
				return
			}
			for _, op := range page.Items {
				got = append(got, op.OperationID)
			}
			if token = page.Next; token == "" {
				break
			}
		}
		if len(got) != len(plain) {
			t.Errorf("%d operations of %d", len(got), len(plain))
		}
	})
}
