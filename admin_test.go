package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

const adminToken = "open-sesame-4711-canary"

// adminURL returns where the server's operators go, from its banner.
func (f *front) adminURL() string {
	f.t.Helper()
	found := regexp.MustCompile(`metrics   (http://\S+)/metrics`).FindStringSubmatch(f.log.String())
	if found == nil {
		f.t.Fatalf("no metrics in\n%s", f.log)
	}
	return found[1]
}

// metric returns the value of a series, 0 if it is not there.
func (f *front) metric(series string) float64 {
	f.t.Helper()
	status, text := get(f.t, f.adminURL()+"/metrics")
	if status != http.StatusOK {
		f.t.Fatalf("/metrics answers %d", status)
	}
	found := regexp.MustCompile(`(?m)^teamwork_graphql_` + regexp.QuoteMeta(series) + ` (\S+)$`).FindStringSubmatch(text)
	if found == nil {
		return 0
	}
	value, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		f.t.Fatal(err)
	}
	return value
}

func TestMetricsShowWhereAnswersCameFrom(t *testing.T) {
	server := redistest.Start(t)
	root := upstream(t, sandbox.Options{})
	f := serve(t, overSocket(root, "REDIS_URL="+server.URL(), "ADMIN_ADDR=localhost:0")...)
	id := deviceIDs(f, 1)[0]
	// What is remembered is dropped once replicas are heard, if that is after the start.
	if empty := time.Now(); !eventually(10*time.Second, func() bool {
		if f.metric("near_bytes") == 0 {
			empty = time.Now()
		}
		deviceIDs(f, 1)
		return time.Since(empty) > 500*time.Millisecond
	}) {
		t.Error("nothing is remembered")
	}
	query := `query($id: String!) { device(by: {deviceId: $id}) { configuration { meta { fetchedAt } } } }`
	for blanks := range 3 { // other bytes: the same ones need no read
		f.must(query+strings.Repeat(" ", blanks), map[string]any{"id": id})
	}
	f.must(query, map[string]any{"id": id})
	faults(t, root, `{"throttle":1}`)
	_ = f.try(oneDevice, map[string]any{"id": id})
	for series, least := range map[string]float64{
		`reads_total{noun="configuration",outcome="upstream"}`:                                               1,
		`reads_total{noun="configuration",outcome="near"}`:                                                   2,
		`reads_total{noun="health",outcome="none"}`:                                                          1,
		`upstream_requests_total{route="GET /teamwork/devices/{deviceId}/configuration",status="200"}`:       1,
		`upstream_inner_requests_total{route="GET /teamwork/devices/{deviceId}/configuration",status="200"}`: 1,
		`redis_command_duration_seconds_count{op="get"}`:                                                     1,
		`near_bytes`: 1,
	} {
		if got := f.metric(series); got < least {
			t.Errorf("%s is %v, want %v or more", series, got, least)
		}
	}
	// On a busy machine the two may leave one after the other: then the second is not sent.
	throttled := func(what string) float64 {
		return f.metric(`upstream_inner_requests_total{route="GET /teamwork/devices/{deviceId}/` + what + `",status="429"}`)
	}
	if throttled("health")+throttled("operations") == 0 {
		t.Error("nothing is counted as throttled")
	}
	faults(t, root, `{}`)
	before, deadline := f.metric("invalidations_total"), time.Now().Add(10*time.Second)
	for f.metric("invalidations_total") == before { // what is throttled is not sent, and forgets nothing
		f.must(createDocument, map[string]any{"input": map[string]any{"deviceId": id, "operationType": "DEVICE_RESTART"}})
		if time.Now().After(deadline) {
			t.Fatal("a create is no invalidation")
		}
	}
	server.Kill()
	deadline = time.Now().Add(10 * time.Second)
	for f.metric(`redis_errors_total{op="publish",reason="down"}`)+f.metric(`redis_errors_total{op="get",reason="down"}`) == 0 && time.Now().Before(deadline) {
		_ = f.try(oneDevice, map[string]any{"id": id})
	}
	if f.metric(`redis_errors_total{op="get",reason="failed"}`) == 0 || time.Now().After(deadline) {
		t.Error("a dead Redis does not show")
	}
	_, text := get(t, f.adminURL()+"/metrics")
	if !strings.Contains(text, "go_goroutines") || strings.Contains(text, id) {
		t.Errorf("the runtime is not there, or the device's id is:\n%s", text)
	}
}

