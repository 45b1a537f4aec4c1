package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// staysOpen splits off requests whose answer may stay open: those for a WebSocket go to sockets,
// unless it is nil, and those that take an event stream to streams.
func staysOpen(sockets, streams, other http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case sockets != nil && isUpgrade(r):
			sockets.ServeHTTP(w, r)
		case takesEvents(r):
			streams.ServeHTTP(w, r)
		default:
			other.ServeHTTP(w, r)
		}
	})
}

// isUpgrade reports whether a request asks for a WebSocket, rightly or not.
func isUpgrade(r *http.Request) bool {
	return slices.ContainsFunc(r.Header.Values("Upgrade"), func(v string) bool {
		return strings.Contains(strings.ToLower(v), "websocket")
	})
}

// onlyOrigins refuses sockets of pages of other origins, for which browsers ask nobody
// first. Who is no browser sends no Origin.
func onlyOrigins(origins []string) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			origin := r.Header.Get("Origin")
			allowed := origin == "" || sameOrigin(origin, r.Host) ||
				slices.ContainsFunc(origins, func(o string) bool { return strings.EqualFold(o, origin) })
			if !allowed || len(r.Header.Values("Origin")) > 1 {
				writeError(w, r, http.StatusForbidden, "FORBIDDEN", "pages of this origin may not open a socket here; see ALLOWED_ORIGINS")
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// sameOrigin compares hosts and ports; the scheme is not known behind a proxy.
func sameOrigin(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}
