package sandbox

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// place is where a page begins. Devices count from the front; operations, newest first, from the number of the last
// one seen, so that what is created meanwhile moves nobody's page.
type place struct {
	position int
	page     int // 1 is the first
}

var tokenShape = regexp.MustCompile(`^\+RID:~([A-Za-z0-9+/=]+)#RT:(\d{1,9})#`)

// token is shaped like the continuation tokens of the documented example: full of characters that must be encoded
// once, and only once. It is bound to its list: elsewhere it is worth nothing.
func (p place) token(list string) string {
	var position [12]byte
	binary.BigEndian.PutUint64(position[:], uint64(p.position)) //nolint:gosec // a place in a list
	h := fnv.New32a()
	fmt.Fprint(h, list, p)
	copy(position[8:], h.Sum(nil))
	return fmt.Sprintf("+RID:~%s#RT:%d#TRC:%d#RTD:%s#ISV:2#IEO:65551#QCF:4#FPC:AggBAAAA/ADgAAP+cAAAAAPAA==",
		base64.StdEncoding.EncodeToString(append(position[:], 0)), p.page, p.position,
		base64.StdEncoding.EncodeToString(h.Sum([]byte{0xfb, 0xff})))
}

// placeOf reads a token; only one that we would give out ourselves counts.
func placeOf(token, list string) (place, *problem) {
	wrong := badRequest("The $skiptoken is not valid.")
	m := tokenShape.FindStringSubmatch(token)
	if m == nil {
		return place{}, wrong
	}
	text, err := base64.StdEncoding.DecodeString(m[1])
	if err != nil || len(text) < 8 {
		return place{}, wrong
	}
	page, err := strconv.Atoi(m[2])
	p := place{int(binary.BigEndian.Uint64(text)), page} //nolint:gosec // what we would not have written is refused below
	if err != nil || p.token(list) != token {
		return place{}, wrong
	}
	return p, nil
}

// nextLink is absolute and keeps every other option exactly as it was written.
func (c *call) nextLink(p place, list string) string {
	var kept []string
	for part := range strings.SplitSeq(c.query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if text, err := url.QueryUnescape(name); err == nil {
			name = text
		}
		if part != "" && !strings.EqualFold(strings.TrimPrefix(name, "$"), "skiptoken") {
			kept = append(kept, part)
		}
	}
	kept = append(kept, "$skiptoken="+url.QueryEscape(p.token(list)))
	return c.root + "/" + strings.Trim(c.path, "/") + "?" + strings.Join(kept, "&")
}
