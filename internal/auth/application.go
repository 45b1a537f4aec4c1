package auth

import (
	"errors"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// Application sends this program's own token upstream: every caller is told what
// the application may read. With an issuer, callers must be of the application's own
// tenant. env looks up the environment's variables, which are azidentity's own.
func Application(upstream string, env func(string) string, issuer *Issuer) (*Auth, error) {
	root, err := url.Parse(upstream)
	if err != nil {
		return nil, err
	}
	cred, err := credential(root, env)
	if err != nil {
		return nil, err
	}
	return application(root, cred, env("AZURE_TENANT_ID"), env("AZURE_CLIENT_ID"), issuer), nil
}

// errOtherTenant refuses whoever would be told another tenant's secrets.
var errOtherTenant = invalid("the token is of another tenant")

// application returns the Auth of one credential.
func application(root *url.URL, cred azcore.TokenCredential, tenant, client string, issuer *Issuer) *Auth {
	everyone := teamwork.Caller{Partition: partition("application", root.String(), tenant, client), Shared: true, AllScopes: issuer == nil}
	return forEveryone(everyone, bearing(root, discreet{cred}), issuer, func(who identity) error {
		if tenant == "" || !strings.EqualFold(who.tenant, tenant) {
			return errOtherTenant
		}
		return nil
	})
}

// errNoCredential says what GRAPH_AUTH=application wants.
var errNoCredential = errors.New("GRAPH_AUTH=application needs a credential: AZURE_TENANT_ID and AZURE_CLIENT_ID with " +
	"AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH; or AZURE_FEDERATED_TOKEN_FILE (workload identity); or IDENTITY_ENDPOINT, " +
	"or AZURE_TOKEN_CREDENTIALS=ManagedIdentityCredential (managed identity)")

// credential chooses by the variables that are set, not by trying one after the
// other: a typing slip should end the start, not fall through to another identity.
func credential(root *url.URL, env func(string) string) (azcore.TokenCredential, error) {
	options, strange := azcore.ClientOptions{Cloud: cloudOf(root.Hostname())}, strangeAuthority(env("AZURE_AUTHORITY_HOST"))
	chosen := env("AZURE_TOKEN_CREDENTIALS")
	switch {
	case env("AZURE_CLIENT_SECRET") != "", env("AZURE_CLIENT_CERTIFICATE_PATH") != "":
		return checked(azidentity.NewEnvironmentCredential(&azidentity.EnvironmentCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: strange}))
	case env("AZURE_FEDERATED_TOKEN_FILE") != "":
		return checked(azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: strange}))
	case env("IDENTITY_ENDPOINT") != "", strings.EqualFold(chosen, "ManagedIdentityCredential"):
		managed := &azidentity.ManagedIdentityCredentialOptions{ClientOptions: options}
		if id := env("AZURE_CLIENT_ID"); id != "" {
			managed.ID = azidentity.ClientID(id)
		}
		return checked(azidentity.NewManagedIdentityCredential(managed))
	}
	return nil, errNoCredential
}

// checked keeps a nil credential from hiding in an interface, and an error on one
// line.
func checked[C azcore.TokenCredential](cred C, err error) (azcore.TokenCredential, error) {
	if err != nil {
		return nil, oneLine("application", err)
	}
	return cred, nil
}

// cloudOf returns where a national cloud's tokens come from. AZURE_AUTHORITY_HOST
// wins for any host that is not listed.
// https://learn.microsoft.com/graph/deployments
func cloudOf(host string) cloud.Configuration {
	switch strings.ToLower(host) {
	case "graph.microsoft.us", "dod-graph.microsoft.us":
		return cloud.AzureGovernment
	case "microsoftgraph.chinacloudapi.cn":
		return cloud.AzureChina
	}
	return cloud.Configuration{}
}

// strangeAuthority reports whether tokens come from a host that Microsoft's list of clouds
// does not have: azidentity would ask that list, and refuse.
func strangeAuthority(authority string) bool {
	u, err := url.Parse(authority)
	if err != nil || u.Host == "" {
		return false
	}
	switch strings.ToLower(u.Hostname()) {
	case "login.microsoftonline.com", "login.microsoftonline.us", "login.chinacloudapi.cn", "login.partner.microsoftonline.cn", "login.windows.net", "login.microsoft.com":
		return false
	}
	return true
}
