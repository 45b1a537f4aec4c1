package oidctest

import (
	"net/http"
	"net/url"
)

// authority is the token endpoint: for tokens on behalf of whoever another token was
// issued to.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
type authority struct {
	asked  []Exchange
	answer func(Exchange) (status int, body map[string]any)
}

// Exchange is one request of the token endpoint.
type Exchange struct {
	// Tenant is the path's.
	Tenant string
	// Form is all that was sent.
	Form url.Values
}

// Answer has the token endpoint answer so.
func (i *Issuer) Answer(answer func(Exchange) (status int, body map[string]any)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.authority.answer = answer
}

// Exchanges returns what the token endpoint was asked.
func (i *Issuer) Exchanges() []Exchange {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]Exchange(nil), i.authority.asked...)
}

// Refusal is what the endpoint says when it refuses, with the claims that it wants, if any.
func Refusal(code, claims string) (status int, body map[string]any) {
	body = map[string]any{
		"error": code, "error_description": "AADSTS50079: CANARY-description of person@example.com", "error_codes": []int{50079},
		"correlation_id": "55555555-5555-4555-8555-555555555555",
	}
	if claims != "" {
		body["claims"] = claims
	}
	return http.StatusBadRequest, body
}

// Granted is the endpoint's answer with a token for upstream.
func Granted(token string) (status int, body map[string]any) {
	return http.StatusOK, map[string]any{"token_type": "Bearer", "access_token": token, "expires_in": 3599, "ext_expires_in": 3599}
}

func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	exchange := Exchange{Tenant: r.PathValue("tenant"), Form: r.PostForm}
	i.mu.Lock()
	i.authority.asked = append(i.authority.asked, exchange)
	answer := i.authority.answer
	i.mu.Unlock()
	if answer == nil {
		answer = func(e Exchange) (int, map[string]any) {
			if e.Form.Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" || e.Form.Get("requested_token_use") != "on_behalf_of" {
				return Refusal("unsupported_grant_type", "")
			}
			return Granted("upstream-of-" + e.Form.Get("assertion"))
		}
	}
	status, body := answer(exchange)
	writeJSON(w, status, body)
}
