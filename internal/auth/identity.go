package auth

import (
	"slices"
	"strings"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// leeway is how far the issuer's clock may be ahead of ours. Nothing is added to the end
// of a token: clients renew theirs minutes before.
const leeway = time.Minute

// tenantPart stands for the tenant in the name of an issuer that serves many.
const tenantPart = "{tenantid}"

// identity is whom a verified token is of.
type identity struct {
	issuer, tenant, subject, object, app string
	scopes                               []string // sorted, each once
	expires                              time.Time
}

var (
	errOtherIssuer   = invalid("the token is of another issuer")
	errOtherAudience = invalid("the token is meant for another audience")
	errExpired       = invalid("the token has expired")
	errTooEarly      = invalid("the token is not valid yet")
	errNobody        = invalid("the token names nobody")
)

// identify reads claims, and refuses those of a token that is not for us, or not for now.
func (i *Issuer) identify(claims members, now time.Time) (who identity, err error) {
	who = identity{
		issuer: claims.text("iss"), tenant: claims.text("tid"), subject: claims.text("sub"), object: claims.text("oid"), app: claims.text("azp"),
	}
	if who.app == "" {
		who.app = claims.text("appid")
	}
	if !i.is(who.issuer, who.tenant) {
		return who, errOtherIssuer
	}
	audiences := claims.list("aud")
	if !slices.ContainsFunc(audiences, func(a string) bool { return slices.Contains(i.audiences, a) }) {
		return who, errOtherAudience
	}
	if who.expires, err = lifetime(claims, now); err != nil {
		return who, err
	}
	if who.object == "" && who.subject == "" {
		return who, errNobody
	}
	who.scopes = scopesOf(claims)
	return who, nil
}

// is reports whether a token's issuer is this one. One that serves many tenants names the
// tenant, and the token must be of it.
func (i *Issuer) is(issuer, tenant string) bool {
	if !strings.Contains(i.name, tenantPart) {
		return issuer == i.name
	}
	return tenant != "" && !strings.ContainsAny(tenant, "/?#%{}") && issuer == strings.ReplaceAll(i.name, tenantPart, tenant)
}

// lifetime returns when a token expires, if now is between its times.
func lifetime(claims members, now time.Time) (expires time.Time, err error) {
	end, ok := claims.number("exp")
	if !ok || end < 0 || end > lastSecond {
		return time.Time{}, errExpired
	}
	expires = time.Unix(int64(end), 0)
	if !now.Before(expires) {
		return time.Time{}, errExpired
	}
	if _, given := claims["nbf"]; !given {
		return expires, nil
	}
	begin, ok := claims.number("nbf")
	if !ok || begin > lastSecond || now.Add(leeway).Before(time.Unix(int64(max(0, begin)), 0)) {
		return time.Time{}, errTooEarly
	}
	return expires, nil
}

// scopesOf returns what a token grants: a person's scopes, which are one text with
// blanks, and app roles, which are a list.
// https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
func scopesOf(claims members) []string {
	var all []string
	for _, name := range []string{"scp", "roles"} {
		words := claims.list(name)
		for _, w := range words {
			all = append(all, strings.Fields(w)...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// as returns the caller that a mode makes of everyone, with what is known of this one.
func (w identity) as(everyone teamwork.Caller) *teamwork.Caller {
	everyone.Expires, everyone.Subject = w.expires, w.name()
	everyone.Tenant, everyone.ObjectID, everyone.AppID = w.tenant, w.object, w.app
	everyone.Scopes = w.scopes
	return &everyone
}

// name stands for the person or program, whichever token says so: oid is the same for all
// applications, sub is not.
func (w identity) name() string {
	if w.object != "" {
		return partition("subject", w.issuer, w.tenant, "oid", w.object)
	}
	return partition("subject", w.issuer, w.tenant, "sub", w.subject)
}
