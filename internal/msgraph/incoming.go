package msgraph

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// arrived is an answer's body that is here as a whole. Policies may read it as any other; whoever sent the
// request takes it as it is.
type arrived struct {
	bytes.Reader
	whole []byte
}

// Close does nothing: the connection was let go when the body had arrived.
func (*arrived) Close() error { return nil }

// wholeOf returns an answer's body. It is copied only where a policy has put another one into its place.
func wholeOf(resp *http.Response) ([]byte, error) {
	if a, ok := resp.Body.(*arrived); ok {
		return a.whole, nil
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// plausible bounds what is made ready for a body because its answer says how long it is.
const plausible = 1 << 20

// arrive reads an answer's body, which must not be longer than bound.
func arrive(resp *http.Response, bound int64) error {
	body, err := readBody(resp, bound)
	_ = resp.Body.Close()
	if err != nil {
		return err
	}
	a := &arrived{whole: body}
	a.Reset(body)
	resp.Body = a
	return nil
}

func readBody(resp *http.Response, bound int64) ([]byte, error) {
	if length := resp.ContentLength; length >= 0 && length <= min(bound, plausible) {
		body := make([]byte, length)
		if n, err := io.ReadFull(resp.Body, body); err != nil {
			return nil, fmt.Errorf("the body broke off after %d of %d bytes: %w", n, length, err)
		}
		// Over HTTP/2 to close a body before its end has come is to give up its stream.
		_, _ = io.CopyN(io.Discard, resp.Body, 1)
		return body, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, bound+1))
	if err == nil && int64(len(body)) > bound {
		err = errTooLarge
	}
	return body, err
}
