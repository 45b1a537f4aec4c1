package cache

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// layout is the first byte of every entry: replicas that know another layout
// take the entry for missing. It is followed by the header, one line of JSON,
// and by the noun's JSON, so that a person can read an entry in an incident.
const layout = '1'

// header is what an entry says of its value.
type header struct {
	// Generation is the one that the device had before the value was fetched.
	Generation string    `json:"generation"`
	FetchedAt  time.Time `json:"fetchedAt"`
	FreshUntil time.Time `json:"freshUntil"`
	// Until is when nobody may be served it any more.
	Until    time.Time          `json:"until"`
	Warnings []teamwork.Warning `json:"warnings,omitempty"`
	// None says that there is no such thing, in upstream's words.
	None *string `json:"none,omitempty"`
}

// meta is the header as the value's readers see it.
func (h *header) meta() teamwork.ResourceMeta {
	return teamwork.ResourceMeta{
		FetchedAt:  teamwork.At(h.FetchedAt),
		FreshUntil: teamwork.At(h.FreshUntil),
		Warnings:   h.Warnings,
	}
}

// encode writes an entry; value is nil for "there is none".
func encode(h *header, value any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte(layout)
	e := json.NewEncoder(&b) // ends what it writes with a newline
	if err := e.Encode(h); err != nil {
		return nil, err
	}
	if h.None == nil {
		if err := e.Encode(value); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

var errDamaged = errors.New("not an entry")

// parse splits an entry into its header and the value's JSON.
func parse(entry []byte) (*header, []byte, error) {
	end := bytes.IndexByte(entry, '\n')
	if end < 1 || entry[0] != layout {
		return nil, nil, errDamaged
	}
	h := new(header)
	if err := json.Unmarshal(entry[1:end], h); err != nil {
		return nil, nil, err
	}
	for i := range h.Warnings {
		wholeNumbers(h.Warnings[i].Path)
	}
	return h, bytes.TrimSpace(entry[end+1:]), nil
}

// wholeNumbers makes the indexes of a path what they were before they were JSON.
func wholeNumbers(path []any) {
	for i, p := range path {
		if f, ok := p.(float64); ok && f == math.Trunc(f) {
			path[i] = int(f)
		}
	}
}

// maxSkew is how far the replicas' clocks may be apart. An entry from further in the
// future is of unknown age.
const maxSkew = time.Second

// recall reads an entry; nil if it is of another generation, past its time, or not an
// entry at all.
func recall[T any](n *noun[T], entry []byte, g generation, mark uint64, now time.Time) *kept {
	if entry == nil {
		return nil
	}
	h, body, err := parse(entry)
	switch {
	case err != nil, h.Generation != g.token && !g.any, !now.Before(h.Until):
		return nil
	case h.None != nil:
		return newKept(h, nil, n.absent(*h.None), mark, len(entry), now)
	}
	v := new(T)
	if string(body) == "null" || json.Unmarshal(body, v) != nil {
		return nil
	}
	return newKept(h, n.dated(v, h.meta()), nil, mark, len(entry), now)
}
