package auth

import (
	"errors"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// maxToken bounds a bearer token, in bytes.
const maxToken = 16 << 10

var (
	errNoToken  = errors.New("a bearer token is needed: this server passes it on to Microsoft Graph")
	errBadToken = errors.New("the Authorization header holds no bearer token")
)

// PassThrough sends the caller's own bearer token upstream, which judges it. A
// caller's answers are kept for exactly that token, since nothing in a token that
// nobody verified can be believed, but for its expiry, which only shortens that. Whose
// budget it is charged to is for upstream to confirm.
func PassThrough(upstream string) *Auth {
	return &Auth{
		policy:       callersToken{},
		callersToken: true,
		identify: func(h http.Header) (*teamwork.Caller, error) {
			token, err := bearer(h)
			if err != nil {
				return nil, err
			}
			return &teamwork.Caller{
				Partition: partition("pass-through", upstream, token),
				Account:   account(upstream, token),
				Token:     teamwork.Token(token),
				Expires:   expiry(token),
			}, nil
		},
	}
}

// bearer returns the request's bearer token.
// https://www.rfc-editor.org/rfc/rfc6750#section-2.1
func bearer(h http.Header) (string, error) {
	values := h.Values("Authorization")
	if len(values) == 0 {
		return "", errNoToken
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimSpace(token)
	if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" || len(token) > maxToken ||
		strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "", errBadToken
	}
	return token, nil
}

// callersToken is the policy that puts the caller's token on a request.
type callersToken struct{}

// Do refuses to send anything for nobody.
func (callersToken) Do(req *policy.Request) (*http.Response, error) {
	caller := teamwork.CallerFrom(req.Raw().Context())
	if caller == nil || caller.Token == "" {
		return nil, noToken{&teamwork.Error{Kind: teamwork.Unauthenticated, Message: errNoToken.Error()}}
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
