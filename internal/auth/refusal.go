package auth

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// refusal is why a request is not served in the name that it claims. Its text is for the
// client, and repeats nothing of what was sent.
type refusal struct {
	message string
	// problem is what RFC 6750 calls it, "" for a request that names nobody.
	problem string
	// later says that it is not the token's fault: the same one may do later.
	later bool
}

func (r *refusal) Error() string { return r.message }

// Unwrap gives the refusal a kind.
func (r *refusal) Unwrap() error {
	kind := teamwork.Unauthenticated
	if r.later {
		kind = teamwork.Unavailable
	}
	return &teamwork.Error{Kind: kind, Message: r.message, Unsent: true}
}

// invalid is the refusal of a token.
func invalid(message string) *refusal { return &refusal{message: message, problem: "invalid_token"} }

var (
	errUnsaid    = &refusal{message: "a bearer token is needed: in the header Authorization, or in connection_init"}
	errBadToken  = invalid("the Authorization header holds no bearer token")
	errUnsettled = &refusal{message: "the issuer's keys can't be had at the moment, so nobody can be verified", later: true}
)

// retrySeconds is after how long a client may ask again when the issuer is away.
const retrySeconds = 5

// refuse answers as GraphQL does, since it stands in front of it.
// https://www.rfc-editor.org/rfc/rfc6750#section-3
func refuse(w http.ResponseWriter, err error, requestID string) {
	why := errUnsaid
	errors.As(err, &why)
	status, code, more := http.StatusUnauthorized, "UNAUTHENTICATED", ""
	header := w.Header()
	switch {
	case why.later:
		status, code = http.StatusServiceUnavailable, "UPSTREAM_UNAVAILABLE"
		header.Set("Retry-After", strconv.Itoa(retrySeconds))
		more = `,"retryAfterSeconds":` + strconv.Itoa(retrySeconds)
	case why.problem == "":
		header.Set("WWW-Authenticate", "Bearer")
	default:
		header.Set("WWW-Authenticate", `Bearer error="`+why.problem+`", error_description="`+why.message+`"`)
	}
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	body := `{"errors":[{"message":` + strconv.Quote(why.message) + `,"extensions":{"code":"` + code + `"` + more + `,"requestId":` + strconv.Quote(requestID) + `}}]}`
	_, _ = w.Write([]byte(body))
}
