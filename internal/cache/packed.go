package cache

import (
	"hash/crc32"
	"sync"

	"github.com/klauspost/compress/s2"
)

const (
	// packAbove is the size of a value's JSON from which on it is compressed.
	packAbove = 1 << 10
	// maxPacked is what a compressed value may grow to: more than any page has, and
	// little enough that crafted bytes do no harm.
	maxPacked = 16 << 20
	// maxPooled is how large a buffer may be and still be kept for the next value.
	maxPooled = 1 << 20
)

var checksums = crc32.MakeTable(crc32.Castagnoli)

// checksum tells whether what was unpacked is what was packed: s2 finds only the damage
// that makes no sense. It is never 0, which is no checksum.
func checksum(body []byte) uint32 { return max(1, crc32.Checksum(body, checksums)) }

// unpack returns what body was before it was packed, to be given back once it was read.
func unpack(body []byte, sum uint32) (whole []byte, giveBack func(), err error) {
	size, err := s2.DecodedLen(body)
	if err != nil || size > maxPacked {
		return nil, nil, errDamaged
	}
	p := buffers.Get().(*[]byte)
	whole, err = s2.Decode((*p)[:0], body)
	if err != nil || checksum(whole) != sum {
		return nil, nil, errDamaged
	}
	return whole, func() { keepBuffer(p, whole) }, nil
}

// pack returns a smaller body, to be given back once it was copied; nil if there is none.
func pack(body []byte) (packed []byte, giveBack func()) {
	if len(body) <= packAbove || len(body) > maxPacked {
		return nil, func() {}
	}
	p := buffers.Get().(*[]byte)
	packed = s2.Encode((*p)[:0], body)
	giveBack = func() { keepBuffer(p, packed) }
	if len(packed) >= len(body) {
		return nil, giveBack
	}
	return packed, giveBack
}

// buffers are for what nobody holds on to.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func keepBuffer(p *[]byte, used []byte) {
	if cap(used) <= maxPooled {
		*p = used
		buffers.Put(p)
	}
}
