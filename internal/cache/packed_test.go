package cache

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/s2"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// pageFor returns a page that has something of everything.
func pageFor(items int) *teamwork.Page[teamwork.DeviceOperation] {
	u := &upstream{now: func() time.Time { return time.Date(2026, 11, 5, 9, 30, 0, 0, time.UTC) }}
	page := &teamwork.Page[teamwork.DeviceOperation]{Next: "more"}
	for i := range items {
		page.Items = append(page.Items, u.operation("d1", strings.Repeat("o", i+1), "what upstream said"))
	}
	return page
}

func headerFor(generation string, now time.Time) *header {
	return &header{Generation: generation, FetchedAt: now, FreshUntil: now.Add(time.Minute), Until: now.Add(time.Hour)}
}

func TestLargeEntriesArePackedAndSmallOnesAreNot(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		value  any
		layout byte
	}{
		"a page of 20":    {pageFor(20), layoutPacked},
		"an operation":    {pageFor(1).Items[0], layoutPlain},
		"1 KiB":           {strings.Repeat("x", packAbove-2), layoutPlain}, // and quotes
		"a byte more":     {strings.Repeat("x", packAbove-1), layoutPacked},
		"there is none":   {nil, layoutPlain},
		"a gigantic page": {strings.Repeat("x", maxPacked), layoutPlain},
	} {
		h := headerFor("g", now)
		if c.value == nil {
			h.None = new("No.")
		}
		entry, size, err := encode(h, c.value)
		if err != nil {
			t.Fatal(name, err)
		}
		layout, read, body, err := parse(entry)
		if err != nil || layout != c.layout || read.Generation != "g" || h.Sum != 0 {
			t.Errorf("%s: layout %q, header %+v, %v", name, layout, read, err)
		}
		want := len(entry)
		if layout == layoutPacked {
			whole, giveBack, err := unpack(body, read.Sum)
			if err != nil {
				t.Fatal(name, err)
			}
			want += len(whole) - len(body)
			giveBack()
		}
		if size != want || cap(entry) > len(entry)+len(entry)/8+64 {
			t.Errorf("%s: size %d, want %d; %d bytes in %d", name, size, want, len(entry), cap(entry))
		}
	}
}

// TestPackedPageIsTheSamePage reads what another replica kept: smaller, with a header
// that a person can read.
func TestPackedPageIsTheSamePage(t *testing.T) {
	w := newWorld(t)
	w.status = "InProgress"
	ctx := as(t.Context(), "p")
	req := teamwork.OperationsRequest{DeviceID: "d1", Top: 20}
	s := w.replica()
	first, err := s.Operations(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	s.Wait()
	again, err := w.replica().Operations(ctx, req)
	if d := cmp.Diff(first, again); err != nil || d != "" || w.count() != 1 {
		t.Errorf("%v after %d calls (-first +again)\n%s", err, w.count(), d)
	}
	entry, _ := w.redis.Get(operationsQuestion(req).key("p", operationsNoun.name).entry)
	plain, _ := json.Marshal(first)
	head, body, _ := strings.Cut(entry, "\n")
	if len(body)*3 > len(plain) || !json.Valid([]byte(head[1:])) || !strings.Contains(head, `"freshUntil":"2026-11-05T09:30:05Z"`) {
		t.Errorf("%d bytes of %d under %s", len(body), len(plain), head)
	}
}

// TestDamagedPackedBodyIsMissing changes each byte of an entry in turn.
func TestDamagedPackedBodyIsMissing(t *testing.T) {
	now := time.Now()
	g := generation{token: "g", keeps: true}
	entry, _, err := encode(headerFor("g", now), pageFor(20))
	if err != nil {
		t.Fatal(err)
	}
	if recall(&operationsNoun, entry, sight{gen: g, now: now}) == nil {
		t.Fatal("the entry as it was is missing")
	}
	for i := bytes.IndexByte(entry, '\n') + 1; i < len(entry); i += 3 {
		for _, flip := range []byte{1, 0xff} {
			bad := bytes.Clone(entry)
			bad[i] ^= flip
			if recall(&operationsNoun, bad, sight{gen: g, now: now}) != nil {
				t.Fatalf("byte %d changed by %x is not noticed", i, flip)
			}
		}
		if recall(&operationsNoun, entry[:i], sight{gen: g, now: now}) != nil {
			t.Fatalf("%d bytes of %d are an entry", i, len(entry))
		}
	}
}

// TestCraftedSizeCostsLittle claims to be as large as an entry can claim.
func TestCraftedSizeCostsLittle(t *testing.T) {
	head, err := json.Marshal(headerFor("g", time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	for _, claim := range []uint64{maxPacked + 1, 1 << 31, 1<<32 - 1, 1 << 40} {
		entry := append(append([]byte{layoutPacked}, head...), '\n')
		entry = append(binary.AppendUvarint(entry, claim), s2.Encode(nil, []byte("x"))...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if recall(&operationsNoun, entry, sight{gen: generation{token: "g", keeps: true}, now: time.Now()}) != nil {
			t.Errorf("%d: it is an entry", claim)
		}
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
			t.Errorf("%d: it cost %d bytes", claim, grown)
		}
	}
}

// FuzzEntry reads anything, and what it writes it reads again.
func FuzzEntry(f *testing.F) {
	now := time.Date(2026, 11, 5, 9, 30, 0, 0, time.UTC)
	for _, page := range []*teamwork.Page[teamwork.DeviceOperation]{pageFor(20), pageFor(1), pageFor(0)} {
		entry, _, err := encode(headerFor("g", now), page)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(entry)
	}
	f.Add([]byte("2{}\n\xff\xff\xff\xff\x0f"))
	f.Add([]byte("1{\"generation\":\"g\",\"none\":\"No.\",\"until\":\"2030-01-01T00:00:00Z\"}\n"))
	g := generation{token: "g", keeps: true}
	f.Fuzz(func(t *testing.T, entry []byte) {
		k := recall(&operationsNoun, entry, sight{gen: g, now: now})
		if k == nil || k.value == nil {
			return
		}
		page := k.value.(*teamwork.Page[teamwork.DeviceOperation])
		again, _, err := encode(headerFor("g", now), page)
		if err != nil {
			return // a warning's path may be what JSON can't say
		}
		if recall(&operationsNoun, again, sight{gen: g, now: now}) == nil {
			t.Errorf("can't be read again: %q", again)
		}
	})
}
