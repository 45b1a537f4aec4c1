package sandbox

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestListPagesByTwenty(t *testing.T) {
	n := newTenant(t, Options{Devices: 53})
	for _, c := range []struct {
		name, query string
		sizes       []int
	}{
		{"unless told", "", []int{20, 20, 13}},
		{"or as told", "?$top=30", []int{30, 23}},
		{"without a dollar", "?top=30", []int{30, 23}},
		{"never more than fifty", "?$top=999", []int{50, 3}},
		{"ending exactly", "?$top=1&$filter=deviceType eq 'teamsDisplay'", slices.Repeat([]int{1}, count(53, "teamsDisplay"))},
	} {
		t.Run(c.name, func(t *testing.T) {
			var sizes []int
			seen := map[string]bool{}
			path := "/teamwork/devices" + c.query
			for path != "" {
				r := n.want(200, n.get(path))
				sizes = append(sizes, len(r.values()))
				for _, id := range ids(r) {
					seen[id] = true
				}
				if r.at("@odata.count") != float64(len(r.values())) {
					t.Errorf("@odata.count is %v", r.at("@odata.count"))
				}
				path, _ = r.at("@odata.nextLink").(string)
				if path != "" && !strings.HasPrefix(path, "http://graph.test/beta/teamwork/devices?") {
					t.Fatalf("next link %s", path)
				}
			}
			total := 0
			for _, size := range sizes {
				total += size
			}
			if !slices.Equal(sizes, c.sizes) || len(seen) != total {
				t.Errorf("pages of %v with %d distinct, want %v", sizes, len(seen), c.sizes)
			}
		})
	}
}

func count(devices int, kind string) int {
	n := 0
	for _, u := range New(Options{Devices: devices}).units {
		if u.device.DeviceType == kind {
			n++
		}
	}
	return n
}

func TestNextLinkKeepsTheOptionsAndEncodesItsTokenOnce(t *testing.T) {
	n := newTenant(t, Options{})
	r := n.get("/teamwork/devices?$top=3&$select=id,notes&$filter=deviceType eq 'TeamsRoom'")
	link, err := url.Parse(r.at("@odata.nextLink").(string))
	if err != nil {
		t.Fatal(err)
	}
	q := link.Query()
	if q.Get("$top") != "3" || q.Get("$select") != "id,notes" || q.Get("$filter") != "deviceType eq 'TeamsRoom'" {
		t.Errorf("options of %s", link)
	}
	token := q.Get("$skiptoken")
	if !strings.ContainsAny(token, "+") || !strings.ContainsAny(token, "#") || !strings.ContainsAny(token, "=") || !strings.ContainsAny(token, "/") || !strings.ContainsAny(token, ":") {
		t.Errorf("token %s is too tame", token)
	}
	if strings.ContainsAny(link.RawQuery, "#+") {
		t.Errorf("token is not encoded: %s", link.RawQuery)
	}
	n.want(200, n.get(link.String()))
	for name, wrong := range map[string]string{
		"twice encoded":  "?$skiptoken=" + url.QueryEscape(url.QueryEscape(token)),
		"not encoded":    "?$skiptoken=" + strings.ReplaceAll(token, "#", "%23"),
		"of another one": "?$skiptoken=" + url.QueryEscape(token),
		"tampered with":  "?$filter=deviceType eq 'TeamsRoom'&$skiptoken=" + url.QueryEscape(strings.Replace(token, "RT:2", "RT:3", 1)),
		"invented":       "?$skiptoken=20",
	} {
		t.Run(name, func(t *testing.T) { n.want(400, n.get("/teamwork/devices"+wrong)) })
	}
}

