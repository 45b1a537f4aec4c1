package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/auth/oidctest"
)

// failAll has callers be wrong, upstream fail, and the token endpoint refuse.
func (p *personal) failAll() {
	for _, token := range []string{
		"", p.newToken(oidctest.Claims{"exp": 1}), p.newToken(oidctest.Claims{"aud": claimCanary + "audience"}), p.newToken(oidctest.Claims{"iss": "https://" + claimCanary + "issuer"}),
		p.newToken(oidctest.Claims{"tid": otherTenant}), p.newToken(oidctest.Claims{"scp": claimCanary + "scope"}), secretCanary + "no-token",
	} {
		p.send(token, firstDevice)
		p.send(token, restart)
	}
	for _, body := range []string{
		personCanary + "no JSON", `{"query":"{ ` + personCanary + `"}`, `{"query":"{ device(by: {deviceId: \"` + personCanary + `id\", id: 1}) { id } }"}`,
		`{"query":"query($n: Int!) { devices(first: $n) { nodes { id } } }","variables":{"n":"` + personCanary + `n"}}`,
		`{"query":"{ devices(after: \"` + personCanary + `cursor\") { nodes { id } } }"}`, `{"query":"{ node(id: \"` + personCanary + `id\") { id } }"}`,
		`{"query":"{ device(by: {deviceId: \"\"}) { ` + "id" + ` } }","operationName":"` + personCanary + `name"}`,
		`{"documentId":"` + personCanary + `document"}`,
	} {
		p.send(p.token, body)
	}
	p.get(p.f.url + "/graphql?query=%7B__typename%7D&access_token=" + secretCanary + "query&" + personCanary + "x=1")
	for _, token := range []string{secretCanary + "admin-token", secretCanary + "wrong-token"} {
		p.forget(token)
	}
	for i, weather := range []string{"half", "HTML", "redirect", "other types", "throttled", "forbidden", "unauthenticated", "gone", "reset", "unavailable"} {
		p.weather.Store(&weather)
		p.query(`query($id: String!) { device(by: {deviceId: $id}) { notes health { connection { connectionStatus } } operations { nodes { status } } } }`, map[string]any{"id": fmt.Sprint("failing-", i)})
		p.query(`query($f: DeviceFilter) { devices(first: 1, filter: $f) { nodes { id } } }`, map[string]any{"f": map[string]any{"currentUserId": fmt.Sprint(personCanary, "filter-", i)}})
		p.query(createDocument, map[string]any{"input": map[string]any{"deviceId": fmt.Sprint("failing-", i), "operationType": "CONFIG_UPDATE",
			"createdBy": map[string]any{"user": map[string]any{"displayName": personCanary + "given-name"}}}})
	}
	p.weather.Store(nil)
	p.issuer.Answer(func(oidctest.Exchange) (int, map[string]any) {
		status, body := oidctest.Refusal("interaction_required", "")
		body["error_description"] = "AADSTS50079: " + claimCanary + "description"
		return status, body
	})
	p.send(p.newToken(oidctest.Claims{"oid": claimCanary + "other-object"}), firstDevice)
	p.issuer.Answer(func(oidctest.Exchange) (int, map[string]any) {
		return http.StatusOK, map[string]any{"token_type": secretCanary + "type", "access_token": []string{secretCanary + "token"}, "expires_in": "soon"}
	})
	p.send(p.newToken(oidctest.Claims{"oid": claimCanary + "third-object"}), firstDevice)
	p.issuer.Answer(func(e oidctest.Exchange) (int, map[string]any) {
		return oidctest.Granted(secretCanary + "upstream-of-" + e.Form.Get("assertion"))
	})
	// While upstream is left alone there is nothing to ask for.
	eventually(30*time.Second, func() bool {
		return strings.Contains(p.query(`{ upstreamStatus { circuit throttledUntil } devices(first: 10) { nodes { id } } }`, nil), `"nodes":[{`)
	})
}

func (p *personal) get(url string) string {
	status, text := get(p.t, url)
	if status >= http.StatusInternalServerError {
		p.t.Errorf("%s: %d %s", url, status, text)
	}
	return text
}

func (p *personal) forget(token string) {
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.admin+"/admin/forget", strings.NewReader(`{}`))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header = http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
}

// look looks for canaries wherever the server leaves something behind.
func (p *personal) look(withRedis bool) {
	audit, err := os.ReadFile(p.audit)
	if err != nil {
		p.t.Fatal(err)
	}
	left := map[string]string{"log": p.f.log.String(), "metrics": p.get(p.admin + "/metrics"), "audit": string(audit)}
	if withRedis {
		left["Redis"] = dump(p.t, p.redis)
		p.mu.Lock()
		left["messages"] = p.messages.String()
		p.mu.Unlock()
	}
	for place, text := range left {
		canaries := map[string]bool{secretCanary: true, claimCanary: place != "audit", personCanary: place != "Redis" && place != "messages"}
		for canary, forbidden := range canaries {
			if at := strings.Index(text, canary); forbidden && at >= 0 {
				p.t.Errorf("in the %s stands %q", place, text[max(0, at-200):min(len(text), at+100)])
			}
		}
		for _, token := range p.tokens {
			for _, part := range strings.Split(token, ".")[1:] {
				if strings.Contains(text, part) {
					p.t.Errorf("a part of a token is in the %s", place)
				}
			}
		}
		if !strings.Contains(text, map[string]string{"log": "a field failed", "metrics": "teamwork_graphql_reads_total", "audit": "create.done", "Redis": personCanary, "messages": p.devices[0].id}[place]) {
			p.t.Errorf("nothing was looked at in the %s", place)
		}
	}
	for _, start := range personalFields {
		if withRedis && !strings.Contains(p.answers.String(), start+personCanary) {
			p.t.Errorf("no answer has %s%s", start, personCanary)
		}
	}
}
