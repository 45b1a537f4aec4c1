package quick

import (
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// asIs says which bytes stand in a text as they are, HTML's having none of theirs.
var asIs = func() (table [utf8.RuneSelf]bool) {
	for c := byte(' '); c < utf8.RuneSelf; c++ {
		table[c] = c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'
	}
	return table
}()

// AppendText appends a text as encoding/json writes it, to whom it leaves what is rarely in one.
func AppendText(b []byte, text string) []byte {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if !asIs[c] {
				return appendAny(b, text)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
			return appendAny(b, text)
		}
		i += size
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}

// appendAny writes a text as encoding/json does, which never fails for one.
func appendAny(b []byte, text string) []byte {
	as, _ := json.Marshal(text)
	return append(b, as...)
}

func appendTexts(b []byte, list []string) []byte {
	for i, text := range list {
		b = append(b, opening(i))
		b = AppendText(b, text)
	}
	return append(b, ']')
}

// opening is what stands before the item i of a list that has one.
func opening(i int) byte {
	if i == 0 {
		return '['
	}
	return ','
}

func appendTime(b []byte, d teamwork.DateTime) []byte {
	if text := d.Malformed(); text != "" {
		return AppendText(b, text)
	}
	b = append(b, '"')
	b = d.Time.UTC().AppendFormat(b, time.RFC3339Nano)
	return append(b, '"')
}

// appendList writes a list that has an item; one of them may be nil.
func appendList[T any](b []byte, list []*T, write func([]byte, *T) []byte) []byte {
	for i, v := range list {
		b = append(b, opening(i))
		if v == nil {
			b = append(b, "null"...)
			continue
		}
		b = write(b, v)
	}
	return append(b, ']')
}

// closed ends an object that begins at start: each of its members was written with a
// comma before it.
func closed(b []byte, start int) []byte {
	if len(b) == start {
		return append(b, '{', '}')
	}
	b[start] = '{'
	return append(b, '}')
}
