package quick

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// Texts are cut from chunks, and pointers point into arrays of them: that is a tenth of
// the allocations. What is kept of a body holds on to its neighbours' chunks, so those
// are small: a noun in a cache may hold on to a few kilobytes that are not its own.
const (
	chunkSize   = 1 << 10
	textsAtOnce = 16
)

// null reads a null, if one is next: it leaves a new value as it is.
func (r *Reader) null() bool {
	if r.peek() != 'n' {
		return false
	}
	r.word("null")
	return true
}

// Text reads a text.
func (r *Reader) Text() string {
	if r.peek() != '"' {
		r.GiveUp()
		return ""
	}
	start := r.at
	text, as := r.scan()
	if as == plain || as == wide && utf8.Valid(text) {
		return r.keep(text)
	}
	if as&escaped != 0 && utf8.Valid(text) {
		if plain, ok := unescape(text); ok {
			return plain
		}
	}
	var s string
	if json.Unmarshal(r.body[start:r.at], &s) != nil {
		r.GiveUp()
	}
	return s
}

// keep returns a copy.
func (r *Reader) keep(text []byte) string {
	if len(text) == 0 {
		return ""
	}
	if r.chunk.Cap()-r.chunk.Len() < len(text) {
		r.chunk.Reset()
		r.chunk.Grow(max(len(text), min(chunkSize, len(text)+len(r.body)-r.at)))
	}
	start := r.chunk.Len()
	_, _ = r.chunk.Write(text)
	return r.chunk.String()[start:]
}

// textOrNone reads a text, or null.
func (r *Reader) textOrNone() string {
	if r.null() {
		return ""
	}
	return r.Text()
}

func (r *Reader) textOrNil() *string {
	if r.null() {
		return nil
	}
	if len(r.texts) == cap(r.texts) {
		r.texts = make([]string, 0, textsAtOnce)
	}
	r.texts = append(r.texts, r.Text())
	return &r.texts[len(r.texts)-1]
}

func (r *Reader) textList() []string {
	if r.null() {
		return nil
	}
	list := []string{}
	for more := r.FirstItem(); more; more = r.NextItem() {
		list = append(list, r.Text())
	}
	return list
}

func (r *Reader) boolOrNil() *bool {
	switch r.peek() {
	case 'n':
		r.word("null")
		return nil
	case 't':
		r.word("true")
		return new(true)
	case 'f':
		r.word("false")
		return new(false)
	}
	r.GiveUp()
	return nil
}

// intOrNil is sure of small whole numbers.
func (r *Reader) intOrNil() *int {
	if r.null() {
		return nil
	}
	start := r.at
	r.number()
	n, sign, digits := 0, 1, r.body[start:r.at]
	if len(digits) > 0 && digits[0] == '-' {
		sign, digits = -1, digits[1:]
	}
	if len(digits) > 9 {
		r.GiveUp()
	}
	for _, d := range digits {
		if d < '0' || d > '9' {
			r.GiveUp()
			return nil
		}
		n = 10*n + int(d-'0')
	}
	return new(sign * n)
}

// quoted returns a text as it is spelled, with its quotes; nil for null.
func (r *Reader) quoted() []byte {
	if r.null() {
		return nil
	}
	if r.peek() != '"' {
		r.GiveUp()
		return nil
	}
	start := r.at
	if r.scan(); r.odd {
		return nil
	}
	return r.body[start:r.at]
}

func (r *Reader) time(into *teamwork.DateTime) {
	if text := r.quoted(); text != nil && into.UnmarshalJSON(text) != nil {
		r.GiveUp()
	}
}

// folded is a word that folds itself.
type folded[T any] interface {
	*T
	In(text []byte) *T
}

func wordOrNil[T any, P folded[T]](r *Reader) *T {
	text := r.quoted()
	if text == nil {
		return nil
	}
	return P(nil).In(text)
}

// orNil reads a struct, or null.
func orNil[T any](r *Reader, read func(*Reader, *T)) *T {
	if r.null() {
		return nil
	}
	v := new(T)
	read(r, v)
	return v
}

// listOf reads a list of structs, or null.
func listOf[T any](r *Reader, read func(*Reader, *T)) []*T {
	if r.null() {
		return nil
	}
	list := []*T{}
	for more := r.FirstItem(); more; more = r.NextItem() {
		v := new(T)
		read(r, v)
		list = append(list, v)
	}
	return list
}
