package teamwork

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDateTimeIsReadAsUpstreamWritesIt(t *testing.T) {
	for _, c := range []struct {
		name, wire string
		known      string // as we write it, "" for no time
		malformed  string
	}{
		{"UTC", `"2026-01-31T09:30:00Z"`, "2026-01-31T09:30:00Z", ""},
		{"a fraction", `"2026-01-31T09:30:00.1230Z"`, "2026-01-31T09:30:00.123Z", ""},
		{"seven digits", `"2026-01-31T09:30:00.1234567Z"`, "2026-01-31T09:30:00.1234567Z", ""},
		{"a zone", `"2026-01-31T10:30:00+01:00"`, "2026-01-31T09:30:00Z", ""},
		{"escaped", `"2026-01-31T09\u003a30:00Z"`, "2026-01-31T09:30:00Z", ""},
		{"nothing", `null`, "", ""},
		{"an empty text", `""`, "", ""},
		{"the first of all times", `"0001-01-01T00:00:00Z"`, "", ""},
		{"Microsoft's sample", `"2021-06-19T12-01-03.45Z"`, "", "2021-06-19T12-01-03.45Z"},
		{"no zone", `"2026-01-31T09:30:00"`, "", "2026-01-31T09:30:00"},
		{"a date", `"2026-01-31"`, "", "2026-01-31"},
		{"the 30th of February", `"2026-02-30T00:00:00Z"`, "", "2026-02-30T00:00:00Z"},
		{"a year of five digits, in UTC", `"9999-12-31T23:59:59-01:00"`, "", "9999-12-31T23:59:59-01:00"},
		{"a year before 0, in UTC", `"0000-01-01T00:00:00+01:00"`, "", "0000-01-01T00:00:00+01:00"},
		{"a number", `1769851800`, "", "1769851800"},
		{"a bool", `true`, "", "true"},
		{"an object", `{"dateTime":"2026-01-31T09:30:00Z"}`, "", `{"dateTime":"2026-01-31T09:30:00Z"}`},
		{"a list", `["2026-01-31T09:30:00Z"]`, "", `["2026-01-31T09:30:00Z"]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var d DateTime
			if err := json.Unmarshal([]byte(c.wire), &d); err != nil {
				t.Fatal(err)
			}
			if got := d.Malformed(); got != c.malformed {
				t.Errorf("malformed %q, want %q", got, c.malformed)
			}
			if d.Known() != (c.known != "") || d.IsZero() != (c.known+c.malformed == "") {
				t.Errorf("known %t, zero %t", d.Known(), d.IsZero())
			}
			if got := d.UTC().Format(time.RFC3339Nano); d.Known() && got != c.known {
				t.Errorf("got %s, want %s", got, c.known)
			}
			sameAgain(t, d)
		})
	}
}

// sameAgain fails unless d survives a cache.
func sameAgain(t *testing.T, d DateTime) {
	t.Helper()
	kept, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	again := At(time.Unix(1, 0)) // what stood there does not matter
	if err := json.Unmarshal(kept, &again); err != nil {
		t.Fatal(err)
	}
	if !again.Equal(d) {
		t.Errorf("%#v was kept as %s and became %#v", d, kept, again)
	}
}

func TestMissingDateTimeIsLeftOut(t *testing.T) {
	type holder struct {
		At DateTime `json:"at,omitzero"`
	}
	for _, wire := range []string{`{}`, `{"at":null}`, `{"at":""}`} {
		var h holder
		if err := json.Unmarshal([]byte(wire), &h); err != nil {
			t.Fatal(err)
		}
		if text, _ := json.Marshal(h); string(text) != "{}" {
			t.Errorf("%s became %s", wire, text)
		}
	}
}

func TestDateTimesAreEqualAsInstants(t *testing.T) {
	utc, berlin := ParseDateTime("2026-01-31T09:30:00Z"), ParseDateTime("2026-01-31T10:30:00+01:00")
	if !utc.Equal(berlin) || !cmp.Equal(utc, berlin) {
		t.Errorf("%v is not %v", utc, berlin)
	}
	for _, other := range []DateTime{{}, ParseDateTime("x"), ParseDateTime("2026-01-31T09:30:01Z")} {
		if utc.Equal(other) || other.Equal(utc) {
			t.Errorf("%v is %v", utc, other)
		}
	}
	if !ParseDateTime("x").Equal(ParseDateTime("x")) || ParseDateTime("x").Equal(ParseDateTime("y")) {
		t.Error("malformed texts are not compared")
	}
}

func FuzzDateTimeSurvivesACache(f *testing.F) {
	for _, seed := range []string{
		`null`, `""`, `"2026-01-31T09:30:00Z"`, `"2021-06-19T12-01-03.45Z"`, `"0000-01-01T00:00:00+01:00"`, `"9999-12-31T23:59:59-01:00"`,
		`"0001-01-01T00:00:00Z"`, `1e9`, `{"a":"<&>"}`, "[\"\xff\"]", "\"\xff\"", `"\ud800"`, `"2026-01-31T09:30:00,5Z"`, `"2026-01-31T9:30:00Z"`, ` null `,
		`"2026-01-31T09:30:00+24:60"`, `"2026-01-31T23:59:60Z"`, "\"\u2028\"",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		if !json.Valid(wire) {
			return
		}
		var d DateTime
		if err := d.UnmarshalJSON(wire); err != nil {
			t.Fatalf("%s: %v", wire, err)
		}
		if d.Known() && d.Malformed() != "" {
			t.Fatalf("%s is a time and is none", wire)
		}
		kept, err := d.MarshalJSON()
		if err != nil {
			t.Fatalf("%s: %v", wire, err)
		}
		var again DateTime
		if err := again.UnmarshalJSON(kept); err != nil {
			t.Fatalf("%s: %v", kept, err)
		}
		if once, err := again.MarshalJSON(); err != nil || string(once) != string(kept) {
			t.Errorf("%s was kept as %s, then as %s, %v", wire, kept, once, err)
		}
		if again.Known() != d.Known() || !again.Time.Equal(d.Time) {
			t.Errorf("%s was %v, then %v", wire, d.Time, again.Time)
		}
	})
}
