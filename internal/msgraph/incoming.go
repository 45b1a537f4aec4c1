package msgraph

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// incoming takes an answer's body, past the pipeline, which would read it into a slice that
// grows: of a batch's answer ten times what is in it. Whoever sends lays it into the
// request's context, and the wire fills it.
type incoming struct{ body []byte }

type incomingKey struct{}

// expecting returns the request as it must be sent for its answer's body to arrive apart.
func expecting(req *policy.Request) (*policy.Request, *incoming) {
	a := &incoming{}
	runtime.SkipBodyDownload(req)
	return req.WithContext(context.WithValue(req.Raw().Context(), incomingKey{}, a)), a
}

// plausible bounds what is made ready for a body because its answer says how long it is.
const plausible = 1 << 20

// arrive reads an answer's body, which must not be longer than bound, for whoever expects
// it. To everybody else, such as azcore where it reads what an error says, it is as new.
func arrive(ctx context.Context, resp *http.Response, bound int64) error {
	body, err := readBody(resp, bound)
	_ = resp.Body.Close()
	if err != nil {
		return err
	}
	if a, ok := ctx.Value(incomingKey{}).(*incoming); ok {
		a.body = body
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
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
