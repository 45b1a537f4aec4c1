package auth

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"
)

// credentials hands out tokens that tell how many were asked for.
type credentials struct {
	asked []policy.TokenRequestOptions
	err   error
}

func (c *credentials) GetToken(_ context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.asked = append(c.asked, opts)
	return azcore.AccessToken{Token: fmt.Sprint(canary, "-", len(c.asked)), ExpiresOn: time.Now().Add(time.Hour)}, c.err
}

func mustParse(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestApplicationSendsItsOwnToken(t *testing.T) {
	for name, start := range map[string]func(http.Handler) *httptest.Server{"over TLS": httptest.NewTLSServer, "over http on loopback": httptest.NewServer} {
		t.Run(name, func(t *testing.T) {
			u := setup(t, start)
			cred := &credentials{}
			a := application(mustParse(t, u.URL+"/beta"), cred, "tenant", "client", nil)
			for range 3 {
				if _, err := send(t.Context(), a, u.Client(), u.URL+"/beta/teamwork/devices"); err != nil {
					t.Fatal(err)
				}
			}
			want := "Bearer " + canary + "-1" // one token serves until it expires
			if diff := cmp.Diff([]string{want, want, want}, u.tokens); diff != "" {
				t.Error(diff)
			}
			if len(cred.asked) != 1 || !cmp.Equal(cred.asked[0].Scopes, []string{u.URL + "/.default"}) {
				t.Errorf("asked for %+v", cred.asked)
			}
			if a.CallersToken() {
				t.Error("the token is said to be the caller's")
			}
		})
	}
}

func TestApplicationSendsNoTokenOfHTTPSOverHTTP(t *testing.T) {
	u := setup(t, httptest.NewServer)
	a := application(mustParse(t, "https://graph.example/beta"), &credentials{}, "tenant", "client", nil)
	if _, err := send(t.Context(), a, u.Client(), u.URL); err == nil || len(u.tokens) > 0 {
		t.Errorf("%d requests: %v", len(u.tokens), err)
	}
}

func TestApplicationWithoutATokenSendsNothing(t *testing.T) {
	u := setup(t, httptest.NewTLSServer)
	cred := &credentials{err: errors.New("no such secret")}
	a := application(mustParse(t, u.URL), cred, "tenant", "client", nil)
	if _, err := send(t.Context(), a, u.Client(), u.URL); !errors.Is(err, cred.err) || len(u.tokens) > 0 || len(cred.asked) != 1 {
		t.Errorf("%d tokens asked for, %d requests: %v", len(cred.asked), len(u.tokens), err)
	}
}

func TestApplicationAnswersAClaimsChallengeOnce(t *testing.T) {
	u := setup(t, httptest.NewTLSServer)
	claims := `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
	u.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="", authorization_uri="https://login.example/authorize", error="insufficient_claims", claims="`+
			base64.StdEncoding.EncodeToString([]byte(claims))+`"`)
		w.WriteHeader(http.StatusUnauthorized)
	}
	cred := &credentials{}
	a := application(mustParse(t, u.URL), cred, "tenant", "client", nil)
	resp, err := send(t.Context(), a, u.Client(), u.URL)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || len(u.tokens) != 2 {
		t.Fatalf("%d requests: %v", len(u.tokens), err)
	}
	if len(cred.asked) != 2 || cred.asked[1].Claims != claims || u.tokens[0] == u.tokens[1] {
		t.Errorf("asked for %+v, sent %v", cred.asked, u.tokens)
	}
}

func TestApplicationsCallersShareAPartition(t *testing.T) {
	of := func(root, tenant, client string, authorization ...string) string {
		caller, _ := identify(application(mustParse(t, root), &credentials{}, tenant, client, nil), authorization...)
		if caller.Token != "" {
			t.Error("the caller's token is kept")
		}
		return caller.Partition
	}
	base := of(upstreamURL, "t", "c")
	if again := of(upstreamURL, "t", "c", "Bearer "+canary); again != base {
		t.Error("two callers have two partitions")
	}
	for name, other := range map[string]string{
		"upstream": of("https://other.example/beta", "t", "c"), "tenant": of(upstreamURL, "t2", "c"), "client": of(upstreamURL, "t", "c2"), "tenant and client": of(upstreamURL, "tc", ""),
	} {
		if other == base {
			t.Errorf("another %s shares the partition", name)
		}
	}
}

// certificate writes a key and its certificate, good for a minute.
func certificate(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Minute)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "client.pem")
	text := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})...)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// azure are the variables that azidentity reads.
var azure = []string{
	"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PASSWORD",
	"AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "AZURE_USERNAME", "AZURE_PASSWORD", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_TOKEN_CREDENTIALS",
	"AZURE_AUTHORITY_HOST", "AZURE_ADDITIONALLY_ALLOWED_TENANTS", "AZURE_REGIONAL_AUTHORITY_NAME", "IDENTITY_ENDPOINT", "IDENTITY_HEADER",
	"IDENTITY_SERVER_THUMBPRINT", "IMDS_ENDPOINT", "MSI_ENDPOINT", "MSI_SECRET",
}

