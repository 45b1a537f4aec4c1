package msgraph

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/google/uuid"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// maxBody bounds an upstream body, decompressed, in bytes.
const maxBody = 10 << 20

// maxRedirects bounds redirects within upstream's own host.
const maxRedirects = 3

// newPipeline puts the policies in order: the gate, the time for a try, what must be fresh on
// each request, then the wire, which ends it. Nothing in it tries again: that is for who knows
// what is waited for. What azcore would add behind (its tries, traces, logs, and its way to read
// a body) would cost as much as a request's own way; of its tries there is what timed keeps.
func newPipeline(opts Options, st *status, g *gate) runtime.Pipeline {
	policies := []policy.Policy{gated{gate: g, root: rootPath(opts.URL)}, timed{}, newHeaders(opts.UserAgent), st}
	if opts.Authorization != nil {
		policies = append(policies, opts.Authorization, writesOnce{})
	}
	if opts.Observe != nil || opts.ObserveInner != nil {
		policies = append(policies, newObserved(opts)) // behind: a token that is not to be had sends nothing
	}
	policies = append(policies, newWire(opts.Transport))
	return runtime.NewPipeline("teamwork-graphql", "v0", runtime.PipelineOptions{PerCall: policies},
		&policy.ClientOptions{Telemetry: policy.TelemetryOptions{Disabled: true}})
}

// retryAfter reads Retry-After, in seconds or as a date; 0 when there is none.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if value == "" {
		return 0 // to fail at reading it would cost more than the rest of a member's way
	}
	if seconds, err := strconv.Atoi(value); err == nil {
		return max(0, time.Duration(min(seconds, maxWaitSeconds))*time.Second)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

// maxWaitSeconds keeps a nonsensical Retry-After from overflowing.
const maxWaitSeconds = 24 * 60 * 60

// timed bounds a try, its token included, by tryTimeout.
type timed struct{}

// Do makes what failed when the request's own time was over, or its caller had left, that and
// nothing else: whoever fetched the token may call it a failure that no other try can mend.
func (timed) Do(req *policy.Request) (*http.Response, error) {
	whole := req.Raw().Context()
	ctx, cancel := teamwork.Until(whole, time.Now().Add(tryTimeout))
	defer cancel()
	if ctx != whole {
		req = req.WithContext(ctx)
	}
	resp, err := req.Next()
	if over := whole.Err(); err != nil && over != nil {
		return nil, fmt.Errorf("%w: %v", over, err) //nolint:errorlint // what it wraps must not be found
	}
	return resp, err
}

// headers are what every request carries. Members that were added to an
// enumeration after its sentinel are withheld unless asked for.
// https://learn.microsoft.com/graph/best-practices-concept
type headers map[string][]string

func newHeaders(userAgent string) headers {
	h := headers{"Accept": {"application/json"}, "Prefer": {"include-unknown-enum-members"}}
	if userAgent != "" {
		h["User-Agent"] = []string{userAgent}
	}
	return h
}

// Do sets the headers, with a client-request-id of its own for each request.
func (h headers) Do(req *policy.Request) (*http.Response, error) {
	header := req.Raw().Header
	maps.Copy(header, h)
	header[clientRequestID] = []string{uuid.NewString()}
	return req.Next()
}

// clientRequestID is the header by which upstream's log knows our requests, in the form in which net/http keeps it.
const clientRequestID = "Client-Request-Id"

// writesOnce stands behind the authorization, which would answer a 401 that asks for
// a token with more claims by sending the request again: no create is sent twice.
// The next read brings the new token.
type writesOnce struct{}

// Do hides the challenge of a write from whoever would answer it.
func (writesOnce) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	if d := departureFrom(req.Raw().Context()); err == nil && req.Raw().Method != http.MethodGet && (d == nil || d.once) {
		resp.Header[withheld] = resp.Header.Values("WWW-Authenticate")
		resp.Header.Del("WWW-Authenticate")
	}
	return resp, err
}

// wire is the end of the pipeline, as a policy.
type wire struct{ client *http.Client }

func newWire(transport http.RoundTripper) wire {
	if transport == nil {
		transport = newTransport()
	}
	return wire{&http.Client{Transport: transport, CheckRedirect: checkRedirect}}
}

// newTransport returns a transport whose pool fits many calls to one host.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          128,
		MaxIdleConnsPerHost:   128,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: tryTimeout,
	}
}

// Do sends the request, and returns when the whole body is here, as an arrived.
func (w wire) Do(req *policy.Request) (*http.Response, error) {
	raw, bound := req.Raw(), int64(maxBody)
	if d := departureFrom(raw.Context()); d != nil {
		raw, bound = d.watch(raw), d.bound
	}
	resp, err := w.client.Do(raw) // the operator named the host, and redirects stay there
	if err == nil {
		err = arrive(resp, bound)
	}
	if err != nil {
		// Upstream's log knows the request by this id alone.
		return nil, fmt.Errorf("client-request-id %s: %s %s: %w", raw.Header.Get(clientRequestID), raw.Method, raw.URL.Path, withoutURL(err))
	}
	return resp, nil
}

// refusal is an error that no retry can mend.
type refusal struct{ error }

// NonRetriable marks the error for azcore.
func (refusal) NonRetriable() {}

var (
	errOtherHost = refusal{errors.New("redirect to another host")}
	errTooLarge  = refusal{errors.New("body is over 10 MB")}
	errRedirects = refusal{errors.New("too many redirects")}
)

// checkRedirect lets a read follow within upstream's host. A write is never sent
// again, and a token never leaves for another host.
func checkRedirect(req *http.Request, via []*http.Request) error {
	switch {
	case via[0].Method != http.MethodGet:
		return http.ErrUseLastResponse
	case !sameOrigin(req.URL, via[0].URL):
		return errOtherHost
	case len(via) > maxRedirects:
		return errRedirects
	}
	return nil
}

// withoutURL takes from net/http's error the URL, for the log is not to have it: filters
// name people, and a redirect's place may be a key to what is there.
func withoutURL(err error) error {
	if failed := (*url.Error)(nil); errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
