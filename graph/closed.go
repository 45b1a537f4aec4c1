package graph

import (
	"bytes"
	"net/http"
)

// preflightHeader shows that a request's browser has asked us first, or that it is no
// browser's. Its value does not matter.
const preflightHeader = "GraphQL-Preflight"

// closed says which ways in are.
type closed struct{ get bool }

func (o Options) closed() closed { return closed{get: o.NoGET} }

// read reads what a request says that came in by an open way.
func (c closed) read(r *http.Request, into *bytes.Buffer) (text []byte, prob *problem) {
	if r.Method == http.MethodGet {
		if c.get {
			return nil, &problem{status: http.StatusMethodNotAllowed, code: codeBadRequest, message: "send GraphQL by POST"}
		}
		if !asked(r.Header) {
			return nil, &problem{status: http.StatusForbidden, code: "PREFLIGHT_REQUIRED",
				message: "a GET needs the header " + preflightHeader + ", with any value: without it any page could send it in its visitor's name"}
		}
	}
	return readText(r, into)
}

// asked reports whether a page of elsewhere can't have sent this without asking: its
// browser says that it is ours, or that nobody's is, or it has a header that needs asking.
func asked(header http.Header) bool {
	if _, given := header[http.CanonicalHeaderKey(preflightHeader)]; given {
		return true
	}
	site := header.Get("Sec-Fetch-Site")
	return site == "same-origin" || site == "none"
}
