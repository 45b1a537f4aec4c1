package main

import (
	"fmt"
	"io"
	"net"
	"strconv"
)

// banner says which upstream, which cache, which addresses.
func (p *parts) banner(w io.Writer, addr net.Addr, admin net.Listener) {
	upstream := p.upstream + ", token: " + p.cfg.GraphAuth
	if p.cfg.sandboxed() {
		upstream = "the sandbox in this process: an invented tenant, not Microsoft"
	}
	if kept := p.cfg.pace(); kept.rate > 0 {
		upstream += ", " + kept.String()
	}
	fmt.Fprintf(w, "teamwork-graphql %s\n  upstream  %s\n  cache     %s\n  address   http://%s  (open it: the console; GraphiQL: /graphiql; endpoint: /graphql)\n",
		version(), upstream, p.remembered(), openable(addr))
	if admin != nil {
		fmt.Fprintf(w, "  metrics   http://%s/metrics\n", openable(admin.Addr()))
	}
	for _, note := range append(p.cautions(), p.notes...) {
		fmt.Fprintln(w, "  note      "+note)
	}
}

// remembered says where answers are kept.
func (p *parts) remembered() string {
	switch {
	case p.cfg.Cache == "off" && p.cfg.RedisURL != "":
		return "off (" + p.store.String() + " holds what replicas share besides)"
	case p.cfg.Cache == "off":
		return "off"
	case p.cfg.RedisURL == "" && p.cfg.CacheMemory == 0:
		return "none (CACHE_MEMORY=0, and no REDIS_URL)"
	case p.cfg.RedisURL == "":
		return "memory, " + p.cfg.CacheMemory.String()
	}
	return p.store.String() + ", and " + p.cfg.CacheMemory.String() + " of memory"
}

// cautions are what an operator may not know.
func (p *parts) cautions() (notes []string) {
	if len(p.cfg.CursorKeys) == 0 {
		notes = append(notes, "CURSOR_KEY is not set: paging does not survive a restart, nor does it work across replicas")
	}
	if p.cfg.sandboxed() && p.cfg.RedisURL != "" {
		notes = append(notes, "each sandbox is a tenant of its own: replicas share answers only when they share a GRAPH_URL")
	}
	if !p.cfg.listensOnLoopback() && len(p.cfg.AllowedHosts) == 0 {
		notes = append(notes, "other machines can reach this address, but loopback names only are answered: set ALLOWED_HOSTS to the names that others use")
	}
	if !p.cfg.listensOnLoopback() && p.cfg.GraphAuth != "pass-through" && p.cfg.OIDCIssuer == "" {
		notes = append(notes, "other machines can reach this address, and nobody is asked who they are")
	}
	return notes
}

// openable returns an address that a browser on this machine can open.
func openable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("localhost", strconv.Itoa(tcp.Port))
	}
	return addr.String()
}
