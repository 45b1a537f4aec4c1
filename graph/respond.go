package graph

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// The two media types of GraphQL over HTTP, and that of an event stream.
const (
	graphQLResponse = "application/graphql-response+json"
	plainJSON       = "application/json"
	eventStream     = "text/event-stream"
)

// negotiate chooses the media type of the answer. A client that does not say, or
// takes anything, gets the one that every client knows.
func negotiate(accept []string) (media string, ok bool) {
	switch {
	case len(accept) == 0:
		return plainJSON, true
	case len(accept) == 1 && contentTypes[accept[0]] != nil: // as most clients have it
		return accept[0], true
	}
	best, bestQuality := "", 0.0
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		offered, quality := acceptable(part)
		if offered != "" && quality > bestQuality {
			best, bestQuality = offered, quality
		}
	}
	return best, best != ""
}

// acceptable returns which of our media types a part of Accept takes, "" if none,
// and its weight.
func acceptable(part string) (media string, quality float64) {
	offered, attributes, err := mime.ParseMediaType(part)
	if err != nil {
		return "", 0
	}
	if charset := attributes["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return "", 0
	}
	quality = 1
	if q, given := attributes["q"]; given {
		if quality, err = strconv.ParseFloat(q, 64); err != nil {
			return "", 0
		}
	}
	switch offered {
	case graphQLResponse, plainJSON, eventStream:
		return offered, quality
	case "*/*", "application/*":
		return plainJSON, quality
	}
	return "", 0
}

// buffers hold answers while they are put together.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled keeps one huge answer from staying in memory for good, in bytes.
const maxPooled = 1 << 20

// Bounds on what one bad request can make us say.
const (
	maxErrors  = 100
	maxMessage = 1000
)

// writeResponse writes an answer.
func writeResponse(w http.ResponseWriter, media string, status int, resp *graphql.Response, warnings []teamwork.Warning) {
	b := takeBuffer()
	defer giveBuffer(b)
	appendResponse(b, resp, warnings)
	writeText(w, media, status, b.Bytes())
}

// writeText writes an answer as it is.
func writeText(w http.ResponseWriter, media string, status int, text []byte) {
	header := w.Header()
	header["Content-Type"] = contentTypes[media]
	header["Cache-Control"] = noStore
	header["Content-Length"] = []string{strconv.Itoa(len(text))}
	w.WriteHeader(status)
	_, _ = w.Write(text) // a client that left is nobody's error
}

// takeBuffer returns an empty buffer.
func takeBuffer() *bytes.Buffer {
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	return b
}

// giveBuffer takes a buffer back that is no longer used.
func giveBuffer(b *bytes.Buffer) {
	if b.Cap() <= maxPooled {
		buffers.Put(b)
	}
}

// appendResponse writes a response. A request that was never executed has no data
// member at all; data itself is written as the executor wrote it.
func appendResponse(b *bytes.Buffer, resp *graphql.Response, warnings []teamwork.Warning) {
	begin := b.Len()
	b.WriteByte('{')
	if len(resp.Errors) > 0 {
		b.WriteString(`"errors":`)
		writeJSON(b, bounded(resp.Errors))
	}
	if resp.Data != nil {
		separate(b, begin)
		b.WriteString(`"data":`)
		b.Write(resp.Data)
	}
	if len(warnings) > 0 {
		separate(b, begin)
		b.WriteString(`"extensions":{"warnings":`)
		writeJSON(b, warnings)
		b.WriteByte('}')
	}
	b.WriteByte('}')
}

// noStore keeps an answer, which is one caller's, out of caches on its way.
var noStore = []string{"no-store"}

var contentTypes = map[string][]string{
	graphQLResponse: {graphQLResponse + "; charset=utf-8"},
	plainJSON:       {plainJSON + "; charset=utf-8"},
}

// separate writes a comma unless the object that began there is empty yet.
func separate(b *bytes.Buffer, begin int) {
	if b.Len() > begin+1 {
		b.WriteByte(',')
	}
}

// writeJSON writes what can always be encoded.
func writeJSON(b *bytes.Buffer, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		text = []byte("[]")
	}
	b.Write(text)
}

// bounded cuts a list of errors, and each message, to what is useful.
func bounded(errs gqlerror.List) gqlerror.List {
	if len(errs) > maxErrors {
		errs = errs[:maxErrors:maxErrors]
	}
	for _, e := range errs {
		if len(e.Message) > maxMessage {
			e.Message = strings.ToValidUTF8(e.Message[:maxMessage], "") + "…"
		}
	}
	return errs
}
