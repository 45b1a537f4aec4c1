package cache

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// header is what an entry says of its value.
type header struct {
	// Generation is the one that the device had before the value was fetched, or only
	// its epoch.
	Generation string `json:"generation"`
	// By is the replica whose clock the dates are of.
	By         string    `json:"by,omitempty"`
	FetchedAt  time.Time `json:"fetchedAt"`
	FreshUntil time.Time `json:"freshUntil"`
	// Until is when nobody may be served it any more.
	Until    time.Time          `json:"until"`
	Warnings []teamwork.Warning `json:"warnings,omitempty"`
	// None says that there is no such thing, in upstream's words.
	None *string `json:"none,omitempty"`
	// Sum is the checksum of a value that is packed.
	Sum uint32 `json:"sum,omitempty"`
}

// meta is the header as the value's readers see it.
func (h *header) meta() teamwork.ResourceMeta {
	return teamwork.ResourceMeta{
		FetchedAt:  teamwork.At(h.FetchedAt),
		FreshUntil: teamwork.At(h.FreshUntil),
		Warnings:   h.Warnings,
	}
}

// setBack makes of the dates of a clock that is ahead our own.
func (h *header) setBack(ahead time.Duration) {
	h.FetchedAt = h.FetchedAt.Add(-ahead)
	h.FreshUntil = h.FreshUntil.Add(-ahead)
	h.Until = h.Until.Add(-ahead)
}

// line writes a header, as encoding/json does: itself, in a quarter of the time, unless it has what is rare.
func (h *header) line() ([]byte, error) {
	if b, ok := h.quickLine(); ok {
		return b, nil
	}
	return json.Marshal(h)
}

// quickLine writes what quickHeader reads.
func (h *header) quickLine() ([]byte, bool) {
	if h.By == "" || h.None != nil || len(h.Warnings) > 0 || !spelledAsIs(h.Generation) || !spelledAsIs(h.By) {
		return nil, false
	}
	b := append(make([]byte, 0, 224+len(h.Generation)+len(h.By)), `{"generation":"`...)
	b = append(append(append(b, h.Generation...), `","by":"`...), h.By...)
	for _, date := range [...]struct {
		begin string
		at    time.Time
	}{{`","fetchedAt":"`, h.FetchedAt}, {`","freshUntil":"`, h.FreshUntil}, {`","until":"`, h.Until}} {
		with, err := date.at.AppendText(append(b, date.begin...))
		if err != nil {
			return nil, false // encoding/json will say why
		}
		b = with
	}
	b = append(b, '"')
	if h.Sum != 0 {
		b = strconv.AppendUint(append(b, `,"sum":`...), uint64(h.Sum), 10)
	}
	return append(b, '}'), true
}

// spelledAsIs reports whether encoding/json writes a text as it is.
func spelledAsIs(text string) bool {
	return asIs([]byte(text)) && !strings.ContainsAny(text, `"<>&`)
}

// parseHeader reads a header as most are written, in a tenth of the time, or as any JSON.
func parseHeader(line []byte) (*header, error) {
	if h := quickHeader(line); h != nil {
		return h, nil
	}
	h := new(header)
	if err := json.Unmarshal(line, h); err != nil {
		return nil, err
	}
	for i := range h.Warnings {
		wholeNumbers(h.Warnings[i].Path)
	}
	return h, nil
}

// quickHeader returns nil for what is not just as we write it, without what is rare.
func quickHeader(line []byte) *header {
	var h header
	for _, member := range [...]struct {
		begin string
		text  *string
		time  *time.Time
	}{
		{`{"generation":"`, &h.Generation, nil}, {`,"by":"`, &h.By, nil},
		{`,"fetchedAt":"`, nil, &h.FetchedAt}, {`,"freshUntil":"`, nil, &h.FreshUntil}, {`,"until":"`, nil, &h.Until},
	} {
		rest, ok := bytes.CutPrefix(line, []byte(member.begin))
		end := bytes.IndexByte(rest, '"')
		if !ok || end < 0 || !asIs(rest[:end]) {
			return nil
		}
		if member.text != nil {
			*member.text = string(rest[:end])
		} else if member.time.UnmarshalText(rest[:end]) != nil {
			return nil
		}
		line = rest[end+1:]
	}
	if sum, ok := bytes.CutPrefix(line, []byte(`,"sum":`)); ok {
		n, err := strconv.ParseUint(string(bytes.TrimSuffix(sum, []byte("}"))), 10, 32)
		if err != nil {
			return nil
		}
		h.Sum, line = uint32(n), sum[len(sum)-1:]
	}
	if string(line) != "}" {
		return nil
	}
	return &h
}

// asIs reports whether a text stands in JSON as it is.
func asIs(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c > '~' || c == '\\' {
			return false
		}
	}
	return true
}

// wholeNumbers makes the indexes of a path what they were before they were JSON.
func wholeNumbers(path []any) {
	for i, p := range path {
		if f, ok := p.(float64); ok && f == math.Trunc(f) {
			path[i] = int(f)
		}
	}
}
