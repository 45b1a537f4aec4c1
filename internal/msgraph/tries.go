package msgraph

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// tries is the policy that sends a read again, as far as the process may afford it.
// azcore's own can't jitter in full, nor ask. A write goes through it once: Microsoft
// Graph is known to answer 429 and 5xx for work that it did.
type tries struct {
	gate  *gate
	delay time.Duration
}

// Do sends, and sends again what is worth it.
func (t tries) Do(req *policy.Request) (*http.Response, error) {
	ctx := req.Raw().Context()
	many := req.Raw().Method == http.MethodGet && ctx.Value(onceKey{}) == nil
	for try := 1; ; try++ {
		resp, err := req.Clone(ctx).Next()
		if !many || try == maxTries || ctx.Err() != nil || !worthAnother(resp, err) {
			return resp, err
		}
		asked, spread := t.wait(ctx, try, resp)
		wait := asked + spread
		deadline, bounded := ctx.Deadline()
		if asked > longestWait || bounded && time.Until(deadline) <= wait || !t.gate.again(1) {
			return resp, err // the client had better know now
		}
		runtime.Drain(resp)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// wait returns how long to wait: what upstream asks for, and a random part of a time that
// doubles, so that those who failed together don't come back together.
func (t tries) wait(ctx context.Context, try int, resp *http.Response) (asked, spread time.Duration) {
	left, _ := t.gate.account(ctx).throttled()
	return max(waitOf(resp), left), rand.N(min(t.delay<<try, longestWait))
}

// worthAnother says which reads are worth another try: those that failed on the way, and
// those that upstream may answer the next time.
func worthAnother(resp *http.Response, err error) bool {
	if err != nil {
		return mayPass(err)
	}
	return transient(resp.StatusCode)
}

type onceKey struct{}

// once returns a context whose reads are sent once: the sender tries again by itself.
func once(ctx context.Context) context.Context {
	return context.WithValue(ctx, onceKey{}, true)
}
