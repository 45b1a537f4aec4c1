package msgraph

import (
	"bytes"
	"net/http"
	"strconv"

	"github.com/teamwork-graphql/teamwork-graphql/internal/quick"
)

var (
	inBatch       = []string{"responses"}
	inBatchMember = []string{"id", "status", "headers", "body"}
)

// quickBatch returns false for an answer that is not as most are. The bodies are parts of
// body, and members share what headers they have in common. What was asked for, if given,
// is read on the way.
func quickBatch(body []byte, asked []inner) ([]batchMember, bool) {
	var seen uint32
	var said []batchMember
	r := quick.Over(body)
	r.AllowNulls() // who decodes a member's body minds them
	for name := r.First(); name != nil; name = r.Next() {
		if string(name) == inBatch[0] {
			r.Once(&seen, 0)
			said = quickMembers(&r, asked)
			continue
		}
		r.Other(name, inBatch)
	}
	return said, r.Done()
}

func quickMembers(r *quick.Reader, asked []inner) []batchMember {
	said := make([]batchMember, 0, maxMembers)
	var last sameHeader
	for more := r.FirstItem(); more; more = r.NextItem() {
		if len(said) == mostAnswers {
			r.Raw()
			continue
		}
		said = append(said, quickMember(r, asked, &last))
	}
	return said
}

func quickMember(r *quick.Reader, asked []inner, last *sameHeader) (m batchMember) {
	var seen uint32
	for name := r.First(); name != nil; name = r.Next() {
		switch string(name) {
		case "id":
			r.Once(&seen, 0)
			m.ID = quickWord(r)
		case "status":
			r.Once(&seen, 1)
			m.Status = quickWord(r)
		case "headers":
			r.Once(&seen, 2)
			m.Headers = last.read(r)
		case "body":
			r.Once(&seen, 3)
			if as := m.shapeIn(asked); as != nil {
				m.Body = r.Part(func(r *quick.Reader) { m.value = as.read(r) })
			} else {
				m.Body = r.Raw()
			}
		default:
			r.Other(name, inBatchMember)
		}
	}
	return m
}

// shapeIn returns what the member's body is to be read as; nil if that is not known, or if
// it is no success as far as it has come by.
func (m *batchMember) shapeIn(asked []inner) shape {
	if m.Status != "200" {
		return nil
	}
	if i, err := strconv.Atoi(string(m.ID)); err == nil && 1 <= i && i <= len(asked) {
		return asked[i-1].ref.shape
	}
	return nil
}

// quickWord is sure of numbers and of texts without escapes.
func quickWord(r *quick.Reader) word {
	text := r.Raw()
	switch {
	case len(text) > 0 && (text[0] == '-' || '0' <= text[0] && text[0] <= '9'):
		return word(text)
	case len(text) > 1 && text[0] == '"' && bytes.IndexByte(text, '\\') < 0:
		return word(text[1 : len(text)-1])
	}
	r.GiveUp()
	return ""
}

// sameHeader is the header of the member before, which most members have too. Nobody
// writes to a member's header.
type sameHeader struct {
	text   []byte
	header innerHeader
}

func (s *sameHeader) read(r *quick.Reader) innerHeader {
	text := r.Raw()
	if s.header != nil && bytes.Equal(text, s.text) {
		return s.header
	}
	within := quick.Over(text)
	header := http.Header{}
	for name := within.First(); name != nil; name = within.Next() {
		key := http.CanonicalHeaderKey(string(name))
		if header[key] != nil { // of two spellings the last one counts, if there is a last one
			within.GiveUp()
		}
		header[key] = []string{within.Text()}
	}
	if !within.Done() {
		r.GiveUp()
		return nil
	}
	s.text, s.header = text, innerHeader(header)
	return s.header
}
