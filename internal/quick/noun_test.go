package quick

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// kept are what caches keep.
var kept = []any{
	&teamwork.Device{}, &teamwork.DeviceActivity{}, &teamwork.DeviceConfiguration{}, &teamwork.DeviceHealth{}, &teamwork.DeviceOperation{},
	&teamwork.Page[teamwork.Device]{}, &teamwork.Page[teamwork.DeviceOperation]{},
}

// inventor sets fields to values that are odd now and then; to all fields if it is full.
type inventor struct {
	*rand.Rand
	full bool
}

var texts = []string{
	"", "plain", "deviceRestart", "aadUser", "Ana Sofía", "日本語", "😀", "a&b<c>d", `"quoted\`, "line\nand\ttab\x00\x7f", "\u2028\u2029", "\xff\xfe", "a\ufffd", strings.Repeat("long ", 500),
	"2021-06-19T12-01-03.45Z", "connected", "x<", "é\"", "eight888", "seven77\"",
}

func (in *inventor) fill(v reflect.Value) {
	switch typ := v.Type(); {
	case typ == reflect.TypeFor[teamwork.ResourceMeta]():
	case typ == reflect.TypeFor[teamwork.DateTime]():
		d := teamwork.At(time.Unix(in.Int64N(4e9), in.Int64N(1e9)))
		if in.IntN(4) == 0 {
			d = teamwork.ParseDateTime(texts[in.IntN(len(texts))])
		}
		v.Set(reflect.ValueOf(d))
	case typ.Kind() == reflect.Pointer:
		if in.full || in.IntN(3) > 0 {
			v.Set(reflect.New(typ.Elem()))
			in.fill(v.Elem())
		}
	case typ.Kind() == reflect.Slice:
		if in.full || in.IntN(4) > 0 {
			v.Set(reflect.MakeSlice(typ, in.IntN(4), 4))
			for i := range v.Len() {
				in.fill(v.Index(i))
			}
		}
	case typ.Kind() == reflect.Struct:
		for i := range typ.NumField() {
			if in.full || in.IntN(5) > 0 {
				in.fill(v.Field(i))
			}
		}
	case typ.Kind() == reflect.String:
		v.SetString(texts[in.IntN(len(texts))])
	case typ.Kind() == reflect.Int:
		v.SetInt(in.Int64N(2e9) - 1e9)
	case typ.Kind() == reflect.Bool:
		v.SetBool(in.IntN(2) == 0)
	}
}

// TestNounsAreWrittenAsEncodingJSONDoes invents nouns, writes them in both ways and reads
// them back in both.
func TestNounsAreWrittenAsEncodingJSONDoes(t *testing.T) {
	for _, empty := range kept {
		typ := reflect.TypeOf(empty).Elem()
		t.Run(typ.String(), func(t *testing.T) {
			sure := 0
			for seed := range uint64(300) {
				v := reflect.New(typ)
				in := inventor{rand.New(rand.NewPCG(seed, 1)), seed%2 == 0}
				if seed > 0 {
					in.fill(v.Elem())
				}
				want, err := json.Marshal(v.Interface())
				if err != nil {
					t.Fatal(err)
				}
				got, ok := Append([]byte("before"), v.Interface())
				if d := cmp.Diff("before"+string(want), string(got)); !ok || d != "" {
					t.Fatalf("seed %d (-want +got)\n%s", seed, d)
				}
				slow, fast := reflect.New(typ).Interface(), reflect.New(typ).Interface()
				if err := json.Unmarshal(want, slow); err != nil {
					t.Fatal(err)
				}
				if !Kept(want, fast) {
					continue
				}
				sure++
				if !reflect.DeepEqual(slow, fast) {
					t.Fatalf("seed %d: %s was read as\n%s", seed, want, cmp.Diff(slow, fast))
				}
			}
			if sure < 60 {
				t.Errorf("it is sure of %d of 300 only", sure)
			}
		})
	}
}

// TestEveryFieldIsRead would miss a field for which no code was generated.
func TestEveryFieldIsRead(t *testing.T) {
	for _, empty := range kept {
		typ := reflect.TypeOf(empty).Elem()
		in := inventor{rand.New(rand.NewPCG(1, 2)), true}
		was := texts
		texts = []string{"plain"}
		full := reflect.New(typ)
		in.fill(full.Elem())
		texts = was
		body, err := json.Marshal(full.Interface())
		if err != nil {
			t.Fatal(err)
		}
		got, want := reflect.New(typ).Interface(), reflect.New(typ).Interface()
		if err := json.Unmarshal(body, want); err != nil {
			t.Fatal(err)
		}
		if !Kept(body, got) || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s", typ, cmp.Diff(want, got))
		}
	}
}

func TestWhatIsNoNounIsLeftAlone(t *testing.T) {
	var other struct{ ID string }
	if b, ok := Append(nil, &other); ok || b != nil {
		t.Errorf("wrote %s", b)
	}
	if _, ok := Append(nil, nil); ok {
		t.Error("wrote nothing, and said it did")
	}
	if Kept([]byte(`{"ID":"a"}`), &other) || other.ID != "" {
		t.Errorf("read %+v", other)
	}
	if v, ok := Single[struct{ ID string }]([]byte(`{}`)); ok {
		t.Errorf("read %+v", v)
	}
}

// TestTextsOutliveTheBody reads from bytes that others write to afterwards.
func TestTextsOutliveTheBody(t *testing.T) {
	body := []byte(`{"id":"d1","deviceType":"sip","notes":"é","companyAssetTag":"a\nb","hardwareDetail":{"macAddresses":["x"]},"createdDateTime":"soon"}`)
	dev, ok := Single[teamwork.Device](body)
	if !ok {
		t.Fatal("it is not sure")
	}
	before, _ := json.Marshal(dev)
	for i := range body {
		body[i] = 'X'
	}
	if after, _ := json.Marshal(dev); string(after) != string(before) {
		t.Errorf("%s became %s", before, after)
	}
}

// TestNounHoldsLittleOfItsPage keeps one noun of a long page.
func TestNounHoldsLittleOfItsPage(t *testing.T) {
	long := strings.Repeat("x", 100)
	item := `{"id":"` + long + `","notes":"` + long + `","companyAssetTag":"` + long + `"}`
	body := []byte("[" + strings.Repeat(item+",", 4999) + item + "]")
	before := heap()
	r := Over(body)
	page := Nouns[teamwork.Device](&r)
	if !r.Done() || len(page) != 5000 {
		t.Fatal(len(page))
	}
	whole, one := heap()-before, page[2500]
	clear(page) // the list itself is the page's
	if left := heap() - before; left > 100_000 || whole < 1_000_000 {
		t.Errorf("one noun holds on to %d of %d bytes", left, whole)
	}
	runtime.KeepAlive(page)
	runtime.KeepAlive(body)
	if *one.Notes != long {
		t.Error(*one.Notes)
	}
}

// heap returns the bytes that are in use.
func heap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// FuzzKept reads anything as whatever is kept, in both ways.
func FuzzKept(f *testing.F) {
	for _, body := range []string{
		`{"items":[{"id":"o1","operationType":"deviceRestart","status":"Successful","createdBy":{"user":{"id":"u","userIdentityType":"aadUser"}}}],"next":"/x?a=\u0026b"}`,
		`{"items":[null,{}],"next":""}`, `{"items":null}`, `{"items":[]}`, `{"Items":[{"id":"a"}]}`, `{"items":[{"id":"a","id":"b"}],"next":null}`, `{"next":"a","next":"b"}`,
		`{"id":"d","hardwareDetail":{"macAddresses":["a","b"]},"createdDateTime":"2026-01-31T09:30:00.5Z","notes":"é\u2028"}`, `{"displayConfiguration":{"displayCount":-3}}`,
		`{"connection":{"connectionStatus":"CONNECTED"},"peripheralsHealth":{"displayHealthCollection":[{"isOptional":true},{"isOptional":null}]}}`, `null`, `{} `, `{}{}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, empty := range kept {
			typ := reflect.TypeOf(empty).Elem()
			got, want := reflect.New(typ).Interface(), reflect.New(typ).Interface()
			if !Kept(body, got) {
				continue
			}
			if err := json.Unmarshal(body, want); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v (-want +got)\n%s", typ, err, cmp.Diff(want, got))
			}
			wrote, _ := Append(nil, got)
			if text, err := json.Marshal(got); err != nil || string(text) != string(wrote) {
				t.Errorf("%v (-want +got)\n%s", err, cmp.Diff(string(text), string(wrote)))
			}
		}
	})
}
