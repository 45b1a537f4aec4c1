package msgraph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/teamwork-graphql/teamwork-graphql/internal/quick"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

var errNoObject = errors.New("not a JSON object")

// decodeOne reads a single object, bare or under "value": Microsoft's pages show
// the second, and clients in the field see the first.
func decodeOne[T any](body []byte) (*T, []teamwork.Warning, error) {
	if value, ok := quick.Single[T](body); ok {
		return value, nil, nil
	}
	return carefulOne[T](body)
}

// carefulOne is decodeOne for any body. What is read quickly is read as it would be here.
func carefulOne[T any](body []byte) (*T, []teamwork.Warning, error) {
	var wrapper struct {
		Value json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal(body, &wrapper); err != nil {
		return nil, nil, err
	}
	if wrapper.Value != nil {
		body = wrapper.Value
	}
	if !looksLikeObject(body) {
		return nil, nil, errNoObject
	}
	var value T
	warnings, err := decode(body, &value)
	return &value, warnings, err
}

// collection is the body of a page.
type collection[T any] struct {
	Value    []*T   `json:"value"`
	NextLink string `json:"@odata.nextLink"`
}

var inCollection = []string{"value", "@odata.nextLink"}

// decodePage reads a page.
func decodePage[T any](body []byte) (collection[T], []teamwork.Warning, error) {
	if page, ok := quickPage[T](body); ok {
		return page, nil, nil
	}
	return carefulPage[T](body)
}

// quickPage returns false for a page that is not as most are.
func quickPage[T any](body []byte) (page collection[T], ok bool) {
	r := quick.Over(body)
	page = readCollection[T](&r)
	return page, r.Done()
}

// readCollection gives up on what has no members.
func readCollection[T any](r *quick.Reader) (page collection[T]) {
	var seen uint32
	for name := r.First(); name != nil; name = r.Next() {
		switch string(name) {
		case "value":
			r.Once(&seen, 0)
			page.Value = quick.Nouns[T](r)
		case "@odata.nextLink":
			r.Once(&seen, 1)
			page.NextLink = r.Text()
		default:
			r.Other(name, inCollection)
		}
	}
	if page.Value == nil {
		r.GiveUp()
	}
	return page
}

// carefulPage is decodePage for any body.
func carefulPage[T any](body []byte) (collection[T], []teamwork.Warning, error) {
	var page collection[T]
	warnings, err := decode(body, &page)
	if err == nil && page.Value == nil {
		err = errors.New("the page has no value")
	}
	return page, warnings, err
}

// maxUnreadable bounds how often one body is read again.
const maxUnreadable = 64

// decode reads JSON into a noun. A member of another type than documented is left
// out, with a warning: it should not cost the client the rest. encoding/json would
// leave "" or false in its place, so it is made null, and the body is read again.
func decode(body []byte, into any) ([]teamwork.Warning, error) {
	var warnings []teamwork.Warning
	for range maxUnreadable {
		whole, nulls := withoutNulls(body)
		if len(warnings) == 0 { // a null of ours was warned of already
			warnings = append(warnings, nulls...)
		}
		body = whole
		err := json.Unmarshal(body, into)
		if err == nil {
			break
		}
		var mismatch *json.UnmarshalTypeError
		if !errors.As(err, &mismatch) || mismatch.Field == "" {
			return nil, err
		}
		message := fmt.Sprintf("upstream sent %s of another type (%s), which is left out", mismatch.Field, readable(mismatch.Value, 32))
		if !slices.ContainsFunc(warnings, func(w teamwork.Warning) bool { return w.Message == message }) {
			warnings = append(warnings, teamwork.Warning{Code: "UNREADABLE_MEMBER", Message: message})
		}
		if body = nulled(body, mismatch.Offset); body == nil {
			break
		}
	}
	return warnings, nil
}

// nulled returns body with null for the value that did not fit. The offset is
// encoding/json's: the end of a literal, or just behind the bracket that opens an
// object or an array.
func nulled(body []byte, offset int64) []byte {
	tokens := json.NewDecoder(bytes.NewReader(body))
	for {
		start := tokens.InputOffset()
		if _, err := tokens.Token(); err != nil || tokens.InputOffset() > offset {
			return nil
		}
		if tokens.InputOffset() < offset {
			continue
		}
		rest := bytes.TrimLeft(body[start:], " \t\r\n,:")
		var value json.RawMessage
		if json.NewDecoder(bytes.NewReader(rest)).Decode(&value) != nil {
			return nil
		}
		return slices.Concat(body[:len(body)-len(rest)], []byte("null"), rest[len(value):])
	}
}

// unreadable is the error of an answer that can't be read. The decoder's own error
// is for the log.
func unreadable(h http.Header, err error) error {
	return &teamwork.Error{
		Kind:     teamwork.BadResponse,
		Message:  messageOf[teamwork.BadResponse],
		Upstream: &teamwork.UpstreamAnswer{Status: http.StatusOK, RequestID: readable(h.Get("request-id"), 64)},
		Err:      err,
	}
}

// withIDs leaves out the members of a page that have no id: nothing could refer to
// them.
func withIDs[T any](items []*T, id func(*T) string) ([]*T, []teamwork.Warning) {
	kept := make([]*T, 0, len(items))
	for _, item := range items {
		if item != nil && id(item) != "" {
			kept = append(kept, item)
		}
	}
	if len(kept) == len(items) {
		return kept, nil
	}
	return kept, []teamwork.Warning{{
		Code:    "MISSING_ID",
		Message: fmt.Sprintf("upstream sent %d of %d members without an id; they are left out", len(items)-len(kept), len(items)),
	}}
}
