package quick

import "strings"

// Reader walks over JSON, once. It is sure of what most bodies are made of, and gives up
// on the rest: on what is no JSON, on a value of another type, on members that share a
// name or are in another case, on a null in a list, on what is nested deeply. Once it has
// given up, every method returns at once, and Done is false.
type Reader struct {
	body  []byte
	at    int
	depth int
	odd   bool
	// nulls says that a null in a list that is skipped is nothing odd.
	nulls bool
	// base is the depth at which the body that is read begins: others may be around it.
	base int
	// single says that a member "value" of that body's object would be the whole.
	single bool

	sets  sets            // who was read of before
	chunk strings.Builder // texts are cut from it
	texts []string        // and pointers to texts point into this
}

// maxDepth is more than any noun has; encoding/json's own bound is far above.
const maxDepth = 100

// Over returns a Reader of body. What it returns as text is a copy; what it returns as
// bytes is a part of body.
func Over(body []byte) Reader { return Reader{body: body} }

// AllowNulls makes a null in a skipped list nothing to give up for.
func (r *Reader) AllowNulls() { r.nulls = true }

// Part has read read the next value, which is a body of its own, and returns its text.
func (r *Reader) Part(read func(r *Reader)) []byte {
	r.peek()
	start, nulls, base := r.at, r.nulls, r.base
	r.nulls, r.base = false, r.depth
	read(r)
	r.nulls, r.base = nulls, base
	return r.body[start:r.at:r.at]
}

// Done reports whether the body was read to its end, and everything in it was sure.
func (r *Reader) Done() bool {
	return r.peek() == 0 && r.at == len(r.body) && !r.odd
}

// GiveUp ends the walk.
func (r *Reader) GiveUp() { r.odd, r.at = true, len(r.body) }

// peek returns the next byte that is no space, and 0 if there is none or none that
// could begin anything. Nearly always it is the very next one.
func (r *Reader) peek() (c byte) {
	if r.at < len(r.body) {
		c = r.body[r.at]
	}
	if c <= ' ' {
		c = r.peekFar()
	}
	return c
}

// peekFar is apart, so that peek is small enough to have no call of its own.
//
//go:noinline
func (r *Reader) peekFar() byte {
	for ; r.at < len(r.body); r.at++ {
		switch c := r.body[r.at]; {
		case c > ' ':
			return c
		case c != ' ' && c != '\n' && c != '\r' && c != '\t':
			return 0
		}
	}
	return 0
}

// First enters an object and returns its first member's name, nil if it has none.
func (r *Reader) First() []byte {
	if !r.enter('{') {
		return nil
	}
	if r.peek() == '}' {
		r.leave()
		return nil
	}
	return r.name()
}

// Next returns the name of the member after the one whose value was read; nil, having
// left the object, if there is none.
func (r *Reader) Next() []byte {
	switch r.peek() {
	case ',':
		r.at++
		return r.name()
	case '}':
		r.leave()
	default:
		r.GiveUp()
	}
	return nil
}

// name reads a member's name and the colon. A name that is not spelled plainly might
// be one that we know.
func (r *Reader) name() []byte {
	if r.peek() != '"' {
		r.GiveUp()
		return nil
	}
	name, as := r.scan()
	if as != plain || r.peek() != ':' {
		r.GiveUp()
		return nil
	}
	r.at++
	return name
}

// FirstItem enters a list and reports whether it has an item.
func (r *Reader) FirstItem() bool {
	if !r.enter('[') {
		return false
	}
	if r.peek() == ']' {
		r.leave()
		return false
	}
	return true
}

// NextItem reports whether there is an item after the one that was read; if there is
// none, it has left the list.
func (r *Reader) NextItem() bool {
	switch r.peek() {
	case ',':
		r.at++
		return true
	case ']':
		r.leave()
	default:
		r.GiveUp()
	}
	return false
}

func (r *Reader) enter(bracket byte) bool {
	if r.peek() != bracket || r.depth == maxDepth {
		r.GiveUp()
		return false
	}
	r.at++
	r.depth++
	return true
}

func (r *Reader) leave() {
	r.at++
	r.depth--
}

// Once gives up if a bit was set before: of members that share a name encoding/json
// makes one value.
func (r *Reader) Once(seen *uint32, bit int) {
	if *seen&(1<<bit) != 0 {
		r.GiveUp()
	}
	*seen |= 1 << bit
}

// Other skips the value of a member that has none of the known names, and gives up if
// encoding/json would take it for one of them, in another case.
func (r *Reader) Other(name []byte, known []string) {
	for _, k := range known {
		if len(k) == len(name) && strings.EqualFold(k, string(name)) {
			r.GiveUp()
			return
		}
	}
	if r.single && r.depth == r.base+1 && len(name) == len("value") && strings.EqualFold("value", string(name)) {
		r.GiveUp()
		return
	}
	r.skip()
}
