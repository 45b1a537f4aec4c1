// Package auth says who is calling, and which token goes upstream.
//
// Each mode is one value of Auth: it puts the teamwork.Caller into a request's
// context, and gives msgraph's pipeline the policy that authorizes its requests.
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

// CallersToken reports whether the token that goes upstream is the caller's own.
func (a *Auth) CallersToken() bool { return a.callersToken }

// None sends no token: for the sandbox, and other upstreams on this machine. All
// callers share one partition, named by the upstream.
func None(upstream string) *Auth {
	return forEveryone(partition("none", upstream), nil)
}

// forEveryone returns an Auth under which all callers are told the same.
func forEveryone(partition string, p policy.Policy) *Auth {
	everyone := &teamwork.Caller{Partition: partition}
	return &Auth{policy: p, identify: func(http.Header) (*teamwork.Caller, error) { return everyone, nil }}
}

// Caller returns who asks by the Authorization header of a request, or by what stands for it
// on a socket.
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

// refuse answers as GraphQL does, since it stands in front of it.
// https://www.rfc-editor.org/rfc/rfc6750#section-3
func refuse(w http.ResponseWriter, err error, requestID string) {
	w.Header().Set("WWW-Authenticate", "Bearer")
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusUnauthorized)
	body := `{"errors":[{"message":` + strconv.Quote(err.Error()) + `,"extensions":{"code":"UNAUTHENTICATED","requestId":` + strconv.Quote(requestID) + `}}]}`
	_, _ = w.Write([]byte(body))
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
