package web

import (
	"encoding/json"
	"net/url"
)

// Console is what the console's page is told before its first question. The zero value
// is a console for everybody, before a real upstream.
type Console struct {
	// Sandbox says that upstream is an invented tenant, so that the page can say it too.
	Sandbox bool `json:"sandbox,omitempty"`
	// UpdateVersions says that a software update can name its version to upstream.
	UpdateVersions bool `json:"updateVersions,omitempty"`
	// SignIn is how callers get the tokens that this server wants; nil when it wants none.
	SignIn *SignIn `json:"signIn,omitempty"`
}

// SignIn is a public client of OpenID Connect, which has no secret. Nothing here is one.
type SignIn struct {
	ClientID string `json:"clientId"`
	// Authority is the issuer, below which its discovery document is. The page talks to
	// its origin, and to no other.
	Authority string `json:"authority"`
	Scope     string `json:"scope"`
}

// graphiqlPolicy names all that GraphiQL loads. Monaco writes its styles inline, and GraphiQL's style sheet holds its
// fonts as data URLs, as the page holds its icon. Workers are files of ours.
const graphiqlPolicy = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; " +
	"style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// policy names all that the console loads: files of ours, and nothing written inline.
// Browsers take 'self' for sockets of this origin too.
func (c Console) policy() string {
	connect := "'self'"
	if c.SignIn != nil {
		if issuer, err := url.Parse(c.SignIn.Authority); err == nil {
			connect += " " + issuer.Scheme + "://" + issuer.Host
		}
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; connect-src " + connect + "; img-src 'self' data:; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// settings is the console as its page reads it.
func (c Console) settings() string {
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and booleans always have a JSON
	}
	return string(text)
}
