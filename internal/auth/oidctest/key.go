package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"testing"
)

// Key is a key that tokens are signed with.
type Key struct {
	// ID is its kid, and Alg the algorithm that Sign uses: RS256, PS256, ES256 or HS256.
	ID, Alg string
	// Public is the key as it is published; a test may change it.
	Public map[string]any

	rsa    *rsa.PrivateKey
	ec     *ecdsa.PrivateKey
	secret []byte
}

// NewRSA returns a new RSA key, which like Microsoft's does not say its algorithm.
func NewRSA(t testing.TB, id string) *Key {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return &Key{ID: id, Alg: "RS256", rsa: private, Public: map[string]any{
		"kty": "RSA", "use": "sig", "kid": id, "n": encode(private.N.Bytes()), "e": encode(big.NewInt(int64(private.E)).Bytes()),
	}}
}

// NewEC returns a new key on the curve P-256.
func NewEC(t testing.TB, id string) *Key {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := private.PublicKey.Bytes() // 4, then x and y
	if err != nil {
		t.Fatal(err)
	}
	return &Key{ID: id, Alg: "ES256", ec: private, Public: map[string]any{
		"kty": "EC", "crv": "P-256", "use": "sig", "kid": id, "x": encode(point[1:33]), "y": encode(point[33:]),
	}}
}

// NewSecret returns a key for HMAC that is published, as none should be.
func NewSecret(id string, secret []byte) *Key {
	return &Key{ID: id, Alg: "HS256", secret: secret, Public: map[string]any{"kty": "oct", "kid": id, "alg": "HS256", "k": encode(secret)}}
}

// RSA returns the private key, nil if it is none of RSA.
func (k *Key) RSA() *rsa.PrivateKey { return k.rsa }

// Sign returns a token with this header and these claims. A claim set that is a string is
// taken as it is, so that a test may write what no encoder would.
func (k *Key) Sign(t testing.TB, header map[string]any, claims any) string {
	t.Helper()
	return k.SignText(t, string(marshal(t, header)), claims)
}

// SignText is Sign for a header that no encoder would write.
func (k *Key) SignText(t testing.TB, header string, claims any) string {
	t.Helper()
	text, ok := claims.(string)
	if !ok {
		text = string(marshal(t, claims))
	}
	input := encode([]byte(header)) + "." + encode([]byte(text))
	return input + "." + encode(k.signature(t, input))
}

func (k *Key) signature(t testing.TB, input string) []byte {
	t.Helper()
	digest := sha256.Sum256([]byte(input))
	var signature []byte
	var err error
	switch k.Alg {
	case "RS256":
		signature, err = rsa.SignPKCS1v15(rand.Reader, k.rsa, crypto.SHA256, digest[:])
	case "PS256":
		signature, err = rsa.SignPSS(rand.Reader, k.rsa, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	case "ES256":
		r, s, signed := ecdsa.Sign(rand.Reader, k.ec, digest[:])
		signature, err = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...), signed
	case "HS256":
		mac := hmac.New(sha256.New, k.secret)
		mac.Write([]byte(input))
		signature = mac.Sum(nil)
	default:
		t.Fatalf("%s is no algorithm of this package", k.Alg)
	}
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
