package auth

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/maypok86/otter/v2"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const (
	// maxSpeakers bounds for how many tokens of callers there are tokens of upstream's. One
	// more costs somebody an exchange.
	maxSpeakers = 2_000
	// unknownLife is for how long a token is spoken for that does not say when it expires.
	unknownLife = time.Hour
	// sweepPause is how often those that have expired are looked for, at most.
	sweepPause = time.Minute
)

// onBehalf is the policy that puts on a request a token which speaks for its caller.
type onBehalf struct {
	root     *url.URL
	program  *program
	speakers *otter.Cache[[sha256.Size]byte, *speaker]

	mu    sync.Mutex
	swept time.Time
}

// speaker gets and keeps the tokens for one token of a caller's.
type speaker struct {
	policy.Policy
	expires time.Time
}

func newOnBehalf(root *url.URL, p *program) *onBehalf {
	return &onBehalf{root: root, program: p, swept: time.Now(),
		speakers: otter.Must(&otter.Options[[sha256.Size]byte, *speaker]{MaximumSize: maxSpeakers})}
}

// Do refuses to send anything for nobody.
func (o *onBehalf) Do(req *policy.Request) (*http.Response, error) {
	caller := teamwork.CallerFrom(req.Raw().Context())
	if caller == nil || caller.Token == "" {
		return nil, noToken{&teamwork.Error{Kind: teamwork.Unauthenticated, Message: errUnsaid.message}}
	}
	s, err := o.speaker(caller)
	if err != nil {
		return nil, noToken{&teamwork.Error{Kind: teamwork.Unauthenticated, Message: errNoUser.message, Unsent: true}}
	}
	return s.Do(req)
}

// speaker returns the one for the caller's token. It is found by a hash of it, so that the
// token stands only where it is needed.
func (o *onBehalf) speaker(caller *teamwork.Caller) (s *speaker, err error) {
	now := time.Now()
	o.sweep(now)
	id := sha256.Sum256([]byte(caller.Token))
	s, _ = o.speakers.ComputeIfAbsent(id, func() (*speaker, bool) {
		var cred azcore.TokenCredential
		tenant := caller.Tenant
		if caller.Subject == "" { // nobody was verified
			tenant = o.program.tenant
		}
		if cred, err = o.program.onBehalf(tenant, string(caller.Token)); err != nil {
			return nil, true
		}
		expires := caller.Expires
		if expires.IsZero() {
			expires = now.Add(unknownLife)
		}
		return &speaker{bearing(o.root, &exchange{cred: cred, now: time.Now}), expires}, false
	})
	return s, err
}

// sweep lets go of tokens that have expired.
func (o *onBehalf) sweep(now time.Time) {
	o.mu.Lock()
	due := now.Sub(o.swept) >= sweepPause
	if due {
		o.swept = now
	}
	o.mu.Unlock()
	if !due {
		return
	}
	for id, s := range o.speakers.All() {
		if !now.Before(s.expires) {
			o.speakers.Invalidate(id)
		}
	}
}

// bearing returns the policy that puts a credential's tokens on requests, and answers a
// claims challenge once. Plain http is let through for an upstream on loopback, the only
// one that configuration allows it for.
func bearing(root *url.URL, cred azcore.TokenCredential) policy.Policy {
	scope := root.Scheme + "://" + root.Host + "/.default"
	return runtime.NewBearerTokenPolicy(cred, []string{scope}, &policy.BearerTokenOptions{
		InsecureAllowCredentialWithHTTP: root.Scheme == "http",
	})
}
