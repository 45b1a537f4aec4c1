package msgraph

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// CreateRoute says how an operation is created upstream.
type CreateRoute string

// The two ways. The collection is the contract this project starts from; where a
// tenant's Graph knows only the published actions, Actions is the one that works.
const (
	Collection CreateRoute = "collection"
	Actions    CreateRoute = "actions"
)

// Options says which Microsoft Graph to talk to, and as whom.
type Options struct {
	// URL is the version root, such as https://graph.microsoft.com/beta.
	URL string
	// Transport sends requests; nil means a pooled transport of our own.
	Transport http.RoundTripper
	// Authorization puts a token on each try; nil sends none.
	Authorization policy.Policy
	// CallersToken says that the token is the caller's own, so that its refusal
	// is the caller's affair; otherwise it is ours.
	CallersToken bool
	// CreateRoute is Collection unless set.
	CreateRoute CreateRoute
	// UserAgent names this program.
	UserAgent string
	// Timeout bounds a call with all its tries; 15 s unless set.
	Timeout time.Duration
	// RetryDelay is the first wait between tries when upstream names none;
	// 200 ms unless set.
	RetryDelay time.Duration
	// Observe, if set, is told of every request that was sent, tries that failed
	// included: one of Routes, or "other", and the answer's status or one of
	// cancelled, timeout and failed. So there are few different words. A batch counts
	// as one, "POST /$batch".
	Observe func(route, status string)
	// ObserveInner, if set, is told likewise of what upstream was asked for: of each
	// member of a batch, and of each request that is none.
	ObserveInner func(route, status string)
	// Withheld, if set, is told of every request that was not sent, and why: throttled,
	// paused, pace, deadline, circuit or retry.
	Withheld func(reason string)
	// Concurrency is how many HTTP requests are under way at a time for an account, in
	// this process; 8 unless set.
	Concurrency int
	// Rate is how many inner requests all replicas together send a second for an
	// account, and Burst how many they may send at once after a rest; 0 for as many as
	// come. Without Shared there is no rate.
	Rate  float64
	Burst int
	// Shared is what replicas have in common; nil for a process that is alone.
	Shared Shared
	Logger *slog.Logger
}

const (
	defaultTimeout    = 15 * time.Second
	defaultRetryDelay = 200 * time.Millisecond
	// tryTimeout bounds one try, so that a silent connection leaves time for another.
	tryTimeout = 8 * time.Second
	// longestWait bounds a random wait. What upstream asks for is waited out as long as
	// readers may.
	longestWait = 5 * time.Second
	maxTries    = 4
	// leastTime is what a create must have before its request's deadline: one that
	// is sent and not waited for has an unknown outcome. It is a third of the timeout
	// where that is less, or else none could ever be sent.
	leastTime = 3 * time.Second
)

// Client is a teamwork.Service over Microsoft Graph.
type Client struct {
	root         *url.URL
	pipeline     runtime.Pipeline
	callersToken bool
	createRoute  CreateRoute
	timeout      time.Duration
	status       *status
	gate         *gate
	lounges      *recent[*lounge]
	tellInner    func(route, status string)
	retryDelay   time.Duration
}

var _ teamwork.Service = (*Client)(nil)

// New returns a Client. It does not call upstream.
func New(opts Options) (*Client, error) {
	root, err := url.Parse(strings.TrimSuffix(opts.URL, "/"))
	if err != nil || (root.Scheme != "https" && root.Scheme != "http") || root.Host == "" ||
		root.RawQuery != "" || root.ForceQuery || root.Fragment != "" {
		return nil, errors.New("the URL of Microsoft Graph must be absolute, such as https://graph.microsoft.com/beta")
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Client{
		root:         root,
		callersToken: opts.CallersToken,
		createRoute:  opts.CreateRoute,
		status:       &status{log: opts.Logger},
		tellInner:    orNobody(opts.ObserveInner),
		retryDelay:   cmp.Or(opts.RetryDelay, defaultRetryDelay),
		lounges:      newRecent[*lounge](manyAccounts),
	}
	opts.Timeout = cmp.Or(opts.Timeout, defaultTimeout)
	c.timeout = opts.Timeout
	c.gate = newGate(opts)
	c.pipeline = newPipeline(opts, c.status, c.gate)
	return c, nil
}

// Close lets go of what New took. Nothing may be read any more.
func (c *Client) Close() { c.gate.unheard() }
