package auth

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// program is this program as the token endpoint knows it.
type program struct {
	tenant, client string
	// onBehalf returns what gets tokens on behalf of whom an assertion is of.
	onBehalf func(tenant, assertion string) (azcore.TokenCredential, error)
}

// programOf chooses by the variables that are set, as credential does.
func programOf(env func(string) string, options azcore.ClientOptions, strange bool) (*program, error) {
	p := &program{tenant: env("AZURE_TENANT_ID"), client: env("AZURE_CLIENT_ID")}
	if p.tenant == "" || p.client == "" {
		return nil, errNoProgram
	}
	o := &azidentity.OnBehalfOfCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: strange}
	secret, path, file := env("AZURE_CLIENT_SECRET"), env("AZURE_CLIENT_CERTIFICATE_PATH"), env("AZURE_FEDERATED_TOKEN_FILE")
	switch {
	case secret != "":
		p.onBehalf = func(tenant, assertion string) (azcore.TokenCredential, error) {
			return azidentity.NewOnBehalfOfCredentialWithSecret(tenant, p.client, assertion, secret, o)
		}
	case path != "":
		certs, key, err := readCertificate(path, env("AZURE_CLIENT_CERTIFICATE_PASSWORD"))
		if err != nil {
			return nil, err
		}
		chain := env("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN")
		o.SendCertificateChain = chain == "1" || strings.EqualFold(chain, "true")
		p.onBehalf = func(tenant, assertion string) (azcore.TokenCredential, error) {
			return azidentity.NewOnBehalfOfCredentialWithCertificate(tenant, p.client, assertion, certs, key, o)
		}
	case file != "":
		p.onBehalf = func(tenant, assertion string) (azcore.TokenCredential, error) {
			return azidentity.NewOnBehalfOfCredentialWithClientAssertions(tenant, p.client, assertion, fromFile(file), o)
		}
	default:
		return nil, errNoProgram
	}
	if _, err := p.onBehalf(p.tenant, "start"); err != nil {
		return nil, oneLine("delegated", err)
	}
	return p, nil
}

func readCertificate(path, password string) ([]*x509.Certificate, crypto.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, oneLine("delegated", err)
	}
	var secret []byte
	if password != "" {
		secret = []byte(password)
	}
	certs, key, err := azidentity.ParseCertificates(text, secret)
	if err != nil {
		return nil, nil, oneLine("delegated", fmt.Errorf("AZURE_CLIENT_CERTIFICATE_PATH: %w", err))
	}
	return certs, key, nil
}

// fromFile returns what reads a client assertion anew: Kubernetes writes another one before
// the last expires.
func fromFile(path string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		text, err := os.ReadFile(path)
		return strings.TrimSpace(string(text)), err
	}
}

// oneLine names the mode that an error of azidentity is about.
func oneLine(mode string, err error) error {
	return fmt.Errorf("GRAPH_AUTH=%s: %s", mode, strings.Join(strings.Fields(err.Error()), " "))
}
