package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"regexp"
	"strings"

	"github.com/teamwork-graphql/teamwork-graphql/internal/auth"
	"github.com/teamwork-graphql/teamwork-graphql/internal/web"
)

func (c *Config) checkListen() error {
	if _, _, err := net.SplitHostPort(c.ListenAddr); err != nil {
		return fmt.Errorf("LISTEN_ADDR=%q is not host:port, such as localhost:8080", c.ListenAddr)
	}
	for i, host := range c.AllowedHosts {
		host = strings.TrimSpace(host)
		c.AllowedHosts[i] = host
		if !web.IsHost(host) {
			return fmt.Errorf("ALLOWED_HOSTS holds %q, which is no name: no scheme, port or path, such as graphql.example.com", host)
		}
	}
	return nil
}

// checkCallers keeps a tenant's data from whoever can reach this server.
func (c *Config) checkCallers() error {
	for i, audience := range c.OIDCAudience {
		c.OIDCAudience[i] = strings.TrimSpace(audience)
	}
	verified := c.OIDCIssuer != "" || len(c.OIDCAudience) > 0
	switch why := auth.CheckIssuer(c.OIDCIssuer, web.IsLoopback); {
	case !verified && c.namesCallers() && !c.listensOnLoopback():
		return fmt.Errorf("GRAPH_AUTH=%s on LISTEN_ADDR=%s needs OIDC_ISSUER and OIDC_AUDIENCE: other machines can reach it, and nobody would be verified", c.GraphAuth, c.ListenAddr)
	case !verified:
		return nil
	case c.OIDCIssuer == "":
		return errors.New("OIDC_AUDIENCE needs OIDC_ISSUER")
	case len(c.OIDCAudience) == 0 || c.OIDCAudience[0] == "":
		return errors.New("OIDC_ISSUER needs OIDC_AUDIENCE: a token that is meant for somebody else must not do here")
	case why != "":
		return errors.New("OIDC_ISSUER " + why)
	case c.GraphAuth == "pass-through":
		return errors.New("OIDC_ISSUER has no use with GRAPH_AUTH=pass-through: tokens that are meant for Microsoft Graph can be verified by nobody else")
	case c.GraphAuth == "application" && !guid.MatchString(os.Getenv("AZURE_TENANT_ID")):
		return errors.New("OIDC_ISSUER with GRAPH_AUTH=application needs AZURE_TENANT_ID, as a GUID: only callers of that tenant are served")
	}
	return nil
}

// guid is how tokens name a tenant.
var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// namesCallers reports whether upstream is asked in the name of this program, so that it
// can't judge for itself who asks.
func (c *Config) namesCallers() bool {
	return c.GraphAuth == "application" || c.GraphAuth == "delegated"
}

// newAuth returns who may ask, and with which token upstream is asked.
func newAuth(cfg Config, upstream string, log *slog.Logger) (*auth.Auth, error) {
	var issuer *auth.Issuer
	if cfg.OIDCIssuer != "" {
		issuer = auth.NewIssuer(auth.IssuerOptions{Name: cfg.OIDCIssuer, Audiences: cfg.OIDCAudience, Logger: log})
	}
	switch cfg.GraphAuth {
	case "application":
		return auth.Application(upstream, os.Getenv, issuer)
	case "delegated":
		return auth.Delegated(upstream, os.Getenv, issuer)
	case "pass-through":
		return auth.PassThrough(upstream), nil
	}
	return auth.None(upstream, issuer), nil
}

// listensOnLoopback reports whether only this machine can reach the server.
func (c *Config) listensOnLoopback() bool { return onLoopback(c.ListenAddr) }

// onLoopback reports whether only this machine can reach a host:port.
func onLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	return err == nil && web.IsLoopback(host)
}
