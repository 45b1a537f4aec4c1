package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// onlyLoopbackNames refuses a request that was meant for another name. A page of
// elsewhere whose name was made to lead to this machine (DNS rebinding) is of one
// origin with it, and only the name tells.
func onlyLoopbackNames(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopbackName(r.Host) {
			writeError(w, r, http.StatusMisdirectedRequest, "MISDIRECTED", "this server answers to loopback names only, such as localhost")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLoopbackName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return IsLoopback(strings.Trim(host, "[]"))
}

// IsLoopback reports whether a host, without a port, can only be this machine.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
