package msgraph

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// answer is a success.
type answer struct {
	header http.Header
	body   []byte
	// value is what the body was read into when it came, nil if it was not. It is the one
	// reader's own.
	value any
}

// reply is whatever upstream answered, alone or in a batch.
type reply struct {
	status int
	header http.Header
	body   []byte
	// value is what the body was read into on the way, by its ref's shape; nil if it was not.
	value any
	// inBatch says that it stood in a batch, where unknown paths look otherwise.
	inBatch bool
	// err says why a batch has no answer that can be used, nil if it has.
	err error
}

// get reads r and returns a success, whose body is JSON by its looks. What else is
// asked for with the same Gatherer at the same time may go with it.
func (c *Client) get(ctx context.Context, r ref) (*answer, error) {
	ctx, cancel := teamwork.Until(ctx, time.Now().Add(c.timeout))
	defer cancel()
	got, err := c.fetch(ctx, r)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	return got, nil
}

// alone sends r in a request of its own, and returns the whole answer, whatever it is.
func (c *Client) alone(ctx context.Context, r ref) (reply, error) {
	req, err := runtime.NewRequest(ctx, http.MethodGet, c.url(r))
	if err != nil {
		return reply{}, err
	}
	return c.do(req)
}

// do sends a request and reads the whole answer.
func (c *Client) do(req *policy.Request) (reply, error) {
	resp, err := c.pipeline.Do(req)
	if err != nil {
		return reply{}, err
	}
	body, err := wholeOf(resp)
	return reply{status: resp.StatusCode, header: resp.Header, body: withoutMark(body)}, err
}

// accept returns the answer to a read if it is a success.
func (c *Client) accept(r ref, said reply) (*answer, error) {
	switch {
	case said.err != nil:
		return nil, unreadable(said.header, said.err)
	case said.status != http.StatusOK:
		return nil, c.fromAnswer(r, said)
	case !looksLikeObject(said.body):
		return nil, unreadable(said.header, errNoObject)
	}
	return &answer{header: said.header, body: said.body, value: said.value}, nil
}

// url returns r's absolute URL.
func (c *Client) url(r ref) string { return c.root.String() + r.String() }

// failed notes a failure of upstream's. Missing things and callers who left are
// none.
func (c *Client) failed(ctx context.Context, err error) error {
	if e, ok := err.(*teamwork.Error); ok && e.Kind != teamwork.NotFound && ctx.Err() != context.Canceled { //nolint:errorlint // what comes within another error is not upstream's
		c.status.failed(e)
	}
	return err
}

// withoutMark returns a body without the byte order mark that a decoder would stumble over.
func withoutMark(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\ufeff")) }

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
	got, err := c.get(ctx, r.as(one[T]{}))
	if err != nil {
		return nil, teamwork.ResourceMeta{}, err
	}
	value, warnings, err := oneOf[T](got)
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