func TestOptionsAreUnderstoodIgnoredOrRefused(t *testing.T) {
	n := newTenant(t, Options{})
	device := n.path(0)
	for _, c := range []struct {
		path   string
		status int
		code   string
	}{
		{"/teamwork/devices?$top=0", 400, "BadRequest"},
		{"/teamwork/devices?$top=-1", 400, "BadRequest"},
		{"/teamwork/devices?$top=ten", 400, "BadRequest"},
		{"/teamwork/devices?$select=nickname", 400, "BadRequest"},
		{"/teamwork/devices?$select=ID,health,*", 200, ""},
		{"/teamwork/devices?$expand=health", 400, "ExpandNotSupported"},
		{"/teamwork/devices?$expand=*", 400, "ExpandNotSupported"},
		{"/teamwork/devices?$count=true&$orderby=id desc&$skip=3&$search=x", 200, ""},
		{"/teamwork/devices?$apply=aggregate(x)", 400, "BadRequest"},
		{"/teamwork/devices?utm_source=x", 200, ""},
		{"/teamwork/devices?$filter=deviceType ne 'sip'", 400, "BadRequest"},
		{"/teamwork/devices?$filter=deviceType eq 'sip' or deviceType eq 'ipPhone'", 400, "BadRequest"},
		{"/teamwork/devices?$filter=deviceType in ('sip')", 400, "BadRequest"},
		{"/teamwork/devices?$filter=deviceType eq 'toaster'", 400, "BadRequest"},
		{"/teamwork/devices?$filter=notes eq 'x'", 400, "BadRequest"},
		{"/teamwork/devices?$filter=", 400, "BadRequest"},
		{"/teamwork/devices/?$filter=deviceType eq 'SIPANALOG'", 200, ""},
		{"/teamwork/devices?%zz=1", 400, "BadRequest"},
		{device + "/operations?$filter=status eq 'Queued'", 400, "BadRequest"},
		{device + "/operations?$top=1&$select=status", 200, ""},
		{device + "/health?$expand=connection", 400, "ExpandNotSupported"},
		{device + "/health?$select=id,connection&$expand=*", 200, ""},
	} {
		t.Run(c.path, func(t *testing.T) {
			r := n.want(c.status, n.get(c.path))
			if c.code != "" && r.at("error/code") != c.code {
				t.Errorf("code %v", r.at("error/code"))
			}
		})
	}
}

func TestFilterTakesTheThreeDocumentedForms(t *testing.T) {
	n := newTenant(t, Options{})
	one := n.units[3].device
	quoted := n.units[4].device
	n.units[4].device.HardwareDetail.UniqueID = new("it's") // the filter reads this, not what is encoded
	for _, c := range []struct{ name, filter, id string }{
		{"unique id", "hardwareDetail/uniqueId eq '" + *one.HardwareDetail.UniqueID + "'", one.ID},
		{"unique id with a quote", "hardwareDetail/uniqueId eq 'it''s'", quoted.ID},
		{"user", "currentUser/id eq '" + *one.CurrentUser.ID + "'", one.ID},
		{"type in any case", "deviceType eq 'SurfaceHUB'", one.ID},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := n.want(200, n.get("/teamwork/devices?$filter="+c.filter))
			if got := ids(r); !slices.Contains(got, c.id) || len(got) > 20 {
				t.Errorf("got %v", got)
			}
			for _, d := range r.values() {
				if c.name == "type in any case" && d["deviceType"] != "surfaceHub" {
					t.Errorf("got a %v", d["deviceType"])
				}
			}
		})
	}
	if r := n.get("/teamwork/devices?$filter=currentUser/id eq 'nobody'"); len(r.values()) != 0 || r.at("@odata.nextLink") != nil {
		t.Errorf("got %s", r.text)
	}
}

