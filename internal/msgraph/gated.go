package msgraph

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// batchPath is where batches are posted, below the version root.
const batchPath = "/$batch"

// gated is the policy that leads each try through the gate, unless its sender does.
type gated struct {
	gate *gate
	root string // the escaped path of the version root
}

// Do enters, sends and leaves. The whole body has arrived by then.
func (g gated) Do(req *policy.Request) (*http.Response, error) {
	raw := req.Raw()
	ctx, path := raw.Context(), strings.TrimPrefix(raw.URL.EscapedPath(), g.root)
	leave := func(verdict, time.Duration) {}
	if path != batchPath {
		waits, cancel := ctx, context.CancelFunc(func() {})
		if raw.Method != http.MethodGet {
			waits, cancel = g.gate.early(ctx)
		}
		let, err := g.gate.enter(waits, 1, path)
		cancel()
		if err != nil {
			return nil, err
		}
		leave = let
	}
	began := time.Now()
	resp, err := req.Next()
	if err == nil && resp.StatusCode/100 == 2 && path != batchPath { // of a batch, its members tell
		g.gate.prove(ctx)
	}
	v, wait := verdictOf(ctx, resp, err, time.Since(began)), waitOf(resp)
	if err == nil && path != batchPath && ctx.Value(oneOfManyKey{}) != nil {
		v, wait = g.gate.judge(ctx, []told{{path, resp.StatusCode, wait}})
	}
	leave(v, wait)
	return resp, err
}

type oneOfManyKey struct{}

// oneOfMany returns a context whose plain requests are but some of those that are made
// together: a 429 is their resource's, not everybody's, as it would be in a batch.
func oneOfMany(ctx context.Context) context.Context {
	return context.WithValue(ctx, oneOfManyKey{}, true)
}

// rootPath returns the escaped path of a version root.
func rootPath(root string) string {
	u, err := url.Parse(strings.TrimSuffix(root, "/"))
	if err != nil {
		return ""
	}
	return u.EscapedPath()
}

// fairTime is what a request must have had for its lateness to be upstream's fault: a
// caller may be in a hurry.
const fairTime = 3 * time.Second

// verdictOf says how a request ended that took so long.
func verdictOf(ctx context.Context, resp *http.Response, err error, took time.Duration) verdict {
	switch {
	case err == nil:
		return verdictOn(resp.StatusCode)
	case ctx.Err() == context.Canceled, errors.Is(err, context.Canceled):
		return unheard
	case errors.As(err, new(refusal)): // an answer that is none
		return unheard
	case !mayPass(err) && !reached(ctx): // there was no token
		return unheard
	case (ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded)) && took < fairTime:
		return unheard
	}
	return broken
}

// reached reports whether a request is known to have been given to the transport.
func reached(ctx context.Context) bool {
	d := departureFrom(ctx)
	return d != nil && d.reached.Load()
}

// verdictOn says what a status tells of upstream. 501 is the end of an API.
func verdictOn(status int) verdict {
	switch {
	case status == http.StatusTooManyRequests:
		return throttled
	case status == http.StatusRequestTimeout, status >= http.StatusInternalServerError && status != http.StatusNotImplemented:
		return broken
	}
	return answered
}

// waitOf returns how long an answer asks to wait.
func waitOf(resp *http.Response) time.Duration {
	if resp == nil {
		return 0
	}
	return retryAfter(resp.Header)
}
