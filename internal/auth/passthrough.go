package auth

import (
	"errors"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

var errNoToken = &refusal{message: "a bearer token is needed: this server passes it on to Microsoft Graph"}

// PassThrough sends the caller's own bearer token upstream, which judges it. A
// caller's answers are kept for exactly that token, since nothing in a token that
// nobody verified can be believed, but for its expiry, which only shortens that. Whose
// budget it is charged to is for upstream to confirm.
func PassThrough(upstream string) *Auth {
	return &Auth{
		policy:       callersToken{},
		callersToken: true,
		identify: func(h http.Header) (*teamwork.Caller, error) {
			return unverified(h, errNoToken, func(token string) teamwork.Caller {
				return teamwork.Caller{Partition: partition("pass-through", upstream, token), Account: account(upstream, token)}
			})
		},
	}
}

// unverified returns the caller of a token that somebody else is to judge: the partition
// is the token's alone.
func unverified(h http.Header, none *refusal, of func(token string) teamwork.Caller) (*teamwork.Caller, error) {
	token, err := bearer(h)
	switch {
	case errors.Is(err, errUnsaid):
		return nil, none
	case err != nil:
		return nil, err
	case !visible(token):
		return nil, errBadToken
	}
	caller := of(token)
	caller.Token, caller.Expires, caller.AllScopes = teamwork.Token(token), expiry(token), true
	return &caller, nil
}

// callersToken is the policy that puts the caller's token on a request.
type callersToken struct{}

// Do refuses to send anything for nobody.
func (callersToken) Do(req *policy.Request) (*http.Response, error) {
	caller := teamwork.CallerFrom(req.Raw().Context())
	if caller == nil || caller.Token == "" {
		return nil, noToken{&teamwork.Error{Kind: teamwork.Unauthenticated, Message: errNoToken.message}}
	}
	req.Raw().Header.Set("Authorization", "Bearer "+string(caller.Token))
	return req.Next()
}

// noToken tells azcore that trying again does not help.
type noToken struct{ error }

// NonRetriable marks the error for azcore.
func (noToken) NonRetriable() {}

// Unwrap shows the error of ours.
func (n noToken) Unwrap() error { return n.error }
