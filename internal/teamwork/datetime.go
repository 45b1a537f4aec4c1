package teamwork

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// DateTime is a point in time as Microsoft Graph wrote it. Microsoft's own
// samples carry times that are none (2021-06-19T12-01-03.45Z); such a text is
// kept, so that whoever reads the value, from a cache too, can be warned.
type DateTime struct {
	time.Time
	malformed string
}

// At returns the DateTime of t, in UTC.
func At(t time.Time) DateTime { return DateTime{Time: t.UTC()} }

// ParseDateTime reads RFC 3339. It does not fail: a text that is no time yields
// a DateTime without a time, whose Malformed returns the text.
func ParseDateTime(text string) DateTime {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || !writable(t) {
		return DateTime{malformed: text}
	}
	return At(t)
}

// writable reports whether RFC 3339 has four digits for the year of t, in UTC too:
// what can't be written could not be read back from a cache.
func writable(t time.Time) bool {
	year := t.UTC().Year()
	return year >= 0 && year <= 9999
}

// ParseInputDateTime is ParseDateTime for what a caller gave: a text that says
// nothing, and the instant that stands for no time, are malformed too, or they would
// be dropped as if they had not been given.
func ParseInputDateTime(text string) DateTime {
	if d := ParseDateTime(text); !d.IsZero() && text != "" {
		return d
	}
	return DateTime{malformed: strconv.Quote(text)}
}

// Malformed returns the text that stood where a time was expected, or "".
func (d DateTime) Malformed() string { return d.malformed }

// Known reports whether there is a time to show.
func (d DateTime) Known() bool { return !d.Time.IsZero() }

// IsZero reports whether nothing was given at all: neither a time nor a text.
func (d DateTime) IsZero() bool { return d.Time.IsZero() && d.malformed == "" }

// Equal reports whether both are the same instant, or the same malformed text.
func (d DateTime) Equal(o DateTime) bool {
	return d.Time.Equal(o.Time) && d.malformed == o.malformed
}

// MarshalJSON writes RFC 3339 in UTC, null for the zero value, and a malformed
// text as it was.
func (d DateTime) MarshalJSON() ([]byte, error) {
	switch {
	case d.malformed != "":
		return json.Marshal(d.malformed)
	case d.Time.IsZero():
		return []byte("null"), nil
	}
	b := make([]byte, 0, len(time.RFC3339Nano)+2)
	b = append(b, '"')
	b = d.Time.UTC().AppendFormat(b, time.RFC3339Nano)
	return append(b, '"'), nil
}

// UnmarshalJSON never fails: what is neither null nor a string is as malformed as
// a text that is no time.
func (d *DateTime) UnmarshalJSON(data []byte) error {
	*d = DateTime{}
	if string(data) == "null" {
		return nil
	}
	if len(data) > 2 && data[0] == '"' {
		text := data[1 : len(data)-1]
		if t, ok := plainTime(text); ok {
			d.Time = t
			return nil
		}
		var t time.Time
		if t.UnmarshalText(text) == nil && writable(t) {
			d.Time = t.UTC()
			return nil
		}
	}
	var text string
	if json.Unmarshal(data, &text) != nil {
		text = strings.ToValidUTF8(string(data), "\uFFFD")
	}
	if text != "" {
		*d = ParseDateTime(text)
	}
	return nil
}
