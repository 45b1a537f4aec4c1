package teamwork

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// sameTime compares plainTime, where it is sure, with what it stands for.
func sameTime(t *testing.T, text string) (sure bool) {
	t.Helper()
	got, sure := plainTime([]byte(text))
	if !sure {
		return false
	}
	var want time.Time
	if err := want.UnmarshalText([]byte(text)); err != nil {
		t.Errorf("%q is read as %v, and is none: %v", text, got, err)
	} else if want = want.UTC(); got != want { // not only the same instant
		t.Errorf("%q is read as %#v, want %#v", text, got, want)
	}
	return true
}

func TestPlainTimesAreReadAsTheTimePackageDoes(t *testing.T) {
	for _, text := range []string{
		"2026-01-31T09:30:00Z", "2026-11-26T21:16:14.527Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z",
		"2024-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "2026-01-31T09:30:00.1Z", "1969-12-31T23:59:59.000000001Z",
	} {
		if !sameTime(t, text) {
			t.Errorf("nothing is sure of %q", text)
		}
	}
	for _, text := range []string{
		"", "Z", "2026-01-31T09:30:00", "2026-01-31T09:30:00+01:00", "2026-01-31t09:30:00Z", "2026-01-31T09:30:00z",
		"2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
		"2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T09:60:00Z", "2026-01-31T09:30:60Z",
		"2026-01-31T09:30:00.Z", "2026-01-31T09:30:00,5Z", "2026-01-31T09:30:00.1234567890Z", "2026-01-31T09:30:00.5 Z",
		"+026-01-31T09:30:00Z", "2026-01-31T-9:30:00Z", "2021-06-19T12-01-03.45Z", "20260131T093000Z00000", "2026-01-31T9:30:000Z",
	} {
		if sameTime(t, text) {
			t.Errorf("it is sure of %q", text)
		}
	}
	r, sure := rand.New(rand.NewPCG(3, 4)), 0
	for range 20_000 {
		text := fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02d", r.IntN(10_000), r.IntN(14), r.IntN(33), r.IntN(25), r.IntN(61), r.IntN(61))
		if digits := r.IntN(11); digits > 0 {
			text += "." + fmt.Sprintf("%010d", r.IntN(1e10))[:digits]
		}
		if sameTime(t, text+"Z") {
			sure++
		}
	}
	if sure < 10_000 {
		t.Errorf("it was sure of %d in 20,000", sure)
	}
}

func FuzzPlainTime(f *testing.F) {
	f.Add("2026-01-31T09:30:00.25Z")
	f.Fuzz(func(t *testing.T, text string) { sameTime(t, text) })
}

func BenchmarkDateTime(b *testing.B) {
	text := []byte(`"2026-11-26T21:16:14.527Z"`)
	var d DateTime
	for b.Loop() {
		_ = d.UnmarshalJSON(text)
	}
}
