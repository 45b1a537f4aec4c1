package ledger

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// state is how far a key is.
type state string

const (
	claimed  state = "claimed"  // it may have been sent
	done     state = "done"     // this is the outcome
	freed    state = "freed"    // nothing happened, and nothing stands in the way
	doubtful state = "doubtful" // upstream refused, and may have done it
)

// record is what the store holds under a key's name. It holds no key and no token.
type record struct {
	State state  `json:"state"`
	By    string `json:"by"` // whose claim it is, or was
	Input string `json:"input"`
	// At is when it was claimed; of a doubtful one, when the first was sent that upstream
	// may have done.
	At time.Time `json:"at"`
	// Until is when it is forgotten, though the store may hold it for longer. Zero leaves
	// that to the store.
	Until     time.Time                 `json:"until,omitzero"`
	Operation *teamwork.DeviceOperation `json:"operation,omitempty"`
	FetchedAt teamwork.DateTime         `json:"fetchedAt,omitzero"`
	Warnings  []teamwork.Warning        `json:"warnings,omitempty"`
	Error     *failure                  `json:"error,omitempty"`
}

// failure is a teamwork.Error without what only the log may know.
type failure struct {
	Kind       string                   `json:"kind"`
	Message    string                   `json:"message,omitempty"`
	Path       []string                 `json:"path,omitempty"`
	RetryAfter time.Duration            `json:"retryAfter,omitempty"`
	Upstream   *teamwork.UpstreamAnswer `json:"upstream,omitempty"`
	Unsent     bool                     `json:"unsent,omitempty"`
}

// encode returns what the store is to hold of a record that is written now, and for how
// long.
func (s *Service) encode(r record) (text []byte, ttl time.Duration, err error) {
	r.Until, ttl = time.Time{}, freedFor
	if r.State != freed {
		r.Until, ttl = s.now().Add(keptFor), s.heldFor
	}
	text, err = json.Marshal(r)
	return text, ttl, err
}

// isOver reports whether a record counts as missing.
func (r record) isOver(now time.Time) bool { return !r.Until.IsZero() && !now.Before(r.Until) }

// decode reports whether the store's value is a record of ours.
func decode(value []byte) (r record, ok bool) {
	if json.Unmarshal(value, &r) != nil {
		return record{}, false
	}
	switch r.State {
	case claimed:
		return r, r.By != ""
	case done:
		return r, r.Operation != nil || r.Error != nil
	case doubtful:
		return r, r.Error != nil
	}
	return r, r.State == freed
}

// with returns the record with an outcome.
func (r record) with(got teamwork.CreateResult) record {
	if op := got.Operation; op != nil {
		r.State, r.Operation, r.Error = done, op, nil
		r.FetchedAt, r.Warnings = op.Meta.FetchedAt, op.Meta.Warnings
		return r
	}
	r.State, r.Error = after(got.Err), failureOf(got.Err)
	return r
}

// after says what a create that failed leaves behind.
func after(err error) state {
	e, ours := errors.AsType[*teamwork.Error](err)
	switch {
	case !ours:
		return done
	case e.Unsent:
		return freed
	}
	switch e.Kind {
	case teamwork.Invalid, teamwork.Unauthenticated, teamwork.Forbidden, teamwork.NotFound, teamwork.Conflict, teamwork.Rejected, teamwork.KeyReused:
		return freed
	case teamwork.Throttled, teamwork.Unavailable:
		return doubtful
	}
	return done // the outcome is unknown
}

func failureOf(err error) *failure {
	e, ours := errors.AsType[*teamwork.Error](err)
	switch {
	case ours && e.Unsent && e.Kind == teamwork.Internal:
		return &failure{Kind: teamwork.Unavailable.String(), Unsent: true, Message: "an earlier request with this idempotency key failed before it sent the create"}
	case !ours, e.Kind == teamwork.Internal:
		return &failure{Kind: teamwork.OutcomeUnknown.String(), Message: "an earlier request with this idempotency key failed over the create, and may have sent it"}
	}
	return &failure{Kind: e.Kind.String(), Message: e.Message, Path: e.Path, RetryAfter: e.RetryAfter, Upstream: e.Upstream, Unsent: e.Unsent}
}

// result tells the outcome again.
func (r record) result() teamwork.CreateResult {
	if r.Operation != nil {
		op := *r.Operation
		op.Meta = teamwork.ResourceMeta{FetchedAt: r.FetchedAt, FreshUntil: r.FetchedAt, Stale: true, Warnings: r.Warnings}
		return teamwork.CreateResult{Operation: &op, Replayed: true, SentAt: r.At}
	}
	e := &teamwork.Error{
		Kind: kindNamed(r.Error.Kind), Op: "told again", Message: r.Error.Message, Path: r.Error.Path, RetryAfter: r.Error.RetryAfter,
		Upstream: r.Error.Upstream, Unsent: r.Error.Unsent,
	}
	return teamwork.CreateResult{Err: e, Replayed: true, SentAt: r.At}
}

// kindNamed returns OutcomeUnknown for a kind of another version.
func kindNamed(name string) teamwork.Kind {
	for _, k := range teamwork.Kinds() {
		if k.String() == name {
			return k
		}
	}
	return teamwork.OutcomeUnknown
}
