package msgraph

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// decodeOne reads a single object, bare or under "value": Microsoft's pages show
// the second, and clients in the field see the first.
func decodeOne[T any](body []byte) (*T, []teamwork.Warning, error) {
	var wrapper struct {
		Value json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal(body, &wrapper); err != nil {
		return nil, nil, unreadable(err)
	}
	if wrapper.Value != nil {
		body = wrapper.Value
	}
	if !looksLikeObject(body) {
		return nil, nil, unreadable(errors.New("the value is not an object"))
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

// decodePage reads a page.
func decodePage[T any](body []byte) (collection[T], []teamwork.Warning, error) {
	var page collection[T]
	warnings, err := decode(body, &page)
	if err == nil && page.Value == nil {
		err = unreadable(errors.New("the page has no value"))
	}
	return page, warnings, err
}

// decode reads JSON into a noun. A member of another type than documented is left
// out, with a warning: it should not cost the client the rest.
func decode(body []byte, into any) ([]teamwork.Warning, error) {
	err := json.Unmarshal(body, into)
	var mismatch *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil, nil
	case errors.As(err, &mismatch) && mismatch.Field != "":
		return []teamwork.Warning{{
			Code:    "UNREADABLE_MEMBER",
			Message: fmt.Sprintf("upstream sent a %s as %s, which is left out", readable(mismatch.Value, 32), mismatch.Field),
		}}, nil
	}
	return nil, unreadable(err)
}

// unreadable keeps the decoder's error for the log: it may quote the body.
func unreadable(err error) error {
	return &teamwork.Error{Kind: teamwork.BadResponse, Message: messageOf[teamwork.BadResponse], Err: err}
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
