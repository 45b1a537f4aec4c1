package auth

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/lestrrat-go/jwx/v3/jwa"
)

// algorithms are those that a token may be signed with. The header only chooses among
// them, and the key has a say: "none" and secrets that are shared are not here.
// https://www.rfc-editor.org/rfc/rfc8725#section-3.1
var algorithms = map[string]jwa.SignatureAlgorithm{
	"RS256": jwa.RS256(), "RS384": jwa.RS384(), "RS512": jwa.RS512(),
	"PS256": jwa.PS256(), "PS384": jwa.PS384(), "PS512": jwa.PS512(),
	"ES256": jwa.ES256(), "ES384": jwa.ES384(), "ES512": jwa.ES512(),
}

// maxKeyID bounds the name of a key, in bytes.
const maxKeyID = 256

// signed is a JWT that was taken apart. Nothing in it was verified.
type signed struct {
	text   string
	alg    jwa.SignatureAlgorithm
	key    string // the name of the key
	claims members
}

var (
	errNoJWT     = invalid("the token is no signed JWT")
	errAlgorithm = invalid("the token is signed in a way that is not accepted")
	errNoKeyID   = invalid("the token does not say which key it was signed with")
)

// takeApart reads a token as strictly as there is only one way to write it: whatever else
// the header says, such as where keys might be found, is not looked at.
func takeApart(token string) (*signed, error) {
	header, rest, _ := strings.Cut(token, ".")
	payload, signature, three := strings.Cut(rest, ".")
	if !three || signature == "" || strings.Contains(signature, ".") || !visible(token) {
		return nil, errNoJWT
	}
	if _, err := base64.RawURLEncoding.Strict().DecodeString(signature); err != nil {
		return nil, errNoJWT
	}
	head, ok := decodeMembers(header)
	if !ok {
		return nil, errNoJWT
	}
	claims, ok := decodeMembers(payload)
	if !ok {
		return nil, errNoJWT
	}
	alg, known := algorithms[head.text("alg")]
	if _, critical := head["crit"]; !known || critical {
		return nil, errAlgorithm
	}
	id := head.text("kid")
	if id == "" || len(id) > maxKeyID {
		return nil, errNoKeyID
	}
	return &signed{text: token, alg: alg, key: id, claims: claims}, nil
}

// members are those of a JSON object, not decoded yet. No name stands twice, and names
// are compared letter by letter: encoding/json would take the last of any case.
type members map[string]json.RawMessage

func decodeMembers(part string) (members, bool) {
	text, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil || !utf8.Valid(text) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, false
	}
	all := members{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, false
		}
		key, _ := name.(string) // of an object the decoder takes nothing else
		var value json.RawMessage
		if _, twice := all[key]; twice || d.Decode(&value) != nil {
			return nil, false
		}
		all[key] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, false
	}
	_, err = d.Token()
	return all, errors.Is(err, io.EOF)
}

// text returns a member that is a string, "" for any other.
func (m members) text(name string) (text string) {
	if json.Unmarshal(m[name], &text) != nil {
		return ""
	}
	return text
}

// list returns a member that is a string or a list of strings.
func (m members) list(name string) (all []string) {
	if json.Unmarshal(m[name], &all) == nil {
		return all
	}
	if text := m.text(name); text != "" {
		return []string{text}
	}
	return nil
}

// number returns a member that is a number.
func (m members) number(name string) (n float64, ok bool) {
	raw := m[name]
	if len(raw) == 0 || string(raw) == "null" || json.Unmarshal(raw, &n) != nil {
		return 0, false
	}
	return n, true
}
