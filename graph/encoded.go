package graph

import (
	"net/http"
	"strconv"
	"sync"
)

// Encoder compresses answers that are given again: what stands before the machine would do
// it each time.
type Encoder interface {
	// Choose returns the encoding that a client takes, as Content-Encoding has it; "" for
	// none.
	Choose(http.Header) string
	// Encode returns a text in such an encoding.
	Encode(encoding string, text []byte) []byte
}

// leastEncoded is the smallest answer that is worth the work, in bytes.
const leastEncoded = 1 << 10

// encodings are the forms of an answer that clients took. The zero value is ready.
type encodings struct {
	mu  sync.Mutex
	all map[string]encodedText
}

type encodedText struct {
	text     []byte
	encoding []string // Content-Encoding
	length   []string // Content-Length
}

// in returns an answer's text in an encoding; who comes first has to wait for it.
func (e *encodings) in(encoding string, text []byte, encode func(string, []byte) []byte) encodedText {
	e.mu.Lock()
	defer e.mu.Unlock()
	form, known := e.all[encoding]
	if !known {
		encoded := encode(encoding, text)
		form = encodedText{text: encoded, encoding: []string{encoding}, length: []string{strconv.Itoa(len(encoded))}}
		if e.all == nil {
			e.all = map[string]encodedText{}
		}
		e.all[encoding] = form
	}
	return form
}

// form returns an answer as a client takes it.
func (h *Handler) form(r *http.Request, a *whole) encodedText {
	if a.forms != nil && h.encoder != nil && len(a.text) >= leastEncoded {
		if encoding := h.encoder.Choose(r.Header); encoding != "" {
			return a.forms.in(encoding, a.text, h.encoder.Encode)
		}
	}
	return encodedText{text: a.text, length: a.length}
}
