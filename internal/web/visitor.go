package web

import (
	"context"
	"net/http"
	"net/netip"
)

// visitor is what is known of a request before anybody answers it. It is a context of its
// own, so that all of it costs one allocation and one copy of the request.
type visitor struct {
	context.Context
	id string
	client
}

type visitorKey struct{}

// Value answers for the visitor's key, and passes every other key on.
func (v *visitor) Value(key any) any {
	if _, mine := key.(visitorKey); mine {
		return v
	}
	return v.Context.Value(key)
}

// nobody is who asks outside of a request.
var nobody = &visitor{}

func visitorOf(ctx context.Context) *visitor {
	if v, ok := ctx.Value(visitorKey{}).(*visitor); ok {
		return v
	}
	return nobody
}

// receive finds out who asks, and gives the request an id.
func receive(proxies []netip.Prefix) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			v := &visitor{Context: r.Context(), id: idOf(r.Header), client: clientOf(r, proxies)}
			w.Header()[requestIDHeader] = []string{v.id}
			next.ServeHTTP(w, r.WithContext(v))
		})
	}
}

// RequestID returns the id given to the request that ctx belongs to; empty outside of one.
func RequestID(ctx context.Context) string { return visitorOf(ctx).id }

// ClientAddr returns the address that a request came from: the connection's, or what
// trusted proxies say of it. It is not valid for a request that was not served here.
func ClientAddr(ctx context.Context) netip.Addr { return visitorOf(ctx).addr }

// overTLS reports whether the client's connection is encrypted.
func overTLS(ctx context.Context) bool { return visitorOf(ctx).tls }
