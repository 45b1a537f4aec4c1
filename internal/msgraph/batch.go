package msgraph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// maxMembers is how many requests upstream takes in a batch.
const maxMembers = 20

// maxBatchBody bounds a batch's answer: one member may be as long as an answer on its
// own, and the others too, together.
const maxBatchBody = 2 * maxBody

// batchRoute is not among Routes: nothing in the schema comes from it.
var batchRoute = route{http.MethodPost, "/$batch", ""}

// inner is a request in a batch. A nil body makes it a read.
type inner struct {
	ref  ref
	body json.RawMessage
}

func (in inner) method() string {
	if in.body == nil {
		return http.MethodGet
	}
	return http.MethodPost
}

// batchItem is an inner request on the wire.
// https://learn.microsoft.com/graph/json-batching
type batchItem struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

// Headers of the batch are not its members', so each has its own. A write without a type
// and a body would spoil the whole batch.
var (
	innerReadHeaders  = map[string]string{"Accept": "application/json", "Prefer": "include-unknown-enum-members"}
	innerWriteHeaders = map[string]string{"Accept": "application/json", "Prefer": "include-unknown-enum-members", "Content-Type": "application/json"}
)

// encodeBatch writes a batch whose ids are the members' numbers, from 1.
func encodeBatch(members []inner) ([]byte, error) {
	batch := struct {
		Requests []batchItem `json:"requests"`
	}{make([]batchItem, len(members))}
	for i, in := range members {
		headers := innerReadHeaders
		if in.body != nil {
			headers = innerWriteHeaders
		}
		batch.Requests[i] = batchItem{strconv.Itoa(i + 1), in.method(), in.ref.String(), headers, in.body}
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // an ampersand stands in nearly every link
	err := e.Encode(batch)
	return text.Bytes(), err
}

// batched is what became of a batch.
type batched struct {
	// replies are in the order of the members; nil when the batch failed as a whole.
	replies []reply
	// outer is what upstream said instead of a batch; nil when it did not.
	outer *reply
	// err says why there is neither.
	err error
	// reached says that the transport had it, and took how long it took.
	reached bool
	took    time.Duration
}

// exchange sends a batch, once. The gate must have been passed.
func (c *Client) exchange(ctx context.Context, d *departure, members []inner) (got batched) {
	began := time.Now()
	defer func() {
		got.reached, got.took = d.reached.Load(), time.Since(began)
		c.observeInner(members, got)
	}()
	d.bound = maxBatchBody
	body, err := encodeBatch(members)
	if err != nil {
		return batched{err: err}
	}
	outer, err := c.send(ctx, d, ref{path: batchRoute.template}, body)
	if err != nil {
		return batched{err: err}
	}
	// Older text has 424 for a batch that holds a 429.
	if outer.status != http.StatusOK && outer.status != http.StatusFailedDependency {
		return batched{outer: &outer}
	}
	replies, err := decodeBatch(outer, len(members))
	for i, said := range replies {
		c.status.heed(said.header, members[i].ref.path)
	}
	return batched{replies: replies, err: err}
}

// failure is the error that a batch's failure as a whole is to each of its reads.
func (c *Client) failure(got batched) error {
	if got.outer == nil {
		return fromFailure(got.err)
	}
	return withoutBatches(c.fromAnswer(ref{path: batchRoute.template}, *got.outer))
}

// refused is the error that upstream's answer to a batch as a whole is to each of its
// writes.
func (c *Client) refused(outer reply) error {
	return withoutBatches(c.fromRefusal(ref{path: batchRoute.template}, outer))
}

// withoutBatches tells batches that are not there from members that are not.
func withoutBatches(e *teamwork.Error) *teamwork.Error {
	if e.Kind == teamwork.NotFound {
		e.Kind, e.Message = teamwork.Unavailable, "Microsoft Graph takes no batches, or GRAPH_URL is not its version root"
	}
	return e
}

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
	Responses [2 * maxMembers]struct {
		ID      word            `json:"id"`
		Status  word            `json:"status"`
		Headers innerHeader     `json:"headers"`
		Body    json.RawMessage `json:"body"`
	} `json:"responses"`
}

// decodeBatch reads the answer to a batch of n. The members' bodies stay as they are. An
// answer without any member's is none.
func decodeBatch(outer reply, n int) ([]reply, error) {
	var said batchAnswer
	if err := json.Unmarshal(outer.body, &said); err != nil && !errors.As(err, new(*json.UnmarshalTypeError)) {
		return nil, errBadBatch
	}
	replies := make([]reply, n)
	for i := range replies {
		replies[i] = reply{header: outer.header, inBatch: true, err: errNoReply}
	}
	known := 0
	for _, r := range said.Responses {
		i, err := strconv.Atoi(string(r.ID))
		if err != nil || i < 1 || i > n {
			continue
		}
		known++
		if replies[i-1].err != errNoReply {
			replies[i-1].err = errTwoReply
			continue
		}
		replies[i-1] = innerReply(outer, string(r.Status), http.Header(r.Headers), r.Body)
	}
	if known == 0 {
		return nil, errBadBatch
	}
	return replies, nil
}

func innerReply(outer reply, status string, header http.Header, body []byte) reply {
	if header == nil {
		header = http.Header{}
	}
	if header.Get("request-id") == "" {
		header.Set("request-id", outer.header.Get("request-id"))
	}
	r := reply{header: header, body: body, inBatch: true}
	switch code, err := strconv.Atoi(status); {
	case err != nil || code < 100 || code > 599:
		r.err = errNoStatus
	case len(body) > maxBody:
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
