package auth

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/lestrrat-go/jwx/v3/jws"
)

// IssuerOptions says whose tokens are believed.
type IssuerOptions struct {
	// Name is the tokens' iss, letter by letter. Where {tenantid} stands in it, a token
	// may have any tenant, and its tid must be the same.
	Name string
	// Audiences are those of which a token must name one.
	Audiences []string
	// Client fetches the issuer's keys; nil means one of our own.
	Client *http.Client
	Logger *slog.Logger
}

// Issuer says who is who they claim to be.
type Issuer struct {
	name      string
	audiences []string
	keys      *keys
	now       func() time.Time
}

// NewIssuer returns an issuer, whose keys are being fetched: one that does not answer at
// the moment may do so when somebody calls.
func NewIssuer(opts IssuerOptions) *Issuer {
	i := &Issuer{name: opts.Name, audiences: opts.Audiences, now: time.Now}
	i.keys = newKeys(opts.Name, cmp.Or(opts.Client, newClient()), cmp.Or(opts.Logger, slog.New(slog.DiscardHandler)))
	i.keys.refresh()
	return i
}

// CheckIssuer returns why a name can't be an issuer's, "" if it can: tokens are worth as
// much as the way on which the keys come.
func CheckIssuer(name string, loopback func(host string) bool) string {
	u, err := url.Parse(name) // {tenantid} can't stand in a host
	switch {
	case err != nil || u.Host == "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.User != nil:
		return "is no absolute URL without a query"
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return "must be https unless its host is on loopback"
	}
	return ""
}

var (
	errUnknownKey = invalid("the token is signed with a key that the issuer does not publish")
	errSignature  = invalid("the token's signature is wrong")
)

// verify returns whom a token is of. What costs least is looked at first, so that a token
// which is not for us never has keys fetched.
func (i *Issuer) verify(token string) (identity, error) {
	t, err := takeApart(token)
	if err != nil {
		return identity{}, err
	}
	who, err := i.identify(t.claims, i.now())
	if err != nil {
		return identity{}, err
	}
	candidates, err := i.keys.find(t.key)
	if err != nil {
		return identity{}, err
	}
	for _, k := range candidates {
		if !k.fits(t.alg) || !k.of(who.tenant) {
			continue
		}
		if _, err := jws.VerifyCompactFast(k.public, []byte(token), t.alg); err == nil {
			return who, nil
		}
	}
	return identity{}, errSignature
}
