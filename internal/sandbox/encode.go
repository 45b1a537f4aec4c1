package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
)

// properties are the names of an entity's members on the wire, in the order of the struct.
func properties(t reflect.Type) []string {
	names := make([]string, 0, t.NumField())
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); !strings.HasPrefix(name, "@") {
			names = append(names, name)
		}
	}
	return names
}

// chosen is an entity of which $select wants only some properties.
type chosen struct {
	entity   any
	selected []string
}

// MarshalJSON leaves the rest out, nulls included; @odata.context always stays.
func (c chosen) MarshalJSON() ([]byte, error) {
	v := reflect.Indirect(reflect.ValueOf(c.entity))
	var b bytes.Buffer
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if name[0] == '@' && v.Field(i).IsZero() || name[0] != '@' && !slices.Contains(c.selected, name) {
			continue
		}
		value, err := json.Marshal(v.Field(i).Interface())
		if err != nil {
			return nil, err
		}
		b.WriteString(",\"" + name + "\":")
		b.Write(value)
	}
	if b.Len() == 0 {
		return []byte("{}"), nil
	}
	b.Bytes()[0] = '{'
	b.WriteByte('}')
	return b.Bytes(), nil
}

// write encodes an entity, or what $select wants of it, in words that the caller may see.
func (o options) write(entity any) []byte {
	if o.selected != nil {
		entity = chosen{entity, o.selected}
	}
	if o.all {
		return encode(entity)
	}
	return withhold(encode(entity))
}

// written is an entity that does not change any more, encoded once for each kind of caller.
type written [2]atomic.Pointer[[]byte]

func (w *written) by(o options, entity func() any) []byte {
	if o.selected != nil {
		return o.write(entity())
	}
	memory := &w[0]
	if o.all {
		memory = &w[1]
	}
	if text := memory.Load(); text != nil {
		return *text
	}
	text := o.write(entity())
	memory.Store(&text)
	return text
}

// context is @odata.context for what lies at a place, such as devices('x')/health/$entity.
func (c *call) context(place string, single bool) string {
	text := c.root + "/$metadata#teamwork/" + place
	if c.options.selected != nil {
		text += "(" + strings.Join(c.options.selected, ",") + ")"
	}
	if single {
		text += "/$entity"
	}
	return text
}

// collection is a page. Microsoft Graph counts the page, not the whole.
type collection struct {
	Context  string `json:"@odata.context"`
	Count    int    `json:"@odata.count"`
	NextLink string `json:"@odata.nextLink,omitempty"`
	value    [][]byte
}

// encode joins members that were encoded before; the encoder would read them all again.
func (p collection) encode() []byte {
	p.Count = len(p.value)
	head := bytes.TrimSuffix(encode(p), []byte("}"))
	return slices.Concat(head, []byte(`,"value":[`), bytes.Join(p.value, []byte(",")), []byte("]}"))
}

// ok answers an entity or a collection, bent into another documented shape where a fault asks for it.
func (c *call) ok(status int, body []byte) answer {
	ans := answer{status: status, header: http.Header{}, body: body}
	ans.header.Set("Content-Type", contentType)
	ans.header.Set("OData-Version", "4.0")
	ans.header.Set("Cache-Control", "no-store")
	if c.options.all {
		ans.header.Set("Preference-Applied", preference)
	}
	if c.faults.bends() {
		ans.body = c.bend(ans.body)
	}
	return ans
}

const preference = "include-unknown-enum-members"

// prefersAll: the caller wants to see members of an enum that are newer than its sentinel.
func (c *call) prefersAll() bool {
	for _, value := range c.header.Values("Prefer") {
		if strings.Contains(strings.ToLower(value), preference) {
			return true
		}
	}
	return false
}

// withheld are the enum words numbered above the sentinel, which an older client must not see unasked. The quotes of
// the property name cannot stand in a value unescaped, so looking for the bytes is safe.
var withheld = [][]byte{
	[]byte(`"userIdentityType":"emailUser"`), []byte(`"userIdentityType":"azureCommunicationServicesUser"`),
}

func withhold(text []byte) []byte {
	for _, word := range withheld {
		text = bytes.ReplaceAll(text, word, []byte(`"userIdentityType":"unknownFutureValue"`))
	}
	return text
}

// encode writes JSON as Microsoft Graph does: an ampersand in a link is an ampersand.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("sandbox: encoding its own %T: %v", v, err))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
