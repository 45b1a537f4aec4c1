package teamwork

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// nouns are what caches keep.
var nouns = []any{
	&Device{}, &DeviceActivity{}, &DeviceConfiguration{}, &DeviceHealth{}, &DeviceOperation{},
	&Page[Device]{}, &Page[DeviceOperation]{},
}

// plain has the types that have JSON of their own, or none.
var plain = map[reflect.Type]bool{reflect.TypeFor[DateTime](): true, reflect.TypeFor[ResourceMeta](): true}

// structsOf returns the struct types that a type holds, itself included.
func structsOf(typ reflect.Type, seen map[reflect.Type]bool) map[reflect.Type]bool {
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice:
		return structsOf(typ.Elem(), seen)
	case reflect.Struct:
		if seen[typ] || plain[typ] {
			return seen
		}
		seen[typ] = true
		for i := range typ.NumField() {
			structsOf(typ.Field(i).Type, seen)
		}
	}
	return seen
}

func allStructs() map[reflect.Type]bool {
	seen := map[reflect.Type]bool{}
	for _, noun := range nouns {
		structsOf(reflect.TypeOf(noun), seen)
	}
	return seen
}

func TestEveryFieldOfANounHasATag(t *testing.T) {
	all := allStructs()
	if len(all) < 35 {
		t.Fatalf("the walk found only %d structs", len(all))
	}
	for typ := range all {
		tags := map[string]string{}
		for i := range typ.NumField() {
			field := typ.Field(i)
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			switch {
			case !field.IsExported():
				t.Errorf("%s.%s can't be kept", typ, field.Name)
			case field.Name == "Meta":
				if name != "-" {
					t.Errorf("%s.Meta is called %q", typ, name)
				}
			case name == "" || name == "-":
				t.Errorf("%s.%s has no tag", typ, field.Name)
			case tags[name] != "":
				t.Errorf("%s.%s and %s are both called %q", typ, field.Name, tags[name], name)
			case field.Type == reflect.TypeFor[DateTime]() && options != "omitzero":
				t.Errorf("%s.%s has the options %q", typ, field.Name, options)
			}
			tags[name] = field.Name
		}
	}
}

// filler sets every field to a value of its own.
type filler struct {
	t         *testing.T
	n         int
	constants map[string]map[string]string
}

func (f *filler) fill(v reflect.Value) {
	f.n++
	switch typ := v.Type(); {
	case typ == reflect.TypeFor[DateTime]():
		v.Set(reflect.ValueOf(At(time.Unix(int64(f.n), 0))))
	case typ == reflect.TypeFor[ResourceMeta]():
		v.Set(reflect.ValueOf(FetchedNow(time.Unix(int64(f.n), 0), []Warning{{Code: "W"}})))
	case typ.Kind() == reflect.Pointer:
		v.Set(reflect.New(typ.Elem()))
		f.fill(v.Elem())
	case typ.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(typ, 2, 2))
		f.fill(v.Index(0))
		f.fill(v.Index(1))
	case typ.Kind() == reflect.Struct:
		for i := range typ.NumField() {
			f.fill(v.Field(i))
		}
	case typ.Kind() == reflect.String && typ.Name() != "string":
		for _, word := range f.constants[typ.Name()] {
			if word != "unknownFutureValue" {
				v.SetString(word)
			}
		}
	case typ.Kind() == reflect.String:
		v.SetString("text " + strconv.Itoa(f.n))
	case typ.Kind() == reflect.Int:
		v.SetInt(int64(f.n))
	case typ.Kind() == reflect.Bool:
		v.SetBool(true)
	}
	if v.IsZero() {
		f.t.Errorf("don't know how to fill a %s", v.Type())
	}
}

func TestNounsSurviveACache(t *testing.T) {
	for _, noun := range nouns {
		typ := reflect.TypeOf(noun).Elem()
		t.Run(typ.String(), func(t *testing.T) {
			full := reflect.New(typ)
			(&filler{t: t, constants: constantsOf(t)}).fill(full.Elem())
			for name, want := range map[string]any{"full": full.Interface(), "empty": reflect.New(typ).Interface()} {
				kept, err := json.Marshal(want)
				if err != nil {
					t.Fatal(err)
				}
				got := reflect.New(typ).Interface()
				if err := json.Unmarshal(kept, got); err != nil {
					t.Fatal(err)
				}
				ages := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Meta" }, cmp.Ignore())
				if d := cmp.Diff(want, got, ages, cmpopts.EquateEmpty()); d != "" {
					t.Errorf("%s (-before +after)\n%s", name, d)
				}
				if strings.Contains(string(kept), "Meta") || strings.Contains(string(kept), "fetchedAt") {
					t.Errorf("%s: the age was kept: %s", name, kept)
				}
			}
		})
	}
}

func TestNullsOfUpstreamAreReadAsNothing(t *testing.T) {
	for _, noun := range nouns {
		typ := reflect.TypeOf(noun).Elem()
		t.Run(typ.String(), func(t *testing.T) {
			members := map[string]any{}
			for i := range typ.NumField() {
				name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
				members[name] = nil
			}
			wire, err := json.Marshal(members)
			if err != nil {
				t.Fatal(err)
			}
			got := reflect.New(typ)
			if err := json.Unmarshal(wire, got.Interface()); err != nil || !got.Elem().IsZero() {
				t.Errorf("%s became %+v, %v", wire, got.Elem(), err)
			}
		})
	}
}

func TestSecretsHaveNoPlaceInANoun(t *testing.T) {
	for typ := range allStructs() {
		for i := range typ.NumField() {
			field := typ.Field(i)
			for _, name := range []string{field.Name, field.Tag.Get("json")} {
				name, _, _ = strings.Cut(strings.ToLower(name), ",")
				if strings.Contains(name, "password") || strings.HasPrefix(name, "pin") || strings.HasSuffix(name, "pin") {
					t.Errorf("%s.%s", typ, field.Name)
				}
			}
		}
	}
}

func TestSecretsAreNotDecoded(t *testing.T) {
	const secret = "canary-7f3a"
	wire := strings.ReplaceAll(`{
		"systemConfiguration": {"defaultPassword": "$", "lockPin": "$", "language": "en", "DEFAULTPASSWORD": "$"},
		"teamsClientConfiguration": {"accountConfiguration": {"onPremisesCalendarSyncConfiguration": {"password": "$", "domain": "d"}}},
		"defaultPassword": "$", "lockPin": "$"
	}`, "$", secret)
	var c DeviceConfiguration
	if err := json.Unmarshal([]byte(wire), &c); err != nil {
		t.Fatal(err)
	}
	kept, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(kept), secret) || !strings.Contains(string(kept), `"language":"en"`) {
		t.Errorf("kept %s", kept)
	}
}