func TestCredentialIsChosenByVariables(t *testing.T) {
	const tenant, client = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	cert := certificate(t)
	for _, c := range []struct {
		name string
		env  map[string]string
		want string // the type chosen, or the beginning of the error
	}{
		{"secret", map[string]string{"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": client, "AZURE_CLIENT_SECRET": canary}, "*azidentity.EnvironmentCredential"},
		{"certificate", map[string]string{"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": client, "AZURE_CLIENT_CERTIFICATE_PATH": cert}, "*azidentity.EnvironmentCredential"},
		{"secret before workload identity", map[string]string{"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": client, "AZURE_CLIENT_SECRET": canary, "AZURE_FEDERATED_TOKEN_FILE": "/token"}, "*azidentity.EnvironmentCredential"},
		{"workload identity", map[string]string{"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": client, "AZURE_FEDERATED_TOKEN_FILE": "/token"}, "*azidentity.WorkloadIdentityCredential"},
		{"managed identity by its endpoint", map[string]string{"IDENTITY_ENDPOINT": "http://127.0.0.1:1/", "IDENTITY_HEADER": "x"}, "*azidentity.ManagedIdentityCredential"},
		{"managed identity by name", map[string]string{"AZURE_TOKEN_CREDENTIALS": "managedidentitycredential", "AZURE_CLIENT_ID": client}, "*azidentity.ManagedIdentityCredential"},
		{"secret without a tenant", map[string]string{"AZURE_CLIENT_ID": client, "AZURE_CLIENT_SECRET": canary}, "GRAPH_AUTH=application: "},
		{"secret without a client", map[string]string{"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_SECRET": canary}, "GRAPH_AUTH=application: "},
		{"secret of a tenant that is none", map[string]string{"AZURE_TENANT_ID": "a b", "AZURE_CLIENT_ID": client, "AZURE_CLIENT_SECRET": canary}, "GRAPH_AUTH=application: "},
		{"certificate that is not there", map[string]string{"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": client, "AZURE_CLIENT_CERTIFICATE_PATH": "/nowhere.pem"}, "GRAPH_AUTH=application: "},
		{"workload identity without a tenant", map[string]string{"AZURE_CLIENT_ID": client, "AZURE_FEDERATED_TOKEN_FILE": "/token"}, "GRAPH_AUTH=application: "},
		{"another name", map[string]string{"AZURE_TOKEN_CREDENTIALS": "AzureCLICredential"}, errNoCredential.Error()},
		{"only ids", map[string]string{"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": client}, errNoCredential.Error()},
		{"nothing", nil, errNoCredential.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, name := range azure {
				t.Setenv(name, c.env[name])
			}
			cred, err := credential(mustParse(t, upstreamURL), os.Getenv)
			if (err == nil) != strings.HasPrefix(c.want, "*") {
				t.Fatalf("got %T and %v, want %s", cred, err, c.want)
			}
			if err == nil && fmt.Sprintf("%T", cred) != c.want {
				t.Errorf("got %T, want %s", cred, c.want)
			}
			wantOneLine(t, err, c.want)
			if a, aErr := Application(upstreamURL, os.Getenv, nil); (aErr == nil) != (err == nil) || (a == nil) == (aErr == nil) {
				t.Errorf("Application: %v, %v", a, aErr)
			}
		})
	}
}

// wantOneLine wants an error, if it is one, to begin with start, to be one line and
// to repeat no secret.
func wantOneLine(t *testing.T, err error, start string) {
	t.Helper()
	if err == nil {
		return
	}
	if text := err.Error(); !strings.HasPrefix(text, start) || strings.ContainsAny(text, "\r\n") || strings.Contains(text, canary) {
		t.Errorf("error %q", text)
	}
}

func TestApplicationOfAURLThatIsNone(t *testing.T) {
	if a, err := Application("https://[::1", func(string) string { return "" }, nil); err == nil || a != nil {
		t.Errorf("got %v, %v", a, err)
	}
}

func TestCloudIsTheUpstreams(t *testing.T) {
	for host, want := range map[string]cloud.Configuration{
		"graph.microsoft.com": {}, "graph.microsoft.us": cloud.AzureGovernment, "dod-graph.microsoft.us": cloud.AzureGovernment,
		"Graph.Microsoft.US": cloud.AzureGovernment, "microsoftgraph.chinacloudapi.cn": cloud.AzureChina, "localhost": {}, "": {}, "graph.microsoft.us.evil.example": {},
	} {
		t.Run(host, func(t *testing.T) {
			if diff := cmp.Diff(want, cloudOf(host)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
