package teamwork

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// Caller is who asks. Auth makes it, once a request.
type Caller struct {
	// Partition says whose answers these are: what one partition was told is
	// never shown to another. It holds no token.
	Partition string
	// Account is the application and the tenant that the caller's token claims to be
	// of, which nobody has verified; "" when it claims none, or is not the caller's.
	Account string
	// Token is the caller's own bearer token, "" unless the caller's token goes
	// upstream.
	Token Token
	// Expires is when the caller's token does: nothing that was read with it is served
	// afterwards. Zero when the token is not the caller's, or does not say.
	Expires time.Time
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
