package cache

import (
	"crypto/rand"
	"strconv"
	"strings"
	"time"
)

// A token is what a device's entries hang on: an epoch, what nobody wrote before, and when
// an operation was last created. What can't change any more, as a final operation, hangs
// on the epoch alone: a create, or a change that was seen, begins no new one. Only a
// refusal does, and a store that lost the token.

// newToken returns a token of an epoch that nobody wrote before, of a new one if epoch is
// "". It tells all replicas when the create was.
func newToken(epoch string, created time.Time) string {
	if epoch == "" {
		epoch = rand.Text() + "."
	}
	return epoch + rand.Text() + "@" + strconv.FormatInt(created.UnixMilli(), 10)
}

// epochOf returns a token's epoch, "" if it has none, as those of older versions.
func epochOf(token string) string { return token[:strings.IndexByte(token, '.')+1] }

// createdIn returns when the create was that led to token, zero if it does not
// say.
func createdIn(token string) time.Time {
	i := strings.LastIndexByte(token, '@')
	ms, err := strconv.ParseInt(token[i+1:], 10, 64)
	if i < 0 || err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
