package quick

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Any reads a value whatever it is, as encoding/json's Decoder does that keeps numbers'
// digits: a map, a list, a text, a json.Number, a bool or nil. A name that stands twice in
// an object is something to give up for.
func (r *Reader) Any() any {
	switch r.peek() {
	case '"':
		return r.Text()
	case '{':
		return r.anyObject()
	case '[':
		return r.anyList()
	case 't':
		r.word("true")
		return true
	case 'f':
		r.word("false")
		return false
	case 'n':
		r.word("null")
		return nil
	}
	start := r.at
	r.number()
	return json.Number(r.body[start:r.at])
}

func (r *Reader) anyObject() map[string]any {
	object := map[string]any{}
	for name := r.First(); name != nil; name = r.Next() {
		if _, twice := object[string(name)]; twice {
			r.GiveUp()
			return nil
		}
		object[r.keep(name)] = r.Any()
	}
	return object
}

func (r *Reader) anyList() []any {
	list := []any{}
	for more := r.FirstItem(); more; more = r.NextItem() {
		list = append(list, r.Any())
	}
	return list
}

// short are the escapes of one letter, and what they stand for.
var short = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unescape returns a text without its escapes, which are known to be right; ok is false
// where one has a character's number.
func unescape(text []byte) (plain string, ok bool) {
	var b strings.Builder
	b.Grow(len(text))
	for {
		at := bytes.IndexByte(text, '\\')
		if at < 0 {
			_, _ = b.Write(text)
			return b.String(), true
		}
		stands := short[text[at+1]]
		if stands == 0 {
			return "", false
		}
		_, _ = b.Write(text[:at])
		_ = b.WriteByte(stands)
		text = text[at+2:]
	}
}
