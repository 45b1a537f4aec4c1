package teamwork

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"
)

// Caller is who asks. Auth makes it, once a request or once a token, and nobody changes it
// afterwards.
type Caller struct {
	// Partition says whose answers these are: what one partition was told is
	// never shown to another. It holds no token.
	Partition string
	// Account is the application and the tenant whose budget upstream charges, as far as
	// the caller's token says: it counts once upstream has taken that token. "" when it
	// says nothing, or when all callers have one.
	Account string
	// Token is the caller's own bearer token, "" unless it goes upstream, or is what
	// upstream's is made of.
	Token Token
	// Expires is when the caller's token does: streams and sockets end then, and unless
	// Shared nothing that was read with it is served afterwards. Zero when nobody looked at
	// a token, or it does not say.
	Expires time.Time
	// Shared says that the partition is not this one token's: what was read for it outlives
	// it, for whoever else is of the partition.
	Shared bool
	// Subject stands for the person or the program that the issuer vouches for, within its
	// tenant: a hash, fit for the keys of what replicas share. "" when nobody was verified,
	// and then what is claimed of the caller counts for nothing.
	Subject string
	// Tenant, ObjectID and AppID say who that is: the directory, the person or program in
	// it, and the application that they use. They are for an audit, and stand in no log,
	// metric or trace. Each may be "".
	Tenant, ObjectID, AppID string
	// Scopes are what the verified token grants: its scp and its roles.
	Scopes []string
	// AllScopes says that scopes are nobody's affair here: there is no token, or upstream
	// judges it.
	AllScopes bool
}

// Grants reports whether the caller may do what a scope is asked for. Nobody may.
func (c *Caller) Grants(scope string) bool {
	return c != nil && (c.AllScopes || slices.Contains(c.Scopes, scope))
}

// Token is a bearer token. It prints, logs and is encoded as a placeholder.
type Token string

// String hides the token.
func (Token) String() string { return "[token]" }

// Format hides the token from fmt, whatever the verb.
func (Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[token]") }

// MarshalText hides the token from encoding/json.
func (Token) MarshalText() ([]byte, error) { return []byte("[token]"), nil }

// LogValue hides the token from log/slog.
func (Token) LogValue() slog.Value { return slog.StringValue("[token]") }

type callerKey struct{}

// WithCaller returns a context that carries c.
func WithCaller(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerFrom returns the context's Caller; nil when nobody was identified, and
// then nothing may be remembered.
func CallerFrom(ctx context.Context) *Caller {
	c, _ := ctx.Value(callerKey{}).(*Caller)
	return c
}
