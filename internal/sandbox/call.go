package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	maxBody     = 1 << 20
	contentType = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
	diagnostic  = `{"ServerInfo":{"DataCenter":"Sandbox","Slice":"E","Ring":"0","ScaleUnit":"000","RoleInstance":"SANDBOX"}}`
)

// call is one request, whether it came alone or inside a batch.
type call struct {
	method   string
	path     string // escaped, below the version root
	query    string // raw
	header   http.Header
	body     []byte
	noLength bool // there is no body, and not even a word that there is none
	inBatch  bool

	root                string // scheme and host of the outer request, and the version
	requestID, clientID string
	now                 time.Time
	route
	options options
	faults  *faults
}

// answer is one response, not yet written.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	garbled bool // whatever the Content-Type says, this is not JSON
}

// arrive counts an outer request and finds out what it asks for; its body is still on the wire.
func (s *Server) arrive(r *http.Request) *call {
	c := &call{
		method: r.Method, query: r.URL.RawQuery, header: r.Header, root: origin(r) + "/beta", requestID: freshGUID(), now: s.now(),
	}
	c.clientID = r.Header.Get("client-request-id")
	if c.clientID == "" {
		c.clientID = c.requestID
	}
	path, found := cutPrefixFold(r.URL.EscapedPath(), "/beta")
	if c.path = path; found && (path == "" || path[0] == '/') {
		c.route = resolve(path)
	} else {
		c.unknown, _, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	}
	s.stats.outer(c)
	return c
}

// outer answers a request: its own work, or a batch's.
func (s *Server) outer(w http.ResponseWriter, r *http.Request, c *call) answer {
	var ans answer
	if p := s.admit(w, r, c); p != nil {
		ans = p.answer(c)
		if p.status == http.StatusUnauthorized {
			ans.header.Set("WWW-Authenticate", `Bearer realm=""`)
		}
	} else if c.pattern == batchPattern && c.method == http.MethodPost {
		ans = s.batch(c)
	} else {
		ans = s.inner(c)
	}
	c.sign(ans.header)
	return ans
}

// admit checks what only an outer request can get wrong.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, c *call) *problem {
	if s.opts.Token != "" {
		token, found := cutPrefixFold(r.Header.Get("Authorization"), "Bearer ")
		switch token = strings.TrimSpace(token); {
		case !found || token == "":
			return noToken
		case s.opts.Token != "*" && token != s.opts.Token:
			return wrongToken
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	c.body, c.noLength = body, r.ContentLength == 0 && r.Header.Get("Content-Length") == ""
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return tooLarge
	}
	if err != nil {
		return badRequest("The body could not be read.")
	}
	return nil
}

// sign adds what every response of Microsoft Graph carries.
func (c *call) sign(h http.Header) {
	h.Set("Date", c.now.Format(http.TimeFormat))
	h.Set("Cache-Control", "no-store")
	h.Set("Strict-Transport-Security", "max-age=31536000")
	h.Set("request-id", c.requestID)
	h.Set("client-request-id", c.clientID)
	h.Set("x-ms-ags-diagnostic", diagnostic)
}

func (a answer) send(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a caller who has gone is no trouble of ours
}

// decode reads a JSON body, which must be declared as such.
func (c *call) decode(into any) *problem {
	if p := c.wantBody(); p != nil {
		return p
	}
	if err := json.Unmarshal(c.body, into); err != nil {
		return badRequest("Unable to read JSON request payload: %v.", err)
	}
	return nil
}

func (c *call) wantBody() *problem {
	if len(c.body) == 0 {
		if c.noLength {
			return noLength
		}
		return badRequest("Write requests must contain the Content-Type header and a body.")
	}
	if !c.saysJSON() {
		return notJSON
	}
	return nil
}

func (c *call) saysJSON() bool {
	kind, _, _ := strings.Cut(c.header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(kind), "application/json")
}

// origin is how the caller reached us: next links lead back the same way.
func origin(r *http.Request) string {
	u := url.URL{Scheme: "http", Host: r.Host}
	if r.TLS != nil {
		u.Scheme = "https"
	}
	if r.URL.IsAbs() { // in process, or through a proxy
		u.Scheme, u.Host = r.URL.Scheme, r.URL.Host
	}
	return u.String()
}

func cutPrefixFold(text, prefix string) (string, bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return text, false
	}
	return text[len(prefix):], true
}

// freshGUID is the one thing that is never the same twice.
func freshGUID() string {
	return dice{rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))}.guid()
}