// headers asks as a JSON string says, and returns the answer's headers and body.
func (f *front) headers(query string) (http.Header, string) {
	f.t.Helper()
	resp, err := http.Post(f.url+"/graphql", "application/json", strings.NewReader(`{"query":"`+query+`"}`))
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return resp.Header, string(body)
}

func TestAnswersTellTheirAgeAndOrigin(t *testing.T) {
	root := upstream(t, sandbox.Options{})
	f := serve(t, overSocket(root, "ADMIN_ADDR=localhost:0")...)
	const query = `{ devices(first: 2) { nodes { id } } }`
	for i, want := range []string{"teamwork-graphql; fwd=miss", "teamwork-graphql; hit"} {
		header, _ := f.headers(query)
		if header.Get("Cache-Status") != want || (header.Get("Age") != "") != (i > 0) {
			t.Errorf("question %d: Cache-Status %q, Age %q", i+1, header.Get("Cache-Status"), header.Get("Age"))
		}
	}
	if header, _ := f.headers(`{ __typename }`); header.Get("Cache-Status")+header.Get("Age") != "" {
		t.Errorf("an answer of nothing has %v", header)
	}
}

func TestStaleAnswerSaysSo(t *testing.T) {
	root := upstream(t, sandbox.Options{Pace: time.Hour})
	f := serve(t, overSocket(root, "ADMIN_ADDR=localhost:0")...)
	id := deviceIDs(f, 1)[0]
	f.must(createDocument, map[string]any{"input": map[string]any{"deviceId": id, "operationType": "DEVICE_RESTART"}})
	query := fmt.Sprintf(`{ deviceOperations(deviceId: \"%s\", first: 1) { meta { fetchedAt freshUntil stale } } }`, id)
	if header, body := f.headers(query); header.Get("Cache-Status") != "teamwork-graphql; fwd=miss" || !strings.Contains(body, `"stale":false`) {
		t.Errorf("a page just fetched has %q and is %s", header.Get("Cache-Status"), body)
	}
	faults(t, root, `{"throttle":1,"retryAfter":30}`)
	time.Sleep(2100 * time.Millisecond) // what a page keeps for after a create
	header, body := f.headers(query)
	age, err := strconv.Atoi(header.Get("Age"))
	if header.Get("Cache-Status") != "teamwork-graphql; fwd=stale" || err != nil || age < 2 || !strings.Contains(body, `"stale":true`) {
		t.Errorf("a stale page has %q and age %q, and is %s", header.Get("Cache-Status"), header.Get("Age"), body)
	}
	if f.metric(`reads_total{noun="operations",outcome="stale"}`) == 0 {
		t.Error("no stale read is counted")
	}
}

