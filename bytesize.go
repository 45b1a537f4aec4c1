package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// byteSize is an amount of memory, written as bytes or in binary units.
type byteSize int64

var units = []struct {
	name string
	size byteSize
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

var errByteSize = errors.New("want bytes, or a whole number of KiB, MiB or GiB, such as 64MiB")

// UnmarshalText reads 65536, 64KiB, 64MiB or 1GiB.
func (b *byteSize) UnmarshalText(text []byte) error {
	number, factor := string(text), byteSize(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.name); ok {
			number, factor = strings.TrimSpace(rest), u.size
			break
		}
	}
	n, err := strconv.ParseUint(number, 10, 63)
	if err != nil || byteSize(n) > math.MaxInt64/factor {
		return errByteSize
	}
	*b = byteSize(n) * factor
	return nil
}

// String writes the largest unit that leaves a whole number.
func (b byteSize) String() string {
	for _, u := range units {
		if b >= u.size && b%u.size == 0 {
			return fmt.Sprintf("%d %s", b/u.size, u.name)
		}
	}
	return fmt.Sprintf("%d bytes", int64(b))
}
