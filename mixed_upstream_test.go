package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

const (
	readScope  = "TeamworkDevice.Read.All"
	writeScope = "TeamworkDevice.ReadWrite.All"
	markStart  = "CANARY["
)

func markOf(name string) string { return markStart + name + "] " }

// mixedUpstream plays two tenants whose devices have the same ids, and marks what it
// tells with whoever the token is of.
type mixedUpstream struct {
	m       *mixed
	boxes   map[string]*sandbox.Server
	root    string
	devices []mixedDevice
	asked   atomic.Int64
}

// mixedDevice is a device of both tenants, and one of its operations.
type mixedDevice struct{ id, operation string }

func newMixedUpstream(t *testing.T, m *mixed) *mixedUpstream {
	t.Helper()
	u := &mixedUpstream{m: m, boxes: map[string]*sandbox.Server{}}
	for _, c := range m.callers {
		if u.boxes[c.tenant] == nil {
			u.boxes[c.tenant] = sandbox.New(sandbox.Options{Quiet: true, Token: "*", Devices: 200, Operations: 3, Pace: time.Hour})
		}
	}
	server := httptest.NewServer(u)
	t.Cleanup(server.Close)
	u.root = server.URL + "/beta"
	for next := "/beta/teamwork/devices?$top=50"; next != ""; {
		var page listPage
		u.direct(t, next, &page)
		for _, d := range page.Value {
			var operations listPage
			u.direct(t, "/beta/teamwork/devices/"+d.ID+"/operations", &operations)
			u.devices = append(u.devices, mixedDevice{d.ID, operations.Value[0].ID})
		}
		_, next, _ = strings.Cut(page.Next, "http://example.com")
	}
	return u
}

// listPage is a page of one of upstream's lists.
type listPage struct {
	Value []struct{ ID string }
	Next  string `json:"@odata.nextLink"`
}

// direct reads from a tenant, past all servers.
func (u *mixedUpstream) direct(t *testing.T, path string, into any) {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, path, nil)
	req.Header.Set("Authorization", "Bearer test")
	rec := httptest.NewRecorder()
	u.boxes[u.m.callers[0].tenant].ServeHTTP(rec, req)
	if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil || rec.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
	}
}

// creates counts what was created in both tenants.
func (u *mixedUpstream) creates() (n int64) {
	for _, box := range u.boxes {
		rec := httptest.NewRecorder()
		box.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/_sandbox/stats", nil))
		var s stats
		if err := json.Unmarshal(rec.Body.Bytes(), &s); err != nil {
			u.m.t.Fatal(err)
		}
		n += int64(s.Creates)
	}
	return n
}

func (u *mixedUpstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.asked.Add(1)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	c := u.of(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	creates := r.Method == http.MethodPost && (strings.HasSuffix(r.URL.Path, "/operations") || bytes.Contains(body, []byte(`"method":"POST"`)))
	w.Header().Set("Content-Type", "application/json")
	switch {
	case c == nil:
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":{"code":"InvalidAuthenticationToken","message":"of nobody"}}`)
		return
	case !c.reads || creates && !c.writes:
		if u.m.verified {
			u.m.t.Errorf("%s was not held back: %s %s", c.name, r.Method, r.URL.Path)
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"error":{"code":"Forbidden","message":"not allowed"}}`)
		return
	}
	rec := httptest.NewRecorder()
	u.boxes[c.tenant].ServeHTTP(rec, r)
	for name, values := range rec.Header() {
		if name != "Content-Length" {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(marking(rec.Body.Bytes(), c.mark))
}

// marking marks what is told of people and things.
func marking(body []byte, mark string) []byte {
	for _, name := range []string{"displayName", "serialNumber", "notes", "companyAssetTag"} {
		start := []byte(`"` + name + `":"`)
		body = bytes.ReplaceAll(body, start, append(start, mark...))
	}
	return body
}

// of returns whose token it is: the caller's own, or one on behalf of it.
func (u *mixedUpstream) of(token string) *mixedCaller {
	if token == theProgram.tokens[0] {
		return theProgram
	}
	token, onBehalf := strings.CutPrefix(token, "upstream-of-")
	if onBehalf != u.m.verified {
		return nil
	}
	var says struct{ Tid, Oid, Scp string }
	if parts := strings.Split(token, "."); len(parts) == 3 {
		if text, err := base64.RawURLEncoding.DecodeString(parts[1]); err != nil || json.Unmarshal(text, &says) != nil {
			return nil
		}
	}
	for _, c := range u.m.callers {
		if onBehalf && c.tenant == says.Tid && c.oid == says.Oid && c.scopes == says.Scp || !onBehalf && token == c.tokens[0] {
			return c
		}
	}
	return nil
}
