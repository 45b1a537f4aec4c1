package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/json"
	"slices"
	"strings"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
)

const (
	// maxKeys bounds how many keys of an issuer are read. Microsoft publishes some ten.
	maxKeys = 100
	// minRSA is the shortest RSA key that is believed, in bits.
	minRSA = 2048
)

// key is one that tokens may be signed with.
type key struct {
	public crypto.PublicKey
	// alg is the only algorithm that it is for, "" if it does not say, as Microsoft's.
	alg string
	// issuer is whose tokens it signs, "" if it does not say: Microsoft publishes keys that
	// are of one tenant only beside those of all.
	issuer string
}

// readKeys reads a key set. What is no key to verify with is left out: it is nobody's
// fault that a set holds others, too.
// https://www.rfc-editor.org/rfc/rfc7517#section-5
func readKeys(text []byte) (map[string][]key, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, err
	}
	byID := map[string][]key{}
	for _, raw := range set.Keys[:min(len(set.Keys), maxKeys)] {
		if id, k, ok := readKey(raw); ok {
			byID[id] = append(byID[id], k)
		}
	}
	return byID, nil
}

func readKey(text []byte) (id string, k key, ok bool) {
	parsed, err := jwk.ParseKey(text)
	if err != nil {
		return "", key{}, false
	}
	id, named := parsed.KeyID()
	use, _ := parsed.KeyUsage()
	if !named || len(id) > maxKeyID || use != "" && use != "sig" {
		return "", key{}, false
	}
	if alg, said := parsed.Algorithm(); said {
		k.alg = alg.String()
	}
	_ = parsed.Get("issuer", &k.issuer)
	public, err := jwk.PublicRawKeyOf(parsed)
	if err != nil {
		return "", key{}, false
	}
	switch p := public.(type) {
	case *rsa.PublicKey:
		k.public, ok = p, p.N.BitLen() >= minRSA
	case *ecdsa.PublicKey:
		k.public, ok = p, true
	}
	return id, k, ok
}

// curves are those that an algorithm is for.
var curves = map[string]string{"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}

// fits reports whether the key is for an algorithm: what a token says of how it was signed
// must not make one kind of key pass for another.
func (k key) fits(alg jwa.SignatureAlgorithm) bool {
	name := alg.String()
	if k.alg != "" && k.alg != name {
		return false
	}
	switch p := k.public.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(name, "RS") || strings.HasPrefix(name, "PS")
	case *ecdsa.PublicKey:
		return curves[name] == p.Curve.Params().Name
	}
	return false
}

// of reports whether the key may sign the tokens of a tenant.
// https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-issuer
func (k key) of(tenant string) bool {
	return k.issuer == "" || strings.Contains(k.issuer, tenantPart) ||
		tenant != "" && slices.Contains(strings.Split(k.issuer, "/"), tenant)
}

// among reports whether the key is one of these.
func (k key) among(all []key) bool {
	public, ok := k.public.(interface{ Equal(crypto.PublicKey) bool })
	return ok && slices.ContainsFunc(all, func(other key) bool {
		return public.Equal(other.public) && k.alg == other.alg && k.issuer == other.issuer
	})
}
