package auth

import (
	"net/http"
	"strings"

	"github.com/maypok86/otter/v2"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// knownWeight bounds the remembered callers, in bytes: some ten thousand. One more costs
// somebody a verification. callerWeight is what one weighs beside the token.
const (
	knownWeight  = 24 << 20
	callerWeight = 1 << 10
)

// door lets callers in whom the issuer vouches for, and remembers them until their tokens
// expire. A token that was refused is not remembered: nobody can fill it.
//
// They are found by the whole token, in this process's memory only. A hash that stands up
// to who may choose tokens would take longer than all the rest.
type door struct {
	issuer *Issuer
	// admit makes a caller of whom a token is of, or refuses.
	admit func(who identity, token string) (*teamwork.Caller, error)
	known *otter.Cache[string, known]
}

// known is a caller whose token was verified, with the keys of that generation.
type known struct {
	caller     *teamwork.Caller
	generation uint64
}

func newDoor(issuer *Issuer, admit func(identity, string) (*teamwork.Caller, error)) *door {
	return &door{issuer: issuer, admit: admit, known: otter.Must(&otter.Options[string, known]{
		MaximumWeight: knownWeight,
		Weigher:       func(token string, _ known) uint32 { return uint32(len(token) + callerWeight) },
	})}
}

func (d *door) identify(h http.Header) (*teamwork.Caller, error) {
	token, err := bearer(h)
	if err != nil {
		return nil, err
	}
	generation := d.issuer.keys.generation.Load()
	k, ok := d.known.GetIfPresent(token)
	if ok && k.generation == generation && d.issuer.now().Before(k.caller.Expires) {
		return k.caller, nil
	}
	if ok {
		d.known.Invalidate(token)
	}
	return d.verify(strings.Clone(token), generation)
}

func (d *door) verify(token string, generation uint64) (*teamwork.Caller, error) {
	who, err := d.issuer.verify(token)
	if err != nil {
		return nil, err
	}
	caller, err := d.admit(who, token)
	if err != nil {
		return nil, err
	}
	d.known.Set(token, known{caller: caller, generation: generation})
	return caller, nil
}
