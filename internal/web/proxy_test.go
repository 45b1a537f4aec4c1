package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestOnlyTrustedProxiesSayWhereARequestCameFrom(t *testing.T) {
	proxies, err := ParseProxies([]string{"10.0.0.0/8", "192.168.1.7", "fd00::/8"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, remote string
		forwarded    []string
		proto        string
		addr         string
		tls          bool
	}{
		{"no proxy", "203.0.113.9:4711", nil, "", "203.0.113.9", false},
		{"a stranger who pretends", "203.0.113.9:4711", []string{"198.51.100.1"}, "https", "203.0.113.9", false},
		{"a proxy", "10.1.2.3:80", []string{"198.51.100.1"}, "https", "198.51.100.1", true},
		{"a proxy over http", "10.1.2.3:80", []string{"198.51.100.1"}, "http", "198.51.100.1", false},
		{"a client who pretends to a proxy", "10.1.2.3:80", []string{"1.1.1.1, 198.51.100.1"}, "", "198.51.100.1", false},
		{"two proxies", "10.1.2.3:80", []string{"1.1.1.1, 198.51.100.1, 192.168.1.7"}, "https, https", "198.51.100.1", true},
		{"two headers", "10.1.2.3:80", []string{"1.1.1.1", "198.51.100.1"}, "", "198.51.100.1", false},
		{"a client that says https to a proxy over http", "10.1.2.3:80", []string{"198.51.100.1"}, "https, http", "198.51.100.1", false},
		{"a proxy that says nothing", "10.1.2.3:80", nil, "", "10.1.2.3", false},
		{"nonsense", "10.1.2.3:80", []string{"<script>"}, "", "10.1.2.3", false},
		{"nonsense before the client", "10.1.2.3:80", []string{"x, 198.51.100.1"}, "", "198.51.100.1", false},
		{"IPv6", "[fd00::1]:80", []string{"2001:db8::5"}, "https", "2001:db8::5", true},
		{"IPv4 in IPv6", "[::ffff:10.1.2.3]:80", []string{"::ffff:198.51.100.1"}, "", "198.51.100.1", false},
		{"no address", "@", []string{"198.51.100.1"}, "https", "invalid IP", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.RemoteAddr = c.remote
			r.Header["X-Forwarded-For"] = c.forwarded
			if c.proto != "" {
				r.Header.Set("X-Forwarded-Proto", c.proto)
			}
			receive(proxies)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if addr := ClientAddr(r.Context()); addr.String() != c.addr || overTLS(r.Context()) != c.tls {
					t.Errorf("from %s, encrypted: %v", addr, overTLS(r.Context()))
				}
			})).ServeHTTP(httptest.NewRecorder(), r)
		})
	}
}

func TestProxiesAreAddressesAndNetworks(t *testing.T) {
	for _, text := range []string{"", "proxy.example", "10.0.0.0/33", "10.0.0.0/8/8", "*"} {
		if _, err := ParseProxies([]string{text}); err == nil || !strings.Contains(err.Error(), "neither") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
