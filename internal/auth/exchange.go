package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// refusedPause is for how long a token that was refused is not exchanged again: it stays
// what it is, and the endpoint counts.
const refusedPause = 10 * time.Second

// exchange is a credential whose errors say whose fault they are, and hold nothing of
// what the endpoint said of a person.
type exchange struct {
	cred azcore.TokenCredential
	now  func() time.Time

	mu      sync.Mutex
	refused *teamwork.Error
	until   time.Time
}

// GetToken returns a token that speaks for the caller.
func (e *exchange) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if err := e.lately(); err != nil {
		return azcore.AccessToken{}, noToken{err}
	}
	token, err := e.cred.GetToken(ctx, opts)
	switch {
	case err == nil:
		return token, nil
	case ctx.Err() != nil: // which azidentity's error does not wrap
		return token, fmt.Errorf("the exchange of a token: %w", ctx.Err())
	}
	failed := exchangeError(err)
	failed.Unsent = opts.Claims == "" // else a challenge was answered
	if failed.Kind == teamwork.Unauthenticated {
		e.mu.Lock()
		e.refused, e.until = failed, e.now().Add(refusedPause)
		e.mu.Unlock()
	}
	return token, noToken{failed}
}

// lately returns the refusal of a moment ago, nil if there was none.
func (e *exchange) lately() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.refused == nil || !e.now().Before(e.until) {
		return nil
	}
	return e.refused
}

// endpointError is the body of a refusal.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow#error-response-example
type endpointError struct {
	Error       string `json:"error"`
	SubError    string `json:"suberror"`
	Codes       []int  `json:"error_codes"`
	Correlation string `json:"correlation_id"`
	Claims      string `json:"claims"`
}

// callersFault are the errors that a new token of the caller's may mend.
var callersFault = []string{"invalid_grant", "interaction_required", "login_required", "consent_required"}

// exchangeError classifies a failed exchange.
func exchangeError(err error) *teamwork.Error {
	failed := &teamwork.Error{Kind: teamwork.Unavailable, Message: "no token for Microsoft Graph can be had at the moment"}
	resp := answerOf(err) //nolint:bodyclose // azcore has read it
	if resp == nil {
		// The first line says what failed; what follows may be an answer, whole.
		line, _, _ := strings.Cut(err.Error(), "\n")
		failed.Err = errors.New(line)
		return failed
	}
	var said endpointError
	body, _ := runtime.Payload(resp)
	_ = json.Unmarshal(body, &said) // a body that is none says nothing
	failed.Err = fmt.Errorf("token endpoint: %d %q %q %v, correlation id %q", resp.StatusCode, bounded(said.Error), bounded(said.SubError), said.Codes, bounded(said.Correlation))
	switch {
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500:
		if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
			failed.RetryAfter = time.Duration(min(max(seconds, 0), 3600)) * time.Second
		}
	case slices.Contains(callersFault, said.Error):
		failed.Kind, failed.Message = teamwork.Unauthenticated, "Microsoft Entra ID gives no token of Microsoft Graph's for this one: sign in again"
		failed.Claims = challengeOf(said.Claims)
	default:
		failed.Message = "Microsoft Entra ID refused this server's own credential"
	}
	return failed
}

// answerOf returns the answer that a failed exchange got, nil if it was none or a success.
func answerOf(err error) *http.Response {
	var failed *azidentity.AuthenticationFailedError
	if !errors.As(err, &failed) {
		return nil
	}
	return failed.RawResponse
}

// maxClaims bounds a claims challenge, in bytes.
const maxClaims = 4 << 10

// challengeOf returns claims as a challenge has them, "" if they are none.
func challengeOf(claims string) string {
	if len(claims) > maxClaims || !json.Valid([]byte(claims)) {
		return ""
	}
	return base64.StdEncoding.EncodeToString([]byte(claims))
}

// bounded cuts a word of the endpoint's to what fits a log line.
func bounded(word string) string { return word[:min(len(word), 64)] }
