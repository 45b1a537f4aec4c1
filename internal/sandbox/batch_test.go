package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// responses are a batch's answers by id.
func responses(t *testing.T, r result) map[string]result {
	t.Helper()
	out := map[string]result{}
	list, _ := r.body["responses"].([]any)
	for _, one := range list {
		v := one.(map[string]any)
		res := result{status: int(v["status"].(float64)), header: map[string][]string{}}
		for name, value := range v["headers"].(map[string]any) {
			res.header.Set(name, value.(string))
		}
		res.body, _ = v["body"].(map[string]any)
		res.text, _ = v["body"].(string)
		out[v["id"].(string)] = res
	}
	return out
}

func get(id, url string) string {
	return fmt.Sprintf(`{"id":%q,"method":"GET","url":%q}`, id, url)
}

func batchOf(items ...string) string { return `{"requests":[` + strings.Join(items, ",") + `]}` }

func TestBatchAnswersEachRequestAsItWouldBeAlone(t *testing.T) {
	n := newTenant(t, Options{Quiet: true})
	post := `"method":"POST","headers":{"content-type":"application/json"},"body":`
	r := n.want(200, n.do("POST", "/$batch", batchOf(
		get("a", "/teamwork/devices?$top=2"),
		get("b", strings.TrimPrefix(n.path(0), "/")+"/health?$select=id"),
		get("c", "/teamwork/devices/none"),
		get("d", "/users/me"),
		get("e", "/beta/teamwork/devices"),
		`{"id":"f","url":"`+n.path(0)+`/restart",`+post+`{}}`,
		`{"id":"g","url":"`+n.path(0)+`/restart",`+post+`{}}`,
		`{"id":"h","url":"`+n.path(0)+`/operations",`+post+`{"status":"Queued","operationType":"remoteLogin"}}`,
		`{"id":"i","url":"/$batch",`+post+`{}}`,
		`{"id":"j","method":"PATCH","url":"`+n.path(0)+`","headers":{"Content-Type":"application/json"},"body":{}}`,
		`{"id":"k","method":"get","url":"/teamwork/devices?$filter=deviceType eq 'sip'","headers":{"Prefer":"include-unknown-enum-members"}}`,
	)))
	got := responses(t, r)
	status := map[string]int{}
	for id, one := range got {
		status[id] = one.status
	}
	want := map[string]int{"a": 200, "b": 200, "c": 404, "d": 404, "e": 404, "f": 202, "g": 409, "h": 201, "i": 400, "j": 405, "k": 200}
	if !maps.Equal(status, want) {
		t.Fatalf("got %v, want %v", status, want)
	}
	if link, _ := got["a"].at("@odata.nextLink").(string); !strings.HasPrefix(link, "http://graph.test/beta/teamwork/devices?$top=2&$skiptoken=") {
		t.Errorf("next link %q", link)
	}
	if h := got["a"].header; h.Get("Content-Type") != contentType || h.Get("OData-Version") != "4.0" || h.Get("Cache-Control") == "" {
		t.Errorf("inner headers %v", h)
	}
	if code := got["d"].at("error/code"); code != "UnknownError" || got["d"].at("error/message") != "" {
		t.Errorf("unknown path: %v", got["d"].body)
	}
	if h := got["f"].header; !strings.HasPrefix(h.Get("Location"), n.path(0)+"/operations/") || got["f"].body != nil {
		t.Errorf("action: %v %v", h, got["f"].body)
	}
	if h := got["c"].header.Get("Content-Type"); h != "application/json" {
		t.Errorf("inner error is %s", h)
	}
	if got["k"].header.Get("Preference-Applied") == "" || got["a"].header.Get("Preference-Applied") != "" {
		t.Error("Prefer belongs to one inner request")
	}
}

