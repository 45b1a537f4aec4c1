package msgraph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// tree is a JSON value that may have what a map can't: an order, and members of one name.
type tree struct {
	text    string // of a literal
	open    byte   // { or [, 0 for a literal
	names   []string
	members []*tree
}

func parseTree(t *testing.T, body []byte) *tree {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	token := func() json.Token {
		tok, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	var value func() *tree
	value = func() *tree {
		tok := token()
		open, ok := tok.(json.Delim)
		if !ok {
			return literal(tok)
		}
		v := &tree{open: byte(open)}
		for d.More() {
			if open == '{' {
				v.names = append(v.names, string(asJSON(token())))
			}
			v.members = append(v.members, value())
		}
		token()
		return v
	}
	return value()
}

func literal(v any) *tree { return &tree{text: string(asJSON(v))} }

// oddValues are what stands where nobody expects it.
var oddValues = []string{
	`null`, `true`, `7`, `-0`, `1e400`, `1.5`, `12345678901234567890`, `""`, `"x"`, `"\u00e9\n"`, "\"\xff\"", `"ſ"`, `{}`, `[]`, `[null]`, `{"a":[null]}`, `[[],{}]`,
	`"2021-06-19T12-01-03.45Z"`, `"2026-01-31T10:30:00+01:00"`, `{"id":"a","value":[{"id":null}]}`, `[{"id":"a"},null]`, `["a","\ud800"]`, `"&<>"`, `"日本語"`,
}

// spoil changes something somewhere; it returns what the tree then is.
func (v *tree) spoil(luck *rand.Rand) *tree {
	if len(v.members) > 0 && luck.IntN(8) > 0 {
		at := luck.IntN(len(v.members))
		v.members[at] = v.members[at].spoil(luck)
		return v
	}
	if len(v.members) == 0 || luck.IntN(4) == 0 {
		return &tree{text: oddValues[luck.IntN(len(oddValues))]}
	}
	at := luck.IntN(len(v.members))
	if luck.IntN(3) == 0 {
		v.members = slices.Delete(v.members, at, at+1)
		if v.open == '{' {
			v.names = slices.Delete(v.names, at, at+1)
		}
		return v
	}
	if v.open == '{' && luck.IntN(2) == 0 {
		v.names[at] = spoilName(v.names[at], luck)
		return v
	}
	other, name := &tree{text: oddValues[luck.IntN(len(oddValues))]}, []string{`"unknown"`, `"@odata.type"`, `"value"`}[luck.IntN(3)]
	if luck.IntN(2) == 0 {
		other = v.members[at].clone().spoil(luck)
	}
	if v.open == '{' {
		if luck.IntN(2) == 0 {
			name = v.names[at]
		}
		v.names = slices.Insert(v.names, at, name)
	}
	v.members = slices.Insert(v.members, at, other)
	return v
}

func (v *tree) clone() *tree {
	c := &tree{text: v.text, open: v.open, names: slices.Clone(v.names)}
	for _, m := range v.members {
		c.members = append(c.members, m.clone())
	}
	return c
}

func spoilName(name string, luck *rand.Rand) string {
	switch luck.IntN(5) {
	case 0:
		return strings.ToUpper(name)
	case 1:
		return strings.Replace(name, "i", "ı", 1)
	case 2:
		return strings.NewReplacer("s", "ſ", "k", "\u212a").Replace(name)
	case 3:
		return fmt.Sprintf(`"\u%04x%s`, name[1], name[2:])
	}
	return `"x` + name[1:]
}

// write appends the tree's text, with spaces here and there.
func (v *tree) write(b []byte, luck *rand.Rand) []byte {
	space := func() {
		if luck.IntN(40) == 0 {
			b = append(b, " \n\t\r"[luck.IntN(4)])
		}
	}
	space()
	if v.open == 0 {
		return append(b, v.text...)
	}
	b = append(b, v.open)
	for i, m := range v.members {
		if i > 0 {
			b = append(b, ',')
		}
		if v.open == '{' {
			space()
			b = append(b, v.names[i]...)
			space()
			b = append(b, ':')
		}
		b = m.write(b, luck)
		space()
	}
	return append(b, v.open+2)
}
