package web

import (
	"bytes"
	"iter"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Encodings compresses what is sent more than once, in the encodings in which compress
// does it each time.
type Encodings struct{ zstd *zstd.Encoder }

// encodingWindow is how far back an encoder looks, in bytes: more than an answer has.
const encodingWindow = 128 << 10

// NewEncodings returns what compresses by zstd and gzip.
func NewEncodings() *Encodings {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(encodingWindow))
	if err != nil {
		panic(err) // the options above are constants
	}
	return &Encodings{z}
}

// Choose returns the encoding that a client likes most, zstd if it does not mind; "" if it
// takes neither.
// https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
func (*Encodings) Choose(h http.Header) (encoding string) {
	best := 0.0
	for name, quality := range acceptedOf(h) {
		if (name == "zstd" || name == "gzip") && (quality > best || quality == best && best > 0 && name == "zstd") {
			encoding, best = name, quality
		}
	}
	return encoding
}

// acceptedOf are the encodings that a client names, and how much it likes each: 0 for not
// at all.
func acceptedOf(h http.Header) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		for _, line := range h["Accept-Encoding"] {
			for part := range strings.SplitSeq(line, ",") {
				if !yield(accepted(part)) {
					return
				}
			}
		}
	}
}

// accepted is one part of Accept-Encoding.
func accepted(part string) (name string, quality float64) {
	name, weight, given := strings.Cut(part, ";")
	name = strings.ToLower(strings.TrimSpace(name))
	if !given {
		return name, 1
	}
	text, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(weight)), "q=")
	quality, err := strconv.ParseFloat(text, 64)
	if !ok || err != nil {
		return name, 0
	}
	return name, quality
}

// Encode returns a text in an encoding that Choose returned.
func (e *Encodings) Encode(encoding string, text []byte) []byte {
	if encoding == "zstd" {
		return e.zstd.EncodeAll(text, nil)
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(text) // a buffer takes all
	_ = w.Close()
	return b.Bytes()
}
