package quick

import (
	"encoding/binary"
	"math/bits"
)

// spelling says what stands in a text beside plain ASCII.
type spelling uint8

const (
	plain   spelling = 0
	wide    spelling = 1 // bytes above ASCII, which may be no UTF-8
	escaped spelling = 2 // escapes, all of which are valid
)

// scan reads a text, whose opening quote is next, and returns what stands between its quotes.
func (r *Reader) scan() (text []byte, as spelling) {
	start := r.at + 1
	for at := start; ; {
		at = special(r.body, at)
		if at >= len(r.body) {
			break
		}
		switch c := r.body[at]; {
		case c == '"':
			r.at = at + 1
			return r.body[start:at], as
		case c == '\\':
			n := escape(r.body[at:])
			if n == 0 {
				r.GiveUp()
				return nil, as
			}
			at, as = at+n, as|escaped
		case c < ' ':
			r.GiveUp()
			return nil, as
		default:
			at, as = at+1, as|wide
		}
	}
	r.GiveUp()
	return nil, as
}

// special returns where the next byte of a text stands that is not plain: a quote, a
// backslash, a control character or anything above ASCII. Eight bytes are looked at at
// once; the lowest flag is exact, since a borrow only moves up from a flag.
func special(body []byte, at int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; at+8 <= len(body); at += 8 {
		w := binary.LittleEndian.Uint64(body[at:])
		quote, backslash := w^(ones*'"'), w^(ones*'\\')
		if flags := (w | (w - ones*' ') | (quote - ones) | (backslash - ones)) & tops; flags != 0 {
			return at + bits.TrailingZeros64(flags)/8
		}
	}
	for ; at < len(body); at++ {
		if c := body[at]; c < ' ' || c >= 0x80 || c == '"' || c == '\\' {
			break
		}
	}
	return at
}

// escape returns the length of the escape that text begins with, 0 if it is none.
func escape(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(text) >= 6 && isHex(text[2]) && isHex(text[3]) && isHex(text[4]) && isHex(text[5]) {
			return 6
		}
	}
	return 0
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// Raw skips a value and returns its text.
func (r *Reader) Raw() []byte {
	r.peek()
	start := r.at
	r.skip()
	return r.body[start:r.at:r.at]
}

// skip reads a value of which nobody wants anything but that it is one.
func (r *Reader) skip() {
	switch c := r.peek(); {
	case c == '"':
		r.scan()
	case c == '{':
		r.skipObject()
	case c == '[':
		r.skipList()
	case c == 't':
		r.word("true")
	case c == 'f':
		r.word("false")
	case c == 'n':
		r.word("null")
	default:
		r.number()
	}
}

func (r *Reader) skipObject() {
	if !r.enter('{') {
		return
	}
	if r.peek() == '}' {
		r.leave()
		return
	}
	for more := true; more; {
		if r.peek() != '"' {
			r.GiveUp()
			return
		}
		r.scan()
		if r.peek() != ':' {
			r.GiveUp()
			return
		}
		r.at++
		r.skip()
		if more = r.peek() == ','; more {
			r.at++
		}
	}
	if r.peek() != '}' {
		r.GiveUp()
		return
	}
	r.leave()
}

func (r *Reader) skipList() {
	for more := r.FirstItem(); more; more = r.NextItem() {
		if !r.nulls && r.peek() == 'n' {
			r.GiveUp()
			return
		}
		r.skip()
	}
}

// word reads one of JSON's three.
func (r *Reader) word(w string) {
	if len(r.body)-r.at < len(w) || string(r.body[r.at:r.at+len(w)]) != w {
		r.GiveUp()
		return
	}
	r.at += len(w)
}

// number skips a number.
func (r *Reader) number() {
	r.accept('-')
	ok := r.accept('0') || r.digits()
	if r.accept('.') {
		ok = r.digits() && ok
	}
	if r.accept('e') || r.accept('E') {
		_ = r.accept('+') || r.accept('-')
		ok = r.digits() && ok
	}
	if !ok {
		r.GiveUp()
	}
}

func (r *Reader) accept(c byte) bool {
	if r.at == len(r.body) || r.body[r.at] != c {
		return false
	}
	r.at++
	return true
}

func (r *Reader) digits() bool {
	start := r.at
	for r.at < len(r.body) && '0' <= r.body[r.at] && r.body[r.at] <= '9' {
		r.at++
	}
	return r.at > start
}
