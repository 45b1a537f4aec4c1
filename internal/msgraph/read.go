package msgraph

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// answer is a success.
type answer struct {
	header http.Header
	body   []byte
}

// get reads r and returns a success, whose body is JSON by its looks.
func (c *Client) get(ctx context.Context, r ref) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := runtime.NewRequest(ctx, http.MethodGet, c.url(r))
	if err != nil {
		return nil, err
	}
	resp, err := c.pipeline.Do(req)
	if err != nil {
		return nil, c.failed(ctx, fromFailure(err))
	}
	body, err := payload(resp)
	if err != nil {
		return nil, c.failed(ctx, fromFailure(err))
	}
	if resp.StatusCode != http.StatusOK {
		return nil, c.failed(ctx, c.fromAnswer(r, resp.StatusCode, resp.Header, body))
	}
	if !looksLikeObject(body) {
		return nil, c.failed(ctx, unreadable(resp.Header, errNoObject))
	}
	return &answer{header: resp.Header, body: body}, nil
}

// url returns r's absolute URL.
func (c *Client) url(r ref) string { return c.root.String() + r.String() }

// failed notes a failure of upstream's. Missing things and callers who left are
// none.
func (c *Client) failed(ctx context.Context, err error) error {
	if e, ok := err.(*teamwork.Error); ok && e.Kind != teamwork.NotFound && ctx.Err() != context.Canceled {
		c.status.failed(e)
	}
	return err
}

// payload returns an answer's body, without the byte order mark that a decoder
// would stumble over.
func payload(resp *http.Response) ([]byte, error) {
	body, err := runtime.Payload(resp)
	return bytes.TrimPrefix(body, []byte("\ufeff")), err
}

// looksLikeObject tells JSON from the HTML that proxies and outages send.
func looksLikeObject(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{"))
}

// readOne reads one object of T.
func readOne[T any](ctx context.Context, c *Client, rt route, ids ...string) (*T, teamwork.ResourceMeta, error) {
	r, err := rt.fill(ids...)
	if err != nil {
		return nil, teamwork.ResourceMeta{}, err
	}
	got, err := c.get(ctx, r)
	if err != nil {
		return nil, teamwork.ResourceMeta{}, err
	}
	value, warnings, err := decodeOne[T](got.body)
	if err != nil {
		return nil, teamwork.ResourceMeta{}, c.failed(ctx, unreadable(got.header, err))
	}
	return value, c.met(ctx, warnings), nil
}

// met notes a success, whole and decoded. It returns the value's meta, and leaves
// its warnings for the answer under way.
func (c *Client) met(ctx context.Context, warnings []teamwork.Warning) teamwork.ResourceMeta {
	c.status.succeeded()
	teamwork.TrailFrom(ctx).Warn(warnings...)
	return teamwork.FetchedNow(time.Now(), warnings)
}
