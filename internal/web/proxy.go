package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
)

// ParseProxies reads addresses and networks, such as 10.0.0.0/8.
func ParseProxies(texts []string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			addr, errAddr := netip.ParseAddr(text)
			if errAddr != nil {
				return nil, fmt.Errorf("%q is neither an address nor a network such as 10.0.0.0/8", text)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		all = append(all, prefix.Masked())
	}
	return all, nil
}

// client is who a request came from, as far as proxies can be believed.
type client struct {
	addr netip.Addr
	tls  bool
}

// clientOf looks behind the proxies that are trusted. What anybody else says of where a
// request came from is not believed.
func clientOf(r *http.Request, proxies []netip.Prefix) client {
	c := client{tls: r.TLS != nil}
	if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		c.addr = at.Addr().Unmap()
	}
	if within(c.addr, proxies) {
		c = forwarded(c, r.Header, proxies)
	}
	return c
}

func within(addr netip.Addr, networks []netip.Prefix) bool {
	for _, network := range networks {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

// forwarded is what the last proxy says. Each proxy adds whom it heard at the end, so the
// first from there that is no proxy of ours is the client; what stands before it is what
// the client made up.
func forwarded(c client, header http.Header, proxies []netip.Prefix) client {
	hops := strings.Split(strings.Join(header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		addr, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		c.addr = addr.Unmap()
		if !within(c.addr, proxies) {
			break
		}
	}
	if said := header.Values("X-Forwarded-Proto"); len(said) > 0 {
		protos := strings.Split(said[len(said)-1], ",")
		c.tls = strings.EqualFold(strings.TrimSpace(protos[len(protos)-1]), "https")
	}
	return c
}
