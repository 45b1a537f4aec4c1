package quick

import (
	"bytes"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// sets are the last few sets of identities, with their texts. What was done to a tenant's
// devices was done by few, and a page says of each operation again who they are.
type sets struct {
	known [4]struct {
		text []byte
		set  *teamwork.IdentitySet
	}
	next int
}

// who reads a set of identities, or null. Those that are spelled alike are one: nobody may
// write to it.
func (r *Reader) who() *teamwork.IdentitySet {
	if r.null() {
		return nil
	}
	for i := range r.sets.known {
		if k := &r.sets.known[i]; k.set != nil && bytes.HasPrefix(r.body[r.at:], k.text) { // it ends with its own bracket
			r.at += len(k.text)
			return k.set
		}
	}
	start, set := r.at, new(teamwork.IdentitySet)
	if readIdentitySet(r, set); !r.odd {
		k := &r.sets.known[r.sets.next]
		k.text, k.set = r.body[start:r.at], set
		r.sets.next = (r.sets.next + 1) % len(r.sets.known)
	}
	return set
}
