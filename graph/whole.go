package graph

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"github.com/vektah/gqlparser/v2/ast"
)

// whole is the answer to a query that lacks nothing: no error, no warning, and nothing past
// its freshness that could be had better at any moment.
type whole struct {
	text   []byte
	length []string // Content-Length
	etag   []string // of the answer to a GET, else nil

	// What it takes to give it again.
	forms  *encodings
	parts  []teamwork.Part
	needs  []scopes
	cost   int
	oldest time.Time
}

// wholeOf returns an answer if it is one. Its text is the caller's, who will write something
// else there: to keep it is to clone it.
func wholeOf(r *http.Request, op *graphql.OperationContext, status int, resp *graphql.Response, trail *teamwork.Trail, text []byte) *whole {
	oldest, stale := trail.Oldest()
	complete := status == http.StatusOK && len(resp.Errors) == 0 && resp.Data != nil && len(trail.Warnings()) == 0
	if !complete || op.Operation.Operation != ast.Query {
		return nil
	}
	a := &whole{text: text, length: []string{strconv.Itoa(len(text))}, oldest: oldest}
	if !stale {
		a.parts = trail.Parts()
	}
	if r.Method == http.MethodGet {
		a.etag = []string{etagOf(text)}
	}
	return a
}

// etagOf is weak: the same answer has the same, however it is compressed on its way.
func etagOf(text []byte) string {
	sum := sha256.Sum256(text)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// weight is what an answer takes of memory, in bytes, its compressed forms by guess.
func (a *whole) weight(k answerKey) uint64 {
	return uint64(len(a.text) + len(a.text)/2 + len(k.text) + len(k.partition) + answerWeight + len(a.parts)*partWeight)
}

// ofCaller keeps a GET's answer where only its caller finds it, who has to ask whether it
// is still the same.
var (
	ofCaller = []string{"private, no-cache"}
	varies   = []string{"Accept", "Authorization"}
)

// write sends an answer, or only says that it is still what the client has.
func (h *Handler) write(w http.ResponseWriter, r *http.Request, media string, a *whole) {
	header := w.Header()
	header["Cache-Control"] = noStore
	if a.etag != nil {
		header["Cache-Control"], header["Etag"] = ofCaller, a.etag
		header["Vary"] = append(header["Vary"], varies...)
		if matches(r.Header, a.etag[0]) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	form := h.form(r, a)
	header["Content-Type"] = contentTypes[media]
	header["Content-Length"] = form.length
	if form.encoding != nil {
		header["Content-Encoding"] = form.encoding
	}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(form.text) // a client that left is nobody's error
}

// matches reports whether a client has what bears the etag.
// https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
func matches(header http.Header, etag string) bool {
	for _, line := range header.Values("If-None-Match") {
		for one := range strings.SplitSeq(line, ",") {
			one = strings.TrimSpace(one)
			if one == "*" || strings.TrimPrefix(one, "W/") == strings.TrimPrefix(etag, "W/") {
				return true
			}
		}
	}
	return false
}

// answer writes what came of an operation, and remembers it if it can be given again.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, k answerKey, op *graphql.OperationContext, resp *graphql.Response, trail *teamwork.Trail) {
	status, warnings := tellChallenge(w.Header(), trail), trail.Warnings()
	b := takeBuffer()
	defer giveBuffer(b)
	appendResponse(b, resp, warnings)
	a := wholeOf(r, op, status, resp, trail, b.Bytes())
	if a == nil {
		writeText(w, k.media, status, b.Bytes())
		return
	}
	if h.remembered.takes(k, a) {
		kept := *a
		kept.forms = &encodings{}
		kept.text, kept.cost, kept.needs = bytes.Clone(a.text), max(1, h.costs.estimate(op)), h.scopes.needsAll(op)
		h.remembered.cache.Set(k.owned(), &kept)
	}
	h.write(w, r, k.media, a)
}
