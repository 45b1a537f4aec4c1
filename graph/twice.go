package graph

import (
	"bytes"
	"encoding/json"
)

// object is a JSON object that is being read: where its names begin among all that are
// open, and once there are many of them, the names themselves.
type object struct {
	from int
	many map[string]bool
}

// few names are compared with one another faster than they are looked up.
const few = 16

// twice reports whether an object in a JSON text, which is valid, has two members of one
// name. Readers differ in which of them they take: a proxy might judge one, and we would
// do the other. With anyCase the outermost object's names are compared in any case, as
// encoding/json looks for a struct's members.
func twice(text []byte, anyCase bool) bool {
	var roomForNames [few][]byte
	var roomForObjects [8]object
	names, open := roomForNames[:0], roomForObjects[:0]
	for at := 0; at < len(text); at++ {
		switch text[at] {
		case '{':
			open = append(open, object{from: len(names)})
		case '}':
			names, open = names[:open[len(open)-1].from], open[:len(open)-1]
		case '"':
			begin := at + 1
			at = endOfText(text, begin)
			if !isName(text[at+1:]) {
				continue
			}
			name := unescaped(text[begin:at])
			in := &open[len(open)-1]
			if in.has(names[in.from:], name, anyCase && len(open) == 1) {
				return true
			}
			names = append(names, name)
		}
	}
	return false
}

// has reports whether an object has a name already, and remembers the name if there are
// many.
func (o *object) has(names [][]byte, name []byte, anyCase bool) bool {
	if len(names) < few {
		for _, one := range names {
			if bytes.Equal(one, name) || anyCase && bytes.EqualFold(one, name) {
				return true
			}
		}
		return false
	}
	key := func(name []byte) string {
		if anyCase {
			name = bytes.ToLower(bytes.ToUpper(name)) // which folds ſ and K too
		}
		return string(name)
	}
	if o.many == nil {
		o.many = map[string]bool{}
		for _, one := range names {
			o.many[key(one)] = true
		}
	}
	if o.many[key(name)] {
		return true
	}
	o.many[key(name)] = true
	return false
}

// endOfText returns where the quote is that ends the text which begins there.
func endOfText(text []byte, at int) int {
	for {
		at += bytes.IndexByte(text[at:], '"')
		escapes := 0
		for text[at-1-escapes] == '\\' { // which stops at the quote that begins it
			escapes++
		}
		if escapes%2 == 0 {
			return at
		}
		at++
	}
}

// isName reports whether the text that ended before these bytes is a member's name.
func isName(rest []byte) bool {
	for _, c := range rest {
		switch c {
		case ' ', '\t', '\r', '\n':
		default:
			return c == ':'
		}
	}
	return false
}

// unescaped is a name as encoding/json understands it.
func unescaped(name []byte) []byte {
	if bytes.IndexByte(name, '\\') < 0 {
		return name
	}
	quoted := append(append([]byte{'"'}, name...), '"')
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return name
	}
	return []byte(text)
}
