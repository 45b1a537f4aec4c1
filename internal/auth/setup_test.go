package auth

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"go.uber.org/goleak"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// canary is a token that must show up nowhere but upstream.
const canary = "canary-token-40817"

const upstreamURL = "https://graph.example/beta"

// upstream is a server that remembers what tokens it was sent; answer, if set, is
// how it answers.
type upstream struct {
	*httptest.Server
	mu     sync.Mutex
	tokens []string
	answer func(http.ResponseWriter, *http.Request)
}

func setup(t *testing.T, start func(http.Handler) *httptest.Server) *upstream {
	t.Helper()
	u := &upstream{}
	u.Server = start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.mu.Lock()
		u.tokens = append(u.tokens, r.Header.Get("Authorization"))
		u.mu.Unlock()
		if u.answer != nil {
			u.answer(w, r)
		}
	}))
	t.Cleanup(u.Close)
	return u
}

// send sends one request upstream, as a's policy authorizes it.
func send(ctx context.Context, a *Auth, client *http.Client, url string) (*http.Response, error) {
	opts := runtime.PipelineOptions{}
	if p := a.Policy(); p != nil {
		opts.PerRetry = append(opts.PerRetry, p)
	}
	pipeline := runtime.NewPipeline("test", "v0", opts, &policy.ClientOptions{
		Transport: client, Retry: policy.RetryOptions{MaxRetries: 2, RetryDelay: 1},
	})
	req, err := runtime.NewRequest(ctx, http.MethodGet, url)
	if err != nil {
		return nil, err
	}
	resp, err := pipeline.Do(req)
	if err == nil {
		runtime.Drain(resp)
	}
	return resp, err
}

// identify sends a request with these Authorization headers through a, and returns
// the caller that came out of it, nil if it was refused.
func identify(a *Auth, authorization ...string) (*teamwork.Caller, *httptest.ResponseRecorder) {
	var caller *teamwork.Caller
	rec := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodPost, "/graphql", nil)
	for _, value := range authorization {
		req.Header.Add("Authorization", value)
	}
	a.Identify(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { caller = teamwork.CallerFrom(r.Context()) }),
		func(context.Context) string { return "request-1" }).ServeHTTP(rec, req)
	return caller, rec
}
