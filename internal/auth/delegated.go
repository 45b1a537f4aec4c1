package auth

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// errNoUser refuses a token that nobody can be spoken for with.
var errNoUser = invalid("the token names no user of a tenant, for whom Microsoft Graph could be asked")

// Delegated sends a token that speaks for the caller: the caller's own is exchanged for
// it, on behalf of whom it is of. What upstream tells depends on the person, on what they
// consented to and on this program, so these make the partition, and a renewed token is
// told what the last one was. Without an issuer nothing in the caller's token is believed:
// the exchange judges it, and the partition is the token's alone.
func Delegated(upstream string, env func(string) string, issuer *Issuer) (*Auth, error) {
	root, err := url.Parse(upstream)
	if err != nil {
		return nil, err
	}
	options := azcore.ClientOptions{Cloud: cloudOf(root.Hostname())}
	p, err := programOf(env, options, strangeAuthority(env("AZURE_AUTHORITY_HOST")))
	if err != nil {
		return nil, err
	}
	return delegated(root, p, issuer), nil
}

func delegated(root *url.URL, p *program, issuer *Issuer) *Auth {
	a := &Auth{policy: newOnBehalf(root, p), callersToken: true}
	upstream := root.String()
	if issuer == nil {
		a.identify = func(h http.Header) (*teamwork.Caller, error) {
			return unverified(h, errUnsaid, func(token string) teamwork.Caller {
				return teamwork.Caller{Partition: partition("delegated, unverified", upstream, p.client, token)}
			})
		}
		return a
	}
	a.identify = newDoor(issuer, func(who identity, token string) (*teamwork.Caller, error) {
		if who.tenant == "" || who.object == "" {
			return nil, errNoUser
		}
		return who.as(teamwork.Caller{
			Partition: partition("delegated", upstream, p.client, who.tenant, who.object, strings.Join(who.scopes, " ")),
			Account:   partition("account", upstream, p.client, who.tenant),
			Token:     teamwork.Token(token),
			Shared:    true,
		}), nil
	}).identify
	return a
}

// errNoProgram says what GRAPH_AUTH=delegated wants.
var errNoProgram = errors.New("GRAPH_AUTH=delegated needs AZURE_TENANT_ID and AZURE_CLIENT_ID with AZURE_CLIENT_SECRET, " +
	"AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE: tokens are exchanged in this program's name")
