package web

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// onlyNames refuses a request that was meant for a name which is neither loopback's nor one
// of these. A page of elsewhere whose name was made to lead here (DNS rebinding) is of one
// origin with this server, and only the name tells.
func onlyNames(allowed []string) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			host := nameOf(r.Host)
			known := IsLoopback(host) || slices.ContainsFunc(allowed, func(a string) bool { return strings.EqualFold(a, host) })
			if !known && !(isHealth(r.URL.Path) && isAddress(host)) {
				writeError(w, r, http.StatusMisdirectedRequest, "MISDIRECTED", "this server does not answer to that name; see ALLOWED_HOSTS")
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// nameOf returns the name or the address in a Host header.
func nameOf(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.TrimSuffix(strings.Trim(host, "[]"), ".")
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

func isHealth(path string) bool { return path == "/healthz" || path == "/readyz" }

// IsLoopback reports whether a host, without a port, can only be this machine.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// IsHost reports whether a text is a name or an address that a Host header may hold, without
// a port.
func IsHost(text string) bool {
	if isAddress(text) {
		return true
	}
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !(r == '-' || r == '_' || r == '.' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z')
	}) && !strings.HasSuffix(text, ".")
}