func TestSelectBringsNothingElse(t *testing.T) {
	n := newTenant(t, Options{})
	for _, c := range []struct {
		path, context string
		names         []string
	}{
		{"/teamwork/devices/{0}?$select=notes,deviceType", "devices(notes,deviceType)/$entity", []string{"@odata.context", "deviceType", "notes"}},
		{"/teamwork/devices/{0}/health?select=connection", "devices('{0}')/health(connection)/$entity", []string{"@odata.context", "connection"}},
		{"/teamwork/devices/{0}/operations?$select=id,status&$top=1", "devices('{0}')/operations(id,status)", []string{"id", "status"}},
	} {
		t.Run(c.path, func(t *testing.T) {
			r := n.want(200, n.get(strings.ReplaceAll(c.path, "{0}", n.units[0].device.ID)))
			want := "http://graph.test/beta/$metadata#teamwork/" + strings.ReplaceAll(c.context, "{0}", n.units[0].device.ID)
			if r.at("@odata.context") != want {
				t.Errorf("context %v, want %s", r.at("@odata.context"), want)
			}
			object := r.body
			if list := r.values(); list != nil {
				object = list[0]
			}
			var names []string
			for name := range object {
				names = append(names, name)
			}
			slices.Sort(names)
			if !slices.Equal(names, c.names) {
				t.Errorf("got %v, want %v", names, c.names)
			}
		})
	}
}

func TestPathsAreFoundInEveryDocumentedSpelling(t *testing.T) {
	n := newTenant(t, Options{})
	id := n.units[0].device.ID
	operation := ids(n.get(n.path(0) + "/operations"))[0]
	for _, c := range []struct {
		method, path string
		status       int
		message      string
	}{
		{"GET", "/TeamWork/DEVICES", 200, ""},
		{"GET", "/teamwork/devices/", 200, ""},
		{"GET", "/teamwork/devices('" + id + "')", 200, ""},
		{"GET", "/teamwork/devices('" + id + "')/operations('" + operation + "')", 200, ""},
		{"GET", "/teamwork/devices(%27" + id + "%27)/health", 200, ""},
		{"GET", "/teamwork/devices('it''s')", 404, "The device was not found in this tenant."},
		{"GET", "/teamwork/devices/devices%28%27x%27%29", 404, "The device was not found in this tenant."},
		{"GET", "/teamwork/devices/a%2Fb/health", 404, "The device was not found in this tenant."},
		{"GET", "/teamwork/devices/" + id + "/HEALTH", 200, ""},
		{"POST", "/teamwork/devices/" + id + "/microsoft.graph.restart", 202, ""},
		{"POST", "/teamwork/devices/" + id + "/rundiagnostics", 202, ""},
		{"GET", "/teamwork/devices/none", 404, "The device was not found in this tenant."},
		{"GET", "/teamwork/devices/none/health", 404, "The device was not found in this tenant."},
		{"GET", "/teamwork/devices/none/operations/" + operation, 404, "The device was not found in this tenant."},
		{"GET", "/teamwork/devices/" + id + "/operations/none", 404, "The operation was not found on this device."},
		{"POST", "/teamwork/devices/none/restart", 404, "The device was not found in this tenant."},
		{"GET", "/teamwork/devices/$count", 400, "Resource not found for the segment '$count'."},
		{"GET", "/teamwork/devices/" + id + "/camera", 400, "Resource not found for the segment 'camera'."},
		{"GET", "/teamwork/devices/" + id + "/health/more", 400, "Resource not found for the segment 'more'."},
		{"GET", "/users", 400, "Resource not found for the segment 'users'."},
		{"GET", "http://graph.test/v1.0/teamwork/devices", 400, "Resource not found for the segment 'v1.0'."},
		{"GET", "http://graph.test/betamax", 400, "Resource not found for the segment 'betamax'."},
		{"PATCH", "/teamwork/devices/" + id, 405, "The HTTP method is not supported on this resource."},
		{"GET", "/$batch", 405, "The HTTP method is not supported on this resource."},
		{"GET", "/teamwork/devices/" + id + "/restart", 405, "The HTTP method is not supported on this resource."},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			r := n.want(c.status, n.do(c.method, c.path, ""))
			if c.message != "" && r.at("error/message") != c.message {
				t.Errorf("message %v", r.at("error/message"))
			}
		})
	}
}
