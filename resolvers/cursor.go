package resolvers

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash"
	"strings"
	"sync"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// position is a place between two items of upstream's pages: behind the first skip
// items of the page that token names. The first page has no token and is named by
// its size, top: of another size it would end elsewhere.
type position struct {
	token string
	top   int
	skip  int
}

// scope is a hash of what a cursor belongs to: the field and the arguments that
// decide which items there are.
type scope [8]byte

// scopeOf returns what returns the scope of a query. Two queries have one scope only if
// they list the same items in the same order.
func scopeOf(parts ...any) func() scope {
	return sync.OnceValue(func() scope { return hashed(parts) })
}

func hashed(parts []any) scope {
	text, err := json.Marshal(parts)
	if err != nil {
		panic("a cursor's scope is made of plain data: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return scope(sum[:8])
}

// Cursors signs cursors and checks them. A cursor wraps upstream's whole next
// link, so a forged one could send our token anywhere below upstream's root.
type Cursors struct{ keys []*signer }

// NewCursors returns Cursors that sign with the first key and accept all of them.
// Without a key they sign with a random one, and no cursor outlives the process.
func NewCursors(keys ...string) *Cursors {
	c := &Cursors{}
	for _, key := range keys {
		c.keys = append(c.keys, newSigner(key))
	}
	if len(c.keys) == 0 {
		c.keys = []*signer{newSigner(rand.Text())}
	}
	return c
}

const (
	cursorVersion = 1
	macSize       = 16
)

var cursorEncoding = base64.RawURLEncoding.Strict()

// sign returns the cursor of a position: version, scope, top, skip, token, MAC.
func (c *Cursors) sign(s scope, p position) string {
	b := make([]byte, 0, 1+len(s)+1+binary.MaxVarintLen64+len(p.token)+macSize)
	b = append(b, cursorVersion)
	b = append(b, s[:]...)
	b = append(b, byte(p.top))                  //nolint:gosec // 100 at most
	b = binary.AppendUvarint(b, uint64(p.skip)) //nolint:gosec // a place in a page
	b = append(b, p.token...)
	return cursorEncoding.EncodeToString(c.keys[0].append(b, b))
}

// open returns the position that a cursor of this scope names.
func (c *Cursors) open(s scope, cursor string) (position, error) {
	refused := teamwork.InvalidInput([]string{"after"}, "after is not a cursor of this query with these arguments")
	raw, err := cursorEncoding.DecodeString(cursor)
	if err != nil || len(raw) < 1+len(s)+2+macSize || strings.ContainsAny(cursor, "\r\n") { // which even a strict decoder skips
		return position{}, refused
	}
	body, sum := raw[:len(raw)-macSize], raw[len(raw)-macSize:]
	if !c.signed(body, sum) || body[0] != cursorVersion || scope(body[1:1+len(s)]) != s {
		return position{}, refused
	}
	top, rest := int(body[1+len(s)]), body[2+len(s):]
	skip, n := binary.Uvarint(rest)
	if n <= 0 || skip > teamwork.LargePage*maxPages*100 || top != teamwork.PageSize(top) {
		return position{}, refused
	}
	return position{token: string(rest[n:]), top: top, skip: int(skip)}, nil
}

// signed reports whether any of the keys made sum.
func (c *Cursors) signed(body, sum []byte) bool {
	for _, key := range c.keys {
		if hmac.Equal(key.append(nil, body), sum) {
			return true
		}
	}
	return false
}

// signer makes MACs with one key, whose own hashes are made once.
type signer struct{ ready sync.Pool }

func newSigner(key string) *signer {
	return &signer{sync.Pool{New: func() any { return hmac.New(sha256.New, []byte(key)) }}}
}

// append appends body's MAC to b.
func (s *signer) append(b, body []byte) []byte {
	h := s.ready.Get().(hash.Hash)
	defer s.ready.Put(h)
	h.Reset()
	h.Write(body)
	var sum [sha256.Size]byte
	return append(b, h.Sum(sum[:0])[:macSize]...)
}
