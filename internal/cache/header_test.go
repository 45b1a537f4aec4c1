package cache

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// TestQuickHeaderIsTheSameHeader writes and reads headers in both ways.
func TestQuickHeaderIsTheSameHeader(t *testing.T) {
	now := time.Date(2026, 11, 5, 9, 30, 0, 123456789, time.UTC)
	zoned := time.Date(2026, 11, 5, 9, 30, 0, 0, time.FixedZone("", 5*3600+1800))
	for name, c := range map[string]struct {
		h     header
		quick bool
	}{
		"usual":          {header{Generation: "G.T@1", By: "R", FetchedAt: now, FreshUntil: now, Until: now}, true},
		"packed":         {header{Generation: "G.T@1", By: "R", FetchedAt: now, FreshUntil: now, Until: now, Sum: 1<<32 - 1}, true},
		"another zone":   {header{Generation: "G", By: "R", FetchedAt: zoned, FreshUntil: zoned, Until: zoned}, true},
		"by nobody":      {header{Generation: "G", FetchedAt: now, FreshUntil: now, Until: now}, false},
		"HTML by":        {header{Generation: "G", By: "<R>", FetchedAt: now, FreshUntil: now, Until: now}, false},
		"odd generation": {header{Generation: `a"b\\`, By: "R", FetchedAt: now, FreshUntil: now, Until: now}, false},
		"none":           {header{Generation: "G", By: "R", FetchedAt: now, FreshUntil: now, Until: now, None: new("No.")}, false},
		"warnings": {header{Generation: "G", By: "R", FetchedAt: now, FreshUntil: now, Until: now,
			Warnings: []teamwork.Warning{{Code: "C", Path: []any{"items", 1}}}}, false},
	} {
		line, err := json.Marshal(&c.h)
		if err != nil {
			t.Fatal(err)
		}
		if quick, ok := c.h.quickLine(); ok != c.quick || ok && string(quick) != string(line) {
			t.Errorf("%s: written quickly is %t: %s instead of %s", name, ok, quick, line)
		}
		if quick := quickHeader(line); (quick != nil) != c.quick {
			t.Errorf("%s: read quickly is %v: %s", name, quick != nil, line)
		}
		got, err := parseHeader(line)
		if d := cmp.Diff(&c.h, got); err != nil || d != "" {
			t.Errorf("%s: %v (-want +got)\n%s", name, err, d)
		}
	}
}

// FuzzHeader compares the two ways to read one.
func FuzzHeader(f *testing.F) {
	for _, line := range []string{
		`{"generation":"g","by":"r","fetchedAt":"2026-11-05T09:30:00Z","freshUntil":"2026-11-05T09:30:00.5Z","until":"2026-11-05T09:30:00+01:00"}`,
		`{"generation":"g","by":"r","fetchedAt":"2026-11-05T09:30:00Z","freshUntil":"2026-11-05T09:30:00Z","until":"2026-11-05T09:30:00Z","sum":7}`,
		`{"generation":"g","by":"r","fetchedAt":"x","sum":}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		quick := quickHeader(line)
		if quick == nil {
			return
		}
		var slow header
		if err := json.Unmarshal(line, &slow); err != nil {
			return // odd bytes in a name that nobody wrote, and no generation can be
		}
		if d := cmp.Diff(&slow, quick); d != "" {
			t.Errorf("%s\n(-slow +quick)\n%s", line, d)
		}
	})
}

func BenchmarkHeader(b *testing.B) {
	h := &header{Generation: newToken("", time.Now()), By: newName(), FetchedAt: time.Now(), FreshUntil: time.Now(), Until: time.Now(), Sum: 1 << 31}
	line, err := json.Marshal(h)
	if err != nil {
		b.Fatal(err)
	}
	for name, run := range map[string]func() error{
		"read":                func() error { _, err := parseHeader(line); return err },
		"write":               func() error { _, err := h.line(); return err },
		"encoding-json write": func() error { _, err := json.Marshal(h); return err },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