func TestBatchIsRefusedAsAWhole(t *testing.T) {
	n := newTenant(t, Options{})
	many := make([]string, 21)
	for i := range many {
		many[i] = get(fmt.Sprint(i), "/teamwork/devices")
	}
	for _, c := range []struct{ name, body, code, message string }{
		{"empty", `{"requests":[]}`, "BadRequest", "Invalid batch payload format."},
		{"without requests", `{}`, "BadRequest", "Invalid batch payload format."},
		{"misshapen", `{"requests":"all"}`, "BadRequest", "Invalid batch payload format."},
		{"not JSON", `{`, "BadRequest", "Invalid batch payload format."},
		{"without an id", batchOf(`{"method":"GET","url":"/x"}`), "BadRequest", "Invalid batch payload format."},
		{"without a url", batchOf(`{"id":"1","method":"GET"}`), "BadRequest", "Invalid batch payload format."},
		{"with a strange method", batchOf(`{"id":"1","method":"BREW","url":"/x"}`), "BadRequest", "Invalid batch payload format."},
		{"too long", batchOf(many...), "MaximumValueExceeded", "Number of batch request steps exceeds the maximum value of 20."},
		{"ids equal but for case", batchOf(get("a", "/x"), get("A", "/x")), "BadRequest", "Request Id A has to be unique in a batch."},
		{"write without content type", batchOf(`{"id":"1","method":"POST","url":"/x","body":{}}`), "BadRequest", "Write request id : 1 does not contain Content-Type header or body."},
		{"write without body", batchOf(`{"id":"1","method":"POST","url":"/x","headers":{"Content-Type":"application/json"}}`), "BadRequest", "Write request id : 1 does not contain Content-Type header or body."},
		{"depending on a later one", batchOf(`{"id":"1","method":"GET","url":"/x","dependsOn":["2"]}`, get("2", "/x")), "BadRequest", "Invalid dependency for request Id 1."},
		{"depending on itself", batchOf(`{"id":"1","method":"GET","url":"/x","dependsOn":["1"]}`), "BadRequest", "Invalid dependency for request Id 1."},
		{"absolute url", batchOf(get("1", "http://graph.test/beta/teamwork/devices")), "BadRequest", "The url of request Id 1 has to be relative to the version root."},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := n.want(400, n.do("POST", "/$batch", c.body))
			if r.at("error/code") != c.code || r.at("error/message") != c.message {
				t.Errorf("got %s", r.text)
			}
		})
	}
	n.want(415, n.do("POST", "/$batch", batchOf(get("1", "/x")), "Content-Type: text/plain"))
	n.want(200, n.do("POST", "/$batch", batchOf(many[:20]...)))
	if report := n.stats.report(); report.Inner != 20 {
		t.Errorf("counted %d inner requests", report.Inner)
	}
}

func TestBatchFailsWhatDependsOnAFailure(t *testing.T) {
	n := newTenant(t, Options{})
	after := func(id, on, url string) string {
		return fmt.Sprintf(`{"id":%q,"method":"GET","url":%q,"dependsOn":[%q]}`, id, url, on)
	}
	got := responses(t, n.want(200, n.do("POST", "/$batch", batchOf(
		get("ok", "/teamwork/devices"), after("then", "OK", "/teamwork/devices"),
		get("bad", "/teamwork/devices/none"), after("next", "bad", "/teamwork/devices"), after("last", "next", "/teamwork/devices"),
	))))
	for id, want := range map[string]int{"ok": 200, "then": 200, "bad": 404, "next": 424, "last": 424} {
		if got[id].status != want {
			t.Errorf("%s: %d, want %d", id, got[id].status, want)
		}
	}
	if code := got["next"].at("error/code"); code != "FailedDependency" {
		t.Errorf("code %v", code)
	}
}

func TestBatchAnswersInAnyOrder(t *testing.T) {
	n := newTenant(t, Options{})
	var asked, shuffled []string
	var items []string
	for i := range 20 {
		asked = append(asked, fmt.Sprint(i))
		items = append(items, get(fmt.Sprint(i), "/teamwork/devices?$top=1"))
	}
	r := n.want(200, n.do("POST", "/$batch", batchOf(items...)))
	for _, one := range r.body["responses"].([]any) {
		shuffled = append(shuffled, one.(map[string]any)["id"].(string))
	}
	if slices.Equal(asked, shuffled) {
		t.Error("in the order asked")
	}
	slices.SortFunc(shuffled, func(a, b string) int { return slices.Index(asked, a) - slices.Index(asked, b) })
	if !slices.Equal(asked, shuffled) {
		t.Errorf("got %v", shuffled)
	}
}
