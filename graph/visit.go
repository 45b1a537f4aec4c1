package graph

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
	"github.com/vektah/gqlparser/v2/ast"
)

// sentinel is upstream's word for what a client is too old to know; an answer may
// hold it, a request may not.
const sentinel = "UNKNOWN_FUTURE_VALUE"

// visit walks one input value beside its type.
type visit struct {
	schema *ast.Schema
	path   []string
}

// at returns a visit of what lies below. It may write its path where another's was: no two
// are under way at a time.
func (v visit) at(name string) visit {
	v.path = append(v.path, name)
	return v
}

func (v visit) refuse(format string, args ...any) *teamwork.Error {
	return teamwork.InvalidInput(slices.Clone(v.path), "%s %s", strings.Join(v.path, "."), fmt.Sprintf(format, args...))
}

// given checks a value that may be null.
func (v visit) given(directives ast.DirectiveList, t *ast.Type, value any) *teamwork.Error {
	switch {
	case value != nil:
		return v.value(directives, t, value)
	case t.NonNull:
		return v.refuse("can't be null")
	}
	return nil
}

// value checks a value that is not null.
func (v visit) value(directives ast.DirectiveList, t *ast.Type, value any) *teamwork.Error {
	if d := directives.ForName("constraint"); d != nil {
		if err := v.constraint(d, value); err != nil {
			return err
		}
	}
	if t.Elem != nil {
		return v.list(t.Elem, value)
	}
	def := v.schema.Types[t.NamedType]
	switch def.Kind {
	case ast.Enum:
		if value == sentinel {
			return v.refuse("can't be %s: it stands for what upstream may add", sentinel)
		}
	case ast.InputObject:
		if object, ok := value.(map[string]any); ok {
			return v.object(def, object)
		}
	}
	return nil
}

// list checks each item; a single value stands for a list of itself.
func (v visit) list(item *ast.Type, value any) *teamwork.Error {
	items, ok := value.([]any)
	if !ok {
		return v.value(nil, item, value)
	}
	for i, one := range items {
		if err := v.at(strconv.Itoa(i)).given(nil, item, one); err != nil {
			return err
		}
	}
	return nil
}

// object checks the fields that were given.
func (v visit) object(def *ast.Definition, object map[string]any) *teamwork.Error {
	if def.Directives.ForName("oneOf") != nil {
		if err := v.oneOf(def, object); err != nil {
			return err
		}
	}
	for _, field := range def.Fields {
		if value, given := object[field.Name]; given {
			if err := v.at(field.Name).given(field.Directives, field.Type, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// oneOf wants exactly one field, and that not null.
func (v visit) oneOf(def *ast.Definition, object map[string]any) *teamwork.Error {
	given := 0
	for _, field := range def.Fields {
		if value, ok := object[field.Name]; ok {
			given++
			if value == nil {
				return v.at(field.Name).refuse("can't be null: exactly one field of %s must be given", def.Name)
			}
		}
	}
	if given != 1 {
		return v.refuse("needs exactly one field of %s, not %d", def.Name, given)
	}
	return nil
}

// constraint checks a value against @constraint: the size of a text is in
// characters.
func (v visit) constraint(d *ast.Directive, value any) *teamwork.Error {
	for _, bound := range d.Arguments {
		limit, err := strconv.ParseInt(bound.Value.Raw, 10, 64)
		if err != nil {
			continue
		}
		size, ok := measure(bound.Name, value)
		if !ok {
			continue
		}
		if strings.HasPrefix(bound.Name, "min") && size < limit {
			return v.refuse("must be at least %d%s", limit, unitOf[bound.Name])
		}
		if strings.HasPrefix(bound.Name, "max") && size > limit {
			return v.refuse("must be at most %d%s", limit, unitOf[bound.Name])
		}
	}
	return nil
}

var unitOf = map[string]string{
	"minLength": " characters long", "maxLength": " characters long", "minItems": " items", "maxItems": " items",
}

// measure returns what a bound is about; ok is false when it is about nothing that
// value has.
func measure(bound string, value any) (size int64, ok bool) {
	switch bound {
	case "min", "max":
		return asInt(value)
	case "minItems", "maxItems":
		items, isList := value.([]any)
		if !isList {
			return 1, true
		}
		return int64(len(items)), true
	}
	text, ok := asText(value)
	return int64(utf8.RuneCountInString(text)), ok
}

func asInt(value any) (int64, bool) {
	switch n := value.(type) {
	case int64:
		return n, true
	case int:
		return int64(n), true
	case json.Number:
		parsed, err := n.Int64()
		return parsed, err == nil
	case float64:
		return int64(n), true
	}
	return 0, false
}

// asText returns the text of a String or of an ID, which may be given as a number.
func asText(value any) (string, bool) {
	if text, ok := value.(string); ok {
		return text, true
	}
	if n, ok := asInt(value); ok {
		return strconv.FormatInt(n, 10), true
	}
	return "", false
}
