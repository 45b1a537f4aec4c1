package cache

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/quick"
)

// The first byte of every entry is its layout: replicas that do not know one take the
// entry for missing. It is followed by the header, one line of JSON, and by the noun's
// JSON, so that a person can read an entry in an incident.
const (
	layoutPlain  = '1'
	layoutPacked = '2' // the noun's JSON is an s2 block, of which the header has a checksum
)

// encode writes an entry; value is nil for "there is none". The size is the entry's as
// it would be uncompressed.
func encode(h *header, value any) (entry []byte, size int, err error) {
	var body []byte
	if h.None == nil {
		var giveBack func()
		if body, giveBack, err = marshal(value); err != nil {
			return nil, 0, err
		}
		defer giveBack()
	}
	size, layout := len(body), byte(layoutPlain)
	packed, giveBack := pack(body)
	defer giveBack()
	if packed != nil {
		withSum := *h
		withSum.Sum = checksum(body)
		h, body, layout = &withSum, packed, layoutPacked
	}
	head, err := h.line()
	if err != nil {
		return nil, 0, err
	}
	entry = make([]byte, 0, 1+len(head)+1+len(body)) // and no more: the store may keep it as it is
	entry = append(append(append(entry, layout), head...), '\n')
	return append(entry, body...), len(entry) + size, nil
}

// marshal returns a value's JSON, to be given back once it was copied.
func marshal(value any) (body []byte, giveBack func(), err error) {
	p := buffers.Get().(*[]byte)
	if body, ok := quick.Append((*p)[:0], value); ok {
		return body, func() { keepBuffer(p, body) }, nil
	}
	buffers.Put(p)
	body, err = json.Marshal(value)
	return body, func() {}, err
}

var errDamaged = errors.New("not an entry")

// parse splits an entry into its layout, its header and what follows.
func parse(entry []byte) (layout byte, h *header, body []byte, err error) {
	end := bytes.IndexByte(entry, '\n')
	if end < 1 || entry[0] != layoutPlain && entry[0] != layoutPacked {
		return 0, nil, nil, errDamaged
	}
	h, err = parseHeader(entry[1:end])
	return entry[0], h, entry[end+1:], err
}

// valueOf decodes what follows an entry's header, and returns how long its JSON is.
func valueOf[T any](h *header, layout byte, body []byte) (v *T, size int, err error) {
	if layout == layoutPacked {
		whole, giveBack, err := unpack(body, h.Sum)
		if err != nil {
			return nil, 0, err
		}
		defer giveBack()
		body = whole
	}
	if string(bytes.TrimSpace(body)) == "null" {
		return nil, 0, errDamaged
	}
	if v = new(T); quick.Kept(body, v) { // which copies what it keeps, as does the other
		return v, len(body), nil
	}
	v = new(T)
	return v, len(body), json.Unmarshal(body, v)
}

// sight is what a replica knows when it looks at an entry.
type sight struct {
	gen    generation
	denied denial // the last refusal, if there was one and no answer since
	mark   uint64
	now    time.Time
	clocks *clocks
}

// counts reports whether an entry hangs on the generation, or on its epoch. One that was
// on its way to the store when the answer was refused does not.
func (s *sight) counts(h *header) bool {
	if under := s.denied.under; under != "" && h.None == nil && (h.Generation == under || h.Generation == epochOf(under)) &&
		(s.denied.until.IsZero() || !h.FetchedAt.After(s.denied.until)) {
		return false
	}
	return s.gen.any || h.Generation == s.gen.token || h.Generation != "" && h.Generation == epochOf(s.gen.token)
}

// recall reads an entry; nil if it is of another generation, past its time, or not an
// entry at all.
func recall[T any](n *noun[T], entry []byte, s sight) *kept {
	if entry == nil {
		return nil
	}
	layout, h, body, err := parse(entry)
	if err != nil {
		return nil
	}
	if s.clocks != nil {
		h.setBack(s.clocks.ahead(h.By))
	}
	switch {
	case !s.counts(h), !s.now.Before(h.Until):
		return nil
	case h.None != nil:
		return newKept(h, nil, n.absent(*h.None), s.mark, len(entry), s.now)
	}
	v, size, err := valueOf[T](h, layout, body)
	if err != nil {
		return nil
	}
	return newKept(h, n.dated(v, h.meta()), nil, s.mark, len(entry)-len(body)+size, s.now)
}
