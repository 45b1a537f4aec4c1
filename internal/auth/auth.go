// Package auth says who is calling, and which token goes upstream.
//
// Each mode is one value of Auth: it puts the teamwork.Caller into a request's
// context, and gives msgraph's pipeline the policy that authorizes its requests. An
// Issuer, where there is one, says which callers are who they claim to be.
package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// Auth is one way to get a token for upstream.
type Auth struct {
	policy       policy.Policy
	callersToken bool
	identify     func(http.Header) (*teamwork.Caller, error)
}

// Policy authorizes upstream requests; nil when upstream wants no token.
func (a *Auth) Policy() policy.Policy { return a.policy }

// CallersToken reports whether the token that goes upstream is the caller's own, or
// speaks for the caller: what upstream refuses is the caller's affair then.
func (a *Auth) CallersToken() bool { return a.callersToken }

// None sends no token: for the sandbox, and other upstreams on this machine. All
// callers share one partition, named by the upstream, and may do everything; with an
// issuer they must be somebody whom it vouches for.
func None(upstream string, issuer *Issuer) *Auth {
	everyone := teamwork.Caller{Partition: partition("none", upstream), Shared: true, AllScopes: true}
	return forEveryone(everyone, nil, issuer, func(identity) error { return nil })
}

// forEveryone returns an Auth under which all callers are told the same. With an issuer,
// admit has the last word on those whom it vouches for.
func forEveryone(everyone teamwork.Caller, p policy.Policy, issuer *Issuer, admit func(identity) error) *Auth {
	if issuer == nil {
		return &Auth{policy: p, identify: func(http.Header) (*teamwork.Caller, error) { return &everyone, nil }}
	}
	if p != nil {
		p = forSomebody{p}
	}
	door := newDoor(issuer, func(who identity, _ string) (*teamwork.Caller, error) {
		if err := admit(who); err != nil {
			return nil, err
		}
		return who.as(everyone), nil
	})
	return &Auth{policy: p, identify: door.identify}
}

// forSomebody is a policy that sends nothing for nobody: where callers are verified, a
// request without one is a mistake of ours.
type forSomebody struct{ policy.Policy }

// Do refuses, or goes on.
func (f forSomebody) Do(req *policy.Request) (*http.Response, error) {
	if teamwork.CallerFrom(req.Raw().Context()) == nil {
		return nil, noToken{&teamwork.Error{Kind: teamwork.Unauthenticated, Message: errUnsaid.message}}
	}
	return f.Policy.Do(req)
}

// Caller returns who asks by the Authorization header of a request, or by what stands for it
// on a socket. An error's text may be shown: it repeats nothing of the header.
func (a *Auth) Caller(h http.Header) (*teamwork.Caller, error) { return a.identify(h) }

// Identify puts the caller into the request's context before next sees it. A
// request that does not say who asks where it must is refused with 401, under the id
// that requestID returns.
func (a *Auth) Identify(next http.Handler, requestID func(context.Context) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, err := a.identify(r.Header)
		if err != nil {
			refuse(w, err, requestID(r.Context()))
			return
		}
		next.ServeHTTP(w, r.WithContext(teamwork.WithCaller(r.Context(), caller)))
	})
}

// partition names whose answers are kept together. It is a hash, so that no part
// can be mistaken for another and no token can be read from it.
func partition(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
