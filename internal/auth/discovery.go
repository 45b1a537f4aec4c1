package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxDocument bounds what is read of an issuer, in bytes.
const maxDocument = 1 << 20

// newClient returns a client for what is fetched a few times an hour. It keeps no
// connection, and follows no redirect: an issuer says where things are.
func newClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// fetch finds the issuer's keys by its discovery document.
// https://openid.net/specs/openid-connect-discovery-1_0.html
func (k *keys) fetch(ctx context.Context) (map[string][]key, error) {
	where := strings.TrimSuffix(strings.ReplaceAll(k.issuer, tenantPart, "common"), "/") + "/.well-known/openid-configuration"
	text, err := k.get(ctx, where)
	if err != nil {
		return nil, err
	}
	var document struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	if document.Issuer != k.issuer {
		return nil, fmt.Errorf("%s is of the issuer %q, not of OIDC_ISSUER", where, document.Issuer)
	}
	if !asSafe(k.issuer, document.Keys) {
		return nil, fmt.Errorf("%s names keys that would not come over https", where)
	}
	if text, err = k.get(ctx, document.Keys); err != nil {
		return nil, err
	}
	byID, err := readKeys(text)
	if err == nil && len(byID) == 0 {
		err = errors.New("it has no key to verify with")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", document.Keys, err)
	}
	return byID, nil
}

// asSafe reports whether keys come on a way as good as the issuer's own.
func asSafe(issuer, where string) bool {
	from, err := url.Parse(issuer)
	if err != nil {
		return false
	}
	to, err := url.Parse(where)
	return err == nil && to.Host != "" && (to.Scheme == "https" || to.Scheme == from.Scheme && to.Host == from.Host)
}

func (k *keys) get(ctx context.Context, where string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, where, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := k.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", where, resp.Status)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxDocument+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	if len(text) > maxDocument {
		return nil, fmt.Errorf("%s is longer than 1 MiB", where)
	}
	return text, nil
}
