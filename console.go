package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/teamwork-graphql/teamwork-graphql/internal/msgraph"
	"github.com/teamwork-graphql/teamwork-graphql/internal/web"
)

// console is what the console's page is told.
func (c *Config) console() web.Console {
	told := web.Console{Sandbox: c.sandboxed(), UpdateVersions: c.CreateRoute == msgraph.Actions}
	if c.ConsoleClient != "" {
		told.SignIn = &web.SignIn{ClientID: c.ConsoleClient, Authority: c.authority(), Scope: c.ConsoleScope}
	}
	return told
}

// authority is where the console signs callers in: who verifies them says by whom they
// are known. An issuer of many tenants has one for people of all of them.
func (c *Config) authority() string {
	return cmp.Or(c.ConsoleIssuer, strings.ReplaceAll(c.OIDCIssuer, "{tenantid}", "organizations"))
}

// checkConsole refuses a sign-in that could not work, or that would tell others.
func (c *Config) checkConsole() error {
	switch {
	case c.ConsoleClient == "" && c.ConsoleIssuer == "":
		return nil
	case c.authority() == "":
		return errors.New("CONSOLE_CLIENT_ID needs CONSOLE_AUTHORITY or OIDC_ISSUER, the issuer that knows it")
	case c.ConsoleClient == "":
		return errors.New("CONSOLE_AUTHORITY needs CONSOLE_CLIENT_ID")
	}
	u, err := url.Parse(c.authority())
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil ||
		u.Scheme != "https" && (u.Scheme != "http" || !web.IsLoopback(u.Hostname())) {
		return fmt.Errorf("CONSOLE_AUTHORITY=%q is no issuer: an https URL without a query, or http on loopback", c.authority())
	}
	return nil
}
