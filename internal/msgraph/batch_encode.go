package msgraph

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// batchItem is an inner request on the wire.
// https://learn.microsoft.com/graph/json-batching
type batchItem struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

// Headers of the batch are not its members', so each has its own. A write without a type
// and a body would spoil the whole batch.
var (
	innerReadHeaders  = map[string]string{"Accept": "application/json", "Prefer": "include-unknown-enum-members"}
	innerWriteHeaders = map[string]string{"Accept": "application/json", "Prefer": "include-unknown-enum-members", "Content-Type": "application/json"}
)

// encodeBatch writes a batch whose ids are the members' numbers, from 1.
func encodeBatch(members []inner) ([]byte, error) {
	if text, ok := encodeReads(members); ok {
		return text, nil
	}
	return carefulEncode(members)
}

// Between what differs in one read and in the next stands what all have, as carefulEncode
// writes it.
const (
	readsOpen  = `{"requests":[`
	readOpen   = `{"id":"`
	readURL    = `","method":"GET","url":"`
	readClose  = `","headers":{"Accept":"application/json","Prefer":"include-unknown-enum-members"}}`
	readsClose = "]}\n"
)

// encodeReads writes a batch of reads; false for one that has anything else, or a reference
// that JSON must escape.
func encodeReads(members []inner) ([]byte, bool) {
	length := len(readsOpen) + len(readsClose)
	for _, in := range members {
		if in.body != nil || !standsAsIs(in.ref.path) || !standsAsIs(in.ref.query) {
			return nil, false
		}
		length += len(readOpen) + len("20") + len(readURL) + len(in.ref.path) + len("?") + len(in.ref.query) + len(readClose) + len(",")
	}
	text := append(make([]byte, 0, length), readsOpen...)
	for i, in := range members {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(append(text, readOpen...), int64(i+1), 10)
		text = append(append(text, readURL...), in.ref.path...)
		if in.ref.query != "" {
			text = append(append(text, '?'), in.ref.query...)
		}
		text = append(text, readClose...)
	}
	return append(text, readsClose...), true
}

// standsAsIs reports whether a text stands in JSON as it is.
func standsAsIs(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// carefulEncode is encodeBatch for any members.
func carefulEncode(members []inner) ([]byte, error) {
	batch := struct {
		Requests []batchItem `json:"requests"`
	}{make([]batchItem, len(members))}
	for i, in := range members {
		headers := innerReadHeaders
		if in.body != nil {
			headers = innerWriteHeaders
		}
		batch.Requests[i] = batchItem{strconv.Itoa(i + 1), in.method(), in.ref.String(), headers, in.body}
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // an ampersand stands in nearly every link
	err := e.Encode(batch)
	return text.Bytes(), err
}
