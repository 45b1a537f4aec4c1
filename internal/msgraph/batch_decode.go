package msgraph

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

var (
	errNoReply   = errors.New("the batch has no answer to this request")
	errTwoReply  = errors.New("the batch has two answers to this request")
	errNoStatus  = errors.New("the batch's answer to this request has no status")
	errBadBatch  = &teamwork.Error{Kind: teamwork.BadResponse, Message: messageOf[teamwork.BadResponse], Err: errors.New("the answer to a batch is none")}
	errLongReply = errors.New("the batch's answer to this request is over 10 MB")
)

// batchAnswer is the answer on the wire. The array bounds what a senseless one costs:
// whatever is beyond it is skipped.
type batchAnswer struct {
	Responses [mostAnswers]batchMember `json:"responses"`
}

const mostAnswers = 2 * maxMembers

// batchMember is the answer to one member. Its body stays as it is.
type batchMember struct {
	ID      word            `json:"id"`
	Status  word            `json:"status"`
	Headers innerHeader     `json:"headers"`
	Body    json.RawMessage `json:"body"`
	// value is what the body was read into.
	value any
}

// decodeBatch reads the answer to a batch. An answer without any member's is none. What
// succeeded has been read as its member's shape, if nothing in the whole batch is odd.
func decodeBatch(outer reply, members []inner) ([]reply, error) {
	said, ok := quickBatch(outer.body, members)
	if !ok {
		said, ok = quickBatch(outer.body, nil)
	}
	if !ok {
		said, ok = carefulBatch(outer.body)
	}
	if !ok {
		return nil, errBadBatch
	}
	return repliesOf(outer, said, len(members))
}

// carefulBatch reads any answer; false if it is none.
func carefulBatch(body []byte) ([]batchMember, bool) {
	var said batchAnswer
	if err := json.Unmarshal(body, &said); err != nil && !errors.As(err, new(*json.UnmarshalTypeError)) {
		return nil, false
	}
	return said.Responses[:], true
}

// repliesOf puts the members' answers in the order of the members.
func repliesOf(outer reply, said []batchMember, n int) ([]reply, error) {
	replies := make([]reply, n)
	for i := range replies {
		replies[i] = reply{header: outer.header, inBatch: true, err: errNoReply}
	}
	known := 0
	for _, r := range said {
		i, err := strconv.Atoi(string(r.ID))
		if err != nil || i < 1 || i > n {
			continue
		}
		known++
		if !errors.Is(replies[i-1].err, errNoReply) {
			replies[i-1].err = errTwoReply
			continue
		}
		replies[i-1] = innerReply(outer, r)
	}
	if known == 0 {
		return nil, errBadBatch
	}
	return replies, nil
}

// requestID is spelled as package http keeps it, who would make it so anew each time.
const requestID = "Request-Id"

func innerReply(outer reply, said batchMember) reply {
	header := http.Header(said.Headers)
	if header == nil {
		header = http.Header{}
	}
	if header.Get(requestID) == "" {
		header.Set(requestID, outer.header.Get(requestID))
	}
	r := reply{header: header, body: said.Body, value: said.value, inBatch: true}
	switch code, err := strconv.Atoi(string(said.Status)); {
	case err != nil || code < 100 || code > 599:
		r.err = errNoStatus
	case len(said.Body) > maxBody:
		r.err = errLongReply
	default:
		r.status = code
	}
	return r
}

// word is a text, or a number as it was written; whatever else it is says nothing.
type word string

// UnmarshalJSON never fails: an odd member must not cost the others their answers.
func (w *word) UnmarshalJSON(text []byte) error {
	if text[0] != '"' {
		*w = word(text)
		return nil
	}
	var s string
	_ = json.Unmarshal(text, &s)
	*w = word(s)
	return nil
}

// innerHeader is a header, whose names may be in any case.
type innerHeader http.Header

// UnmarshalJSON never fails, for the same reason.
func (h *innerHeader) UnmarshalJSON(text []byte) error {
	var said map[string]any
	_ = json.Unmarshal(text, &said)
	read := make(http.Header, len(said)+1)
	for name, value := range said {
		switch v := value.(type) {
		case string:
			read.Set(name, v)
		case float64:
			read.Set(name, strconv.FormatFloat(v, 'f', -1, 64))
		}
	}
	*h = innerHeader(read)
	return nil
}