// forget posts to /admin/forget and returns the status and the body.
func (f *front) forget(authorization, body string) (int, string) {
	f.t.Helper()
	req, err := http.NewRequestWithContext(f.t.Context(), http.MethodPost, f.adminURL()+"/admin/forget", strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestOnlyOperatorsForget(t *testing.T) {
	f := serve(t, "ADMIN_ADDR=localhost:0", "ADMIN_TOKEN="+adminToken, "LOG_LEVEL=debug")
	for _, c := range []struct {
		name, authorization, body string
		status                    int
	}{
		{"nobody", "", `{"all":true}`, 401},
		{"another scheme", "Basic " + adminToken, `{"all":true}`, 401},
		{"another token", "Bearer " + adminToken + "x", `{"all":true}`, 403},
		{"no token", "Bearer ", `{"all":true}`, 403},
		{"nothing to forget", "Bearer " + adminToken, `{}`, 400},
		{"both", "Bearer " + adminToken, `{"all":true,"deviceId":"d"}`, 400},
		{"no id", "Bearer " + adminToken, `{"deviceId":".."}`, 400},
		{"an empty id", "Bearer " + adminToken, `{"deviceId":""}`, 400},
		{"another member", "Bearer " + adminToken, `{"device":"d"}`, 400},
		{"two values", "Bearer " + adminToken, `{"all":true}{"all":true}`, 400},
		{"no JSON", "Bearer " + adminToken, `all`, 400},
		{"too long", "Bearer " + adminToken, `{"deviceId":"` + strings.Repeat("x", maxForgetBody) + `"}`, 400},
		{"all", "bearer " + adminToken, `{"all":true}`, 200},
		{"a device", "Bearer " + adminToken, `{"deviceId":"d"}`, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body := f.forget(c.authorization, c.body)
			if status != c.status || status != 200 && !strings.Contains(body, `"code":"`) {
				t.Errorf("%d %s, want %d", status, body, c.status)
			}
		})
	}
	if strings.Contains(f.log.String(), adminToken) {
		t.Error("the token is in the log")
	}
	for name, other := range map[string]*front{
		"without a token": serve(t, "ADMIN_ADDR=localhost:0"),
		"without a cache": serve(t, "ADMIN_ADDR=localhost:0", "ADMIN_TOKEN="+adminToken, "CACHE=off"),
	} {
		if status, body := other.forget("Bearer "+adminToken, `{"all":true}`); status != http.StatusNotFound || !strings.Contains(body, "NOT_FOUND") {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	if status, _ := get(t, f.url+"/metrics"); status != http.StatusNotFound {
		t.Errorf("callers see the metrics: %d", status)
	}
}

func TestOperatorForgetsOnEveryReplica(t *testing.T) {
	server := redistest.Start(t)
	root := upstream(t, sandbox.Options{})
	environ := overSocket(root, "REDIS_URL="+server.URL(), "ADMIN_ADDR=localhost:0", "ADMIN_TOKEN="+adminToken)
	first, second := serve(t, environ...), serve(t, environ...)
	ids := deviceIDs(serve(t, overSocket(root)...), 2)
	read := func(f *front, id string) (requests int) {
		before := statsOf(t, root).Requests
		f.must(oneDevice, map[string]any{"id": id})
		return statsOf(t, root).Requests - before
	}
	for _, c := range []struct {
		body string
		want [2]bool // asked anew
	}{
		{`{"deviceId":"` + ids[0] + `"}`, [2]bool{true, false}},
		{`{"all":true}`, [2]bool{true, true}},
	} {
		for try := 1; ; try++ { // the machine may be busy with others' work
			for _, id := range ids {
				read(second, id)
			}
			if status, body := first.forget("Bearer "+adminToken, c.body); status != http.StatusOK {
				t.Fatalf("%d %s", status, body)
			}
			time.Sleep(100 * time.Millisecond) // as long as it may take on the others
			var got [2]bool
			for i, id := range ids {
				got[i] = read(second, id) > 0
			}
			if got == c.want {
				break
			}
			if try == 5 {
				t.Errorf("%s: the other replica asks anew for these devices: %v, want %v", c.body, got, c.want)
				break
			}
			time.Sleep(time.Second) // what comes late must not count for the next try
		}
	}
}

func TestTakenAdminAddress(t *testing.T) {
	taken, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	p := program{environ: []string{"LISTEN_ADDR=localhost:0", "ADMIN_ADDR=" + taken.Addr().String()}, out: io.Discard, log: io.Discard}
	if err := p.run(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "ADMIN_ADDR: ") {
		t.Errorf("an address that was asked for and is taken ends the start with %v", err)
	}
	byDefault := parts{cfg: Config{AdminAddr: taken.Addr().String()}}
	if listener, err := byDefault.listenAdmin(t.Context()); listener != nil || err != nil || len(byDefault.notes) != 1 {
		t.Errorf("a default one that is taken ends it with %v, and notes %q", err, byDefault.notes)
	}
}

func TestOperatorsPageIsNotServedUnderAnotherName(t *testing.T) {
	f := serve(t, "ADMIN_ADDR=localhost:0")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.adminURL()+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example"
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("a rebound name got %d", resp.StatusCode)
	}
}
