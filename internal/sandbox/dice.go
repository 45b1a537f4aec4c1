package sandbox

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// dice are what everything invented is rolled with. They depend on nothing but the seed and what they are rolled for,
// so one thing never changes because another was invented before it.
type dice struct{ *rand.Rand }

func roll(seed int64, what string, which ...int) dice {
	h := fnv.New64a()
	fmt.Fprint(h, what, which)
	return dice{rand.New(rand.NewPCG(uint64(seed), h.Sum64()))} //nolint:gosec // any bits will do
}

// guid looks like a GUID and is none of the versions of RFC 9562, like the ids in Microsoft's own examples: an id is
// an opaque string.
func (d dice) guid() string {
	hi, lo := d.Uint64(), d.Uint64()
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xffff, lo>>48, lo&0xffffffffffff)
}

// chance is true once in n.
func (d dice) chance(n int) bool { return d.IntN(n) == 0 }

// between is a time from lo to hi, in whole milliseconds, as the wire has them.
func (d dice) between(lo, hi time.Duration) time.Duration {
	return (lo + time.Duration(d.Int64N(int64(hi-lo)+1))).Truncate(time.Millisecond)
}

// hex is a string of n hexadecimal digits, upper case, for serial numbers and the like.
func (d dice) hex(n int) string {
	const digits = "0123456789ABCDEF"
	text := make([]byte, n)
	for i := range text {
		text[i] = digits[d.IntN(len(digits))]
	}
	return string(text)
}

func pick[T any](d dice, list []T) T { return list[d.IntN(len(list))] }
